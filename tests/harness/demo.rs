//! What tests of key managers do with the key `demo`.

use std::time::Instant;

use serde_json::Value;

use super::deployment::program;
use super::process::LIMIT;
use super::{Response, Server, assert_xks_error, plaintext};

/// Sends an encryption again and again until its answer is `wanted`.
pub(crate) async fn until(server: &Server, wanted: impl Fn(&Response) -> bool) -> Response {
    let start = Instant::now();
    loop {
        let call = server.store.encrypt("demo", plaintext());
        let response = server.send(call).await;
        if wanted(&response) {
            return response;
        }
        assert!(start.elapsed() < LIMIT, "still {}", response.text());
    }
}

/// Encrypts, and decrypts what comes of it.
pub(crate) async fn round_trip(server: &Server) {
    let encrypted = encrypts(server).await;
    decrypts(server, &encrypted).await;
}

pub(crate) async fn decrypts(server: &Server, encrypted: &Value) {
    let call = server.store.decrypt("demo", encrypted);
    server.send(call).await.ok();
}

pub(crate) async fn encrypts(server: &Server) -> Value {
    let call = server.store.encrypt("demo", plaintext());
    server.send(call).await.ok()
}

/// One encryption is answered like this.
pub(crate) async fn is_answered(server: &Server, status: u16, error: &str) {
    let call = server.store.encrypt("demo", plaintext());
    assert_xks_error(&server.send(call).await, status, error);
}

/// What the doctor finds wrong with the key store: the names of its checks.
pub(crate) fn doctor_finds(server: &Server) -> Vec<String> {
    let output = program()
        .args(["doctor", "https://localhost", "--thorough", "--json"])
        .args(["--key", "demo", "--key-store", "demo", "--config"])
        .arg(server.folder().path("claviger.toml"))
        .args(["--resolve", &format!("localhost={}", server.address)])
        .output()
        .expect("the program starts");
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let findings = report["findings"].as_array().expect("a list").iter();
    let wrong = findings.filter(|it| matches!(it["verdict"].as_str(), Some("failure" | "warning")));
    let mut found: Vec<_> = wrong
        .filter_map(|finding| finding["check"].as_str().map(str::to_owned))
        .collect();
    found.sort_unstable();
    found
}
