//! Upstreams that are slow, endless, huge or lying.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::servers::{Http, Raw};
use super::told::{BROKEN, DEADLINE, REFUSED, UNREACHABLE};
use super::{folder, outcome, start};
use crate::harness::Server;

#[tokio::test]
async fn whatever_an_upstream_answers_the_plugin_is_told_in_time_whose_fault_it_is() {
    let (server, _http, _raw) = start().await;
    is_told_in_time_whose_fault_it_is(&server).await;
    server.stop();
}

/// The plugin of this server, of each answer.
pub(crate) async fn is_told_in_time_whose_fault_it_is(server: &Server) {
    for (key, expected) in [
        ("get-wrong.redirect", 302),
        ("get-wrong.packed", 200),
        ("get-wrong.early-hints", 200),
        ("get-wrong.unavailable", 503),
        ("get-wrong.nothing", BROKEN),
        ("get-wrong.garbage", BROKEN),
        ("get-wrong.half", BROKEN),
        ("get-wrong.endless-head", BROKEN),
        ("get-wrong.says-huge", REFUSED),
        ("get-wrong.endless-body", REFUSED),
        ("get-wrong.drips", DEADLINE),
        ("get-wrong.never", DEADLINE),
    ] {
        let began = Instant::now();
        assert_eq!(outcome(server, key).await, expected, "{key}");
        assert!(began.elapsed() < Duration::from_millis(600), "{key}");
        // And it spoils nothing.
        assert_eq!(outcome(server, "get-ok").await, 200, "after {key}");
    }
}

#[tokio::test]
async fn another_address_is_asked_when_one_has_a_fault_and_the_request_may_be_repeated() {
    let (first, second, raw) = (Http::start().await, Http::start().await, Raw::start().await);
    let mut folder = folder(first.address, &raw);
    let origins = [&first, &second].map(|it| format!("http://{}", it.address));
    folder.set("upstream.one.origins", origins.to_vec());
    let server = folder.serve();
    let asked = || [&first, &second].map(|it| it.requests.load(Ordering::Relaxed));
    for (key, status, times) in [
        ("get-wrong.fails", 500, 1),
        ("repeat-wrong.fails", 500, 2),
        ("repeat-wrong.unavailable", 503, 2),
        ("repeat-wrong.lacks", 501, 1),
        ("repeat-wrong.redirect", 302, 1),
    ] {
        let before: usize = asked().iter().sum();
        assert_eq!(outcome(&server, key).await, status, "{key}");
        assert_eq!(asked().iter().sum::<usize>() - before, times, "{key}");
    }
    server.stop();
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_given_to_nobody() {
    let (server, _http, _raw) = start().await;
    for _ in 0..20 {
        assert_eq!(outcome(&server, "get-wrong.two-answers").await, 200);
        assert_eq!(outcome(&server, "get-ok").await, 200);
    }
    server.stop();
}

#[tokio::test]
async fn an_upstream_that_is_not_there_is_told_apart() {
    let (server, http, _raw) = start().await;
    is_told_that_it_is_gone(&server, http).await;
    server.stop();
}

/// The plugin of this server, of the upstream `one`, which goes.
pub(crate) async fn is_told_that_it_is_gone(server: &Server, http: Http) {
    assert_eq!(outcome(server, "get-ok").await, 200);
    drop(http);
    // The connection that was open has ended, and no other comes to be.
    let end = Instant::now() + crate::harness::process::LIMIT;
    while outcome(server, "get-ok").await != UNREACHABLE {
        assert!(Instant::now() < end, "it is still there");
    }
}
