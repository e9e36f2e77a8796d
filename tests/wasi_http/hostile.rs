//! Plugins that keep, leave and hoard what `wasi:http` gives them.

use std::time::{Duration, Instant};

use super::{folder, start};
use crate::harness::{assert_xks_error, plaintext};
use crate::upstreams::outcome;
use crate::upstreams::servers::Http;

/// That the call that asked has ended.
const TERMINATED: u32 = 10;
/// That a stream failed.
const FAILED: u32 = 12;

#[tokio::test]
async fn an_answer_ends_with_its_call() {
    let (server, _http) = start().await;
    for (key, expected) in [
        ("hand-keeps-answer", 200),
        ("hand-reads-kept", FAILED),
        ("hand-leaves-request", 200),
        ("hand-awaits-left", TERMINATED),
    ] {
        assert_eq!(outcome(&server, key).await, expected, "{key}");
    }
    server.stop();
}

#[tokio::test]
async fn a_plugin_that_hoards_is_ended_and_the_next_instance_serves() {
    let (server, _http) = start().await;
    for key in [
        "hand-hoards-headers",
        "hand-one-long-header",
        "hand-hoards-requests",
    ] {
        let response = server.send(server.store.encrypt(key, plaintext())).await;
        assert_xks_error(&response, 500, "InternalException");
        assert_eq!(outcome(&server, "get-ok").await, 200, "after {key}");
    }
    assert_eq!(outcome(&server, "hand-long-texts").await, 200);
    server.stop();
}

#[tokio::test]
async fn a_plugin_that_waits_for_ever_is_ended_in_time_and_another_key_store_does_not_notice() {
    let http = Http::start().await;
    let mut folder = folder(&http);
    folder.add_key_store("waits");
    let hostile = folder.main_key_store()["backend"].clone();
    let waits = folder.key_store("waits");
    waits.insert("backend".to_owned(), hostile);
    let mut server = folder.serve();
    let waits = server.key_store("waits");
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(1) {
        let stuck = server.send(waits.encrypt("hand-waits-for-ever", plaintext()));
        let other = outcome(&server, "get-ok");
        let (stuck, other) = tokio::join!(stuck, other);
        assert_xks_error(&stuck, 503, "DependencyTimeoutException");
        assert_eq!(other, 200);
    }
    server.stop();
}
