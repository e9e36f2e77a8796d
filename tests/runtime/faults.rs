//! Every way in which a backend can fail: the right error, in time, and the next
//! request to the same key store succeeds.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::guests::misbehaving;
use crate::harness::{Call, Folder, Server, assert_xks_error, base64, plaintext};

/// How long a request may take on a busy machine whose deadline is 240 ms.
const IN_TIME: Duration = Duration::from_secs(2);

fn per_request(folder: &mut Folder) {
    misbehaving(folder);
    folder.set("plugin.misbehaving.isolation", "per-request");
}

/// Encrypts and decrypts with the key that has no fault.
async fn assert_serves(server: &Server) -> Value {
    let plaintext = plaintext();
    let call = server
        .store
        .encrypt("good", &plaintext)
        .with_integrity_value();
    let encrypted = server.send(call).await.ok();
    let decrypted = server
        .send(server.store.decrypt("good", &encrypted))
        .await
        .ok();
    assert_eq!(decrypted["plaintext"], base64(&plaintext));
    encrypted
}

async fn assert_fault(server: &Server, call: Call, status: u16, name: &str) {
    let start = Instant::now();
    let response = server.send(call).await;
    let elapsed = start.elapsed();
    assert_xks_error(&response, status, name);
    assert!(elapsed < IN_TIME, "{elapsed:?}");
    assert_serves(server).await;
}

/// The faults of `encrypt`.
const FAULTS: [(&str, u16, &str); 17] = [
    ("loops", 503, "DependencyTimeoutException"),
    ("waits", 503, "DependencyTimeoutException"),
    ("eats-memory", 500, "InternalException"),
    ("traps", 500, "InternalException"),
    ("lookup-traps", 500, "InternalException"),
    ("short-tag", 500, "InternalException"),
    ("wrong-length", 500, "InternalException"),
    ("iv-11", 500, "InternalException"),
    ("long-metadata", 500, "InternalException"),
    ("long-handle", 500, "InternalException"),
    ("leaks-in-error", 500, "InternalException"),
    ("internal", 500, "InternalException"),
    ("dependency-timeout", 503, "DependencyTimeoutException"),
    ("throttling", 429, "ThrottlingException"),
    ("invalid-state", 400, "InvalidStateException"),
    ("disabled", 400, "InvalidStateException"),
    ("unsupported", 501, "UnsupportedOperationException"),
];

#[tokio::test]
async fn every_fault_of_encrypt_has_its_error_and_spoils_nothing() {
    let server = Server::start_with(misbehaving);
    for (key, status, name) in FAULTS {
        let call = server.store.encrypt(key, plaintext());
        assert_fault(&server, call, status, name).await;
    }
}

#[tokio::test]
async fn every_fault_of_encrypt_has_its_error_with_an_instance_per_request() {
    let server = Server::start_with(per_request);
    for (key, status, name) in FAULTS {
        let call = server.store.encrypt(key, plaintext());
        assert_fault(&server, call, status, name).await;
    }
}

#[tokio::test]
async fn faults_of_decrypt_are_no_bad_ciphertexts() {
    let server = Server::start_with(misbehaving);
    let encrypted = assert_serves(&server).await;
    for (key, status, name) in [
        ("lookup-traps", 500, "InternalException"),
        ("long-metadata", 500, "InternalException"),
        ("wrong-length", 500, "InternalException"),
        ("internal", 500, "InternalException"),
        ("dependency-timeout", 503, "DependencyTimeoutException"),
        ("throttling", 429, "ThrottlingException"),
        ("unsupported", 501, "UnsupportedOperationException"),
    ] {
        let call = server.store.decrypt(key, &encrypted);
        assert_fault(&server, call, status, name).await;
    }
}

#[tokio::test]
async fn a_fault_of_the_lookup_is_no_missing_key() {
    let server = Server::start_with(misbehaving);
    let call = server.store.metadata("lookup-traps");
    assert_fault(&server, call, 500, "InternalException").await;
    let response = server.send(server.store.metadata("no-such-key")).await;
    assert_xks_error(&response, 404, "KeyNotFoundException");
}

/// How long AWS KMS waits.
const KMS_WAITS: Duration = Duration::from_millis(250);

