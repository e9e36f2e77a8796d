//! A plugin that asks for what it should not get.

use std::sync::atomic::Ordering;

use super::told::{DENIED, NO_SUCH_UPSTREAM};
use super::{HIDDEN, OPERATORS, SHOWN, outcome, start};
use crate::harness::process::LIMIT;

#[tokio::test]
async fn what_the_operator_does_not_allow_is_not_sent() {
    let (server, http, _raw) = start().await;
    for (key, expected) in [
        ("asks-another-upstream", NO_SUCH_UPSTREAM),
        ("asks-tls-upstream", NO_SUCH_UPSTREAM),
        ("asks-another-path", DENIED),
        ("asks-upwards", DENIED),
        ("asks-another-host", DENIED),
        ("asks-absolute", DENIED),
        ("asks-host-header", DENIED),
        ("asks-framing", DENIED),
        ("asks-split", DENIED),
        ("asks-many-headers", DENIED),
        ("asks-long-body", DENIED),
        ("asks-bound-elsewhere", DENIED),
        ("asks-no-secret", DENIED),
    ] {
        assert_eq!(outcome(&server, key).await, expected, "{key}");
    }
    assert_eq!(http.requests.load(Ordering::Relaxed), 0);
    assert_eq!(outcome(&server, "get-ok").await, 200);
    server.stop();
}

#[tokio::test]
async fn secrets_come_back_neither_from_the_host_nor_from_an_upstream_that_shows_them() {
    let (server, http, _raw) = start().await;
    for (key, expected) in [
        ("reveals-hidden", 22),
        ("reveals-operators", 21),
        ("reveals-shown", 20),
        ("asks-hidden-back", 200),
        ("asks-operators-back", 200),
    ] {
        assert_eq!(outcome(&server, key).await, expected, "{key}");
    }
    assert_eq!(http.requests.load(Ordering::Relaxed), 2);
    // The operator's header is the operator's, whatever the plugin says.
    assert_eq!(outcome(&server, "asks-operators-header").await, 200);
    server.stop();
}

#[tokio::test]
async fn flt_67_a_line_that_repeats_a_secret_is_withheld_and_others_are_not() {
    let (server, _http, _raw) = start().await;
    outcome(&server, "says-this").await;
    server.wait_for_log("this nothing");
    let stopped = server.stop();
    for secret in [HIDDEN, SHOWN, OPERATORS] {
        assert!(!stopped.stderr.contains(secret));
    }
    assert!(
        stopped.stderr.contains("text withheld"),
        "{}",
        stopped.stderr
    );
}

#[tokio::test]
async fn connections_end_with_the_call_that_took_them_and_are_kept_when_it_says_so() {
    let (server, _http, raw) = start().await;
    // As many as the operator allows, and no more.
    assert_eq!(outcome(&server, "streams-hoard").await, 104);
    assert_eq!(outcome(&server, "streams-held").await, 6, "closed");
    assert_eq!(outcome(&server, "streams-http").await, NO_SUCH_UPSTREAM);
    assert_eq!(outcome(&server, "streams-much").await, DENIED);
    assert_eq!(outcome(&server, "streams-asks").await, 201, "a new one");
    assert_eq!(
        outcome(&server, "streams-asks").await,
        202,
        "that one again"
    );
    let end = std::time::Instant::now() + LIMIT;
    while raw.open.load(Ordering::Relaxed) != 1 {
        assert!(std::time::Instant::now() < end, "they stay open");
        tokio::task::yield_now().await;
    }
    server.stop();
}
