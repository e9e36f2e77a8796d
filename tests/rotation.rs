//! Keys and credentials change while the server runs: XKS-006, XKS-012,
//! XKS-054, XKS-091, XKS-122.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{Call, Response, Server, assert_xks_error, base64, plaintext};

/// What an operator does is seen by a running server within this time.
const SEEN_WITHIN: Duration = Duration::from_secs(1);

/// Sends a call again and again until its answer is `wanted`.
async fn until(server: &Server, call: &Call, wanted: impl Fn(&Response) -> bool) -> Response {
    let start = Instant::now();
    loop {
        let response = server.send(call.clone()).await;
        if wanted(&response) {
            return response;
        }
        assert!(start.elapsed() < SEEN_WITHIN, "still {}", response.text());
    }
}

fn key(server: &Server, action: &str, key: &str) -> String {
    let folder = server.folder();
    folder.key(action, folder.deployment.key_store, key)
}

#[tokio::test]
async fn xks_091_a_ciphertext_from_before_a_rotation_decrypts_after_it() {
    let server = Server::start();
    let plaintext = plaintext();
    let call = server.store.encrypt("demo", &plaintext).with_aad("context");
    let before = server.send(call.clone()).await.ok();
    key(&server, "rotate", "demo");
    let rotated = |response: &Response| -> bool {
        response.ok()["ciphertextMetadata"] != before["ciphertextMetadata"]
    };
    let after = until(&server, &call, rotated).await.ok();
    for encrypted in [&before, &after] {
        let call = server.store.decrypt("demo", encrypted).with_aad("context");
        let decrypted = server.send(call).await.ok();
        assert_eq!(decrypted["plaintext"], base64(&plaintext));
    }
    // The metadata names the key version, so each goes with its ciphertext only.
    let swapped = server.store.decrypt("demo", &before).with_aad("context");
    let swapped = swapped.with("ciphertextMetadata", after["ciphertextMetadata"].clone());
    let response = server.send(swapped).await;
    assert_xks_error(&response, 400, "InvalidCiphertextException");
}

#[tokio::test]
async fn xks_091_rotated_keys_survive_a_restart() {
    let server = Server::start();
    let plaintext = plaintext();
    let call = server.store.encrypt("demo", &plaintext);
    let before = server.send(call).await.ok();
    key(&server, "rotate", "demo");
    key(&server, "rotate", "demo");
    let server = server.stop().folder.serve();
    let decrypted = server
        .send(server.store.decrypt("demo", &before))
        .await
        .ok();
    assert_eq!(decrypted["plaintext"], base64(&plaintext));
}

#[tokio::test]
async fn xks_070_a_key_that_is_disabled_is_refused_within_a_second() {
    let server = Server::start();
    let call = server.store.encrypt("demo", plaintext());
    let encrypted = server.send(call.clone()).await.ok();
    key(&server, "disable", "demo");
    let response = until(&server, &call, |response| response.status != 200).await;
    assert_xks_error(&response, 400, "InvalidStateException");
    let response = server.send(server.store.decrypt("demo", &encrypted)).await;
    assert_xks_error(&response, 400, "InvalidStateException");
    let answer = server.send(server.store.metadata("demo")).await.ok();
    assert_eq!(answer["keyStatus"], "DISABLED");

    key(&server, "enable", "demo");
    until(&server, &call, |response| response.status == 200)
        .await
        .ok();
    server
        .send(server.store.decrypt("demo", &encrypted))
        .await
        .ok();
}

#[tokio::test]
async fn xks_012_a_new_key_is_seen_and_keeps_its_id_for_ever() {
    let server = Server::start();
    key(&server, "create", "fresh");
    let metadata = server.store.metadata("fresh");
    until(&server, &metadata, |response| response.status == 200)
        .await
        .ok();
    let encrypted = server
        .send(server.store.encrypt("fresh", plaintext()))
        .await
        .ok();
    key(&server, "rotate", "fresh");
    server
        .send(server.store.decrypt("fresh", &encrypted))
        .await
        .ok();
    // No action renames or removes a key.
    let help = crate::harness::deployment::program()
        .args(["key", "--help"])
        .output();
    let help = String::from_utf8(help.unwrap().stdout)
        .unwrap()
        .to_lowercase();
    for action in ["rename", "delete", "remove", "alias"] {
        assert!(!help.contains(&format!("  {action}")), "{help}");
    }
}

#[tokio::test]
async fn xks_006_an_id_is_given_once() {
    let server = Server::start();
    let encrypted: Value = server
        .send(server.store.encrypt("demo", plaintext()))
        .await
        .ok();
    let again = server
        .folder()
        .claviger(&["key", "create", "--key-store", "demo", "demo"]);
    assert!(!again.status.success());
    let stderr = String::from_utf8(again.stderr).unwrap();
    assert!(stderr.contains("demo"), "{stderr}");
    server
        .send(server.store.decrypt("demo", &encrypted))
        .await
        .ok();
}

#[tokio::test]
async fn xks_122_two_credentials_are_valid_at_once() {
    let mut second = None;
    let server = Server::start_with(|folder| second = Some(folder.add_credential("second")));
    let mut other = server.store.clone();
    other.credential = second.expect("made above");
    let encrypted = server
        .send(server.store.encrypt("demo", plaintext()))
        .await
        .ok();
    server.send(other.decrypt("demo", &encrypted)).await.ok();
    server.send(other.health()).await.ok();
    // The access key id picks the secret: they cannot be mixed.
    let mut mixed = other.clone();
    mixed.credential.secret_access_key = server.store.credential.secret_access_key.clone();
    let response = server.send(mixed.metadata("demo")).await;
    assert_xks_error(&response, 401, "AuthenticationFailedException");
}

#[tokio::test]
async fn xks_122_a_credential_that_was_removed_is_refused_after_a_restart() {
    let mut server = Server::start_with(|folder| {
        folder.add_credential("second");
    });
    let old = server.store.clone();
    server.send(old.metadata("demo")).await.ok();
    let mut folder = {
        let stopped = server.stop();
        stopped.folder
    };
    let credentials = folder.main_key_store()["credential"].as_array_mut();
    credentials.unwrap().remove(0);
    server = folder.serve();
    server.send(server.store.metadata("demo")).await.ok();
    let mut removed = server.store.clone();
    removed.credential = old.credential;
    let response = server.send(removed.metadata("demo")).await;
    assert_xks_error(&response, 401, "AuthenticationFailedException");
}
