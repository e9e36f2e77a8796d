//! Time: XKS-134, XKS-135, XKS-137.

use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use crate::harness::guests::misbehaving;
use crate::harness::http1::Http1;
use crate::harness::{Server, assert_xks_error, plaintext};

/// How long AWS KMS waits.
const KMS_WAITS: Duration = Duration::from_millis(250);

#[tokio::test]
async fn xks_134_a_backend_that_hangs_is_answered_before_kms_gives_up() {
    let server = Server::start_with(|folder| {
        misbehaving(folder);
        folder.set("server.deadline_ms", 100);
    });
    for key in ["loops", "waits"] {
        let mut fastest = Duration::MAX;
        // The machine may be busy with other tests; the server is not slower than
        // its fastest answer.
        for _ in 0..3 {
            let call = server.store.encrypt(key, plaintext());
            let start = Instant::now();
            let response = server.send(call).await;
            fastest = fastest.min(start.elapsed());
            assert_xks_error(&response, 503, "DependencyTimeoutException");
        }
        assert!(fastest < KMS_WAITS, "{key}: {fastest:?}");
    }
}

#[tokio::test]
async fn xks_135_one_deadline_covers_the_lookup_encryption_and_its_verification() {
    let server = Server::start_with(misbehaving);
    let call = server.store.encrypt("loops", plaintext());
    let response = server.send(call.with_integrity_value()).await;
    assert_xks_error(&response, 503, "DependencyTimeoutException");
    let audit = server.stop().audit;
    let duration = audit[0]["duration_us"].as_u64().unwrap();
    // 240 ms are configured. Two of them, for two tries, would be 480.
    assert!((200_000..450_000).contains(&duration), "{duration}");
}

#[tokio::test]
async fn xks_137_a_client_that_says_nothing_is_cut_off() {
    let server = Server::start();
    let stream = TcpStream::connect(server.address).await.unwrap();
    let mut silent = Http1::over(stream);
    assert!(silent.closes().await, "an idle handshake");
}

#[tokio::test]
async fn xks_137_a_client_that_sends_half_a_body_is_cut_off() {
    let server = Server::start();
    let request = server.store.metadata("demo").sign();
    server.forbidden.note_request(&request);
    let bytes = request.to_http1();
    let mut slow = server.connect().await;
    slow.write(&bytes[..bytes.len() - 1]).await.unwrap();
    while let Some(response) = slow.read_response(false).await {
        assert_ne!(response.status, 200, "{}", response.text());
    }
}
