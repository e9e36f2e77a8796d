//! What tests of key managers do with the key `demo`.

use std::time::Instant;

use serde_json::Value;

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