#[tokio::test]
async fn a_guest_that_loops_does_not_make_kms_give_up_on_another_request() {
    let server = Server::start_with(|folder| {
        misbehaving(folder);
        folder.set("server.deadline_ms", 100);
    });
    let slow = server.store.encrypt("loops", plaintext()).sign();
    server.forbidden.note_request(&slow);
    let mut fastest = Duration::MAX;
    for _ in 0..3 {
        let mut spinning = server.connect().await;
        spinning.write(&slow.to_http1()).await.unwrap();
        let start = Instant::now();
        let call = server.store.encrypt("good", plaintext());
        server.send(call).await.ok();
        fastest = fastest.min(start.elapsed());
        let response = spinning.read_response(false).await.expect("an answer");
        assert_xks_error(&response, 503, "DependencyTimeoutException");
    }
    assert!(fastest < KMS_WAITS, "{fastest:?}");
}

#[tokio::test]
async fn more_looping_guests_than_processors_are_survived() {
    let server = Server::start_with(misbehaving);
    let slow = server.store.encrypt("loops", plaintext()).sign();
    server.forbidden.note_request(&slow);
    let mut spinning = Vec::new();
    for _ in 0..16 {
        let mut connection = server.connect().await;
        connection.write(&slow.to_http1()).await.unwrap();
        spinning.push(connection);
    }
    for connection in &mut spinning {
        let response = connection.read_response(false).await.expect("an answer");
        assert_xks_error(&response, 503, "DependencyTimeoutException");
    }
    assert_serves(&server).await;
}

#[tokio::test]
async fn a_flood_of_log_lines_is_cut() {
    let server = Server::start_with(misbehaving);
    server
        .send(server.store.encrypt("log-flood", plaintext()))
        .await;
    server.send(server.store.metadata("log-flood")).await;
    assert_serves(&server).await;
    let stderr = server.stop().stderr;
    // 32 messages of 512 bytes for each of at most four calls, and what the host
    // itself has to say.
    assert!(stderr.len() < 200_000, "{} bytes", stderr.len());
    assert!(stderr.lines().all(|line| line.len() < 4096));
}

#[tokio::test]
async fn the_log_says_what_a_client_is_not_told() {
    let server = Server::start_with(misbehaving);
    let call = server.store.encrypt("traps", plaintext());
    let call = call.with("requestMetadata/kmsRequestId", "the-one-that-traps");
    let response = server.send(call).await;
    assert_xks_error(&response, 500, "InternalException");
    let audit = server.stop().audit;
    let reason = audit[0]["reason"].as_str().unwrap();
    assert!(reason.len() > 10, "{reason}");
    assert_eq!(audit[0]["kms_request_id"], "the-one-that-traps");
    assert_eq!(audit[0]["backend"], "misbehaving");
}

#[tokio::test]
async fn flt_92_a_backend_is_told_for_whom_and_until_when_it_works() {
    let server = Server::start_with(misbehaving);
    let call = server.store.encrypt("tells-call", plaintext());
    let call = call.with("requestMetadata/kmsRequestId", "an-id-of-aws-kms");
    assert_xks_error(&server.send(call).await, 500, "InternalException");
    for told in ["an-id-of-aws-kms", crate::harness::calls::PRINCIPAL] {
        server.wait_for_log(told);
    }
    let stopped = server.stop();
    let record = stopped.audit.last().unwrap().to_string();
    // FLT-93: a number of the plugin's, while a plaintext was in its hands.
    let (_, left) = record.split_once("code ").expect("it has a code");
    let left: String = left.chars().take_while(char::is_ascii_digit).collect();
    assert!(
        (1..=240).contains(&left.parse::<u32>().unwrap()),
        "{record}"
    );
}

#[tokio::test]
async fn flt_97_settings_are_judged_once_and_taken_up_by_each_instance() {
    let server = Server::start_with(|folder| {
        misbehaving(folder);
        folder.set("plugin.misbehaving.isolation", "per-request");
    });
    for _ in 0..5 {
        let call = server.store.encrypt("good", plaintext());
        server.send(call).await.ok();
    }
    let log = server.stop().stderr;
    assert_eq!(log.matches("it validates").count(), 1, "{log}");
    assert!(log.matches("it configures").count() >= 6, "{log}");
}
