//! Metrics on the port of the probes, and what a clock that is off is told by.
//!
//! `tests/prometheus/run` holds them against `docs/metrics.md` and a real Prometheus.

use std::time::{Duration, Instant};

use crate::harness::Server;
use crate::harness::guests::misbehaving;
use crate::probe::{probe, with_probe};

/// The value of a sample, by the beginning of its line up to the value.
fn sample(text: &str, beginning: &str) -> Option<f64> {
    let value = text.lines().find_map(|line| line.strip_prefix(beginning))?;
    value.trim().parse().ok()
}

async fn metrics(server: &Server) -> String {
    let response = probe(server, "GET", "/metrics").await;
    assert_eq!(response.status, 200);
    response.text()
}

#[tokio::test]
async fn flt_102_requests_and_errors_are_counted_by_operation_and_name() {
    let server = Server::start_with(with_probe);
    let (good, absent) = (server.keys().usable, "no-such-key");
    for _ in 0..3 {
        server.send(server.store.encrypt(good, "x")).await.ok();
    }
    server.send(server.store.encrypt(absent, "x")).await;
    let text = metrics(&server).await;
    let of = |rest: &str| sample(&text, rest);
    assert_eq!(
        of("claviger_request_duration_seconds_count{key_store=\"demo\",operation=\"Encrypt\"}"),
        Some(4.0),
        "{text}"
    );
    assert_eq!(
        of(
            "claviger_request_errors_total{key_store=\"demo\",operation=\"Encrypt\",\
            error=\"KeyNotFoundException\",retryable=\"false\"}"
        ),
        Some(1.0),
        "{text}"
    );
    assert!(
        !text.contains("AccessDeniedException"),
        "only what happened"
    );
    assert_eq!(of("claviger_connections_limit"), Some(4096.0), "{text}");
    assert_eq!(of("claviger_audit_failing"), Some(0.0), "{text}");
    for word in [absent, "arn:aws"] {
        assert!(!text.contains(word), "{word} is in a label");
    }
}

#[tokio::test]
async fn flt_102_what_a_plugin_does_is_counted_by_how_it_ends() {
    let server = Server::start_with(|folder| {
        with_probe(folder);
        misbehaving(folder);
    });
    server.send(server.store.encrypt("traps", "x")).await;
    let text = metrics(&server).await;
    let trapped = |line: &str| {
        line.starts_with("claviger_plugin_calls_total{")
            && line.contains("plugin=\"misbehaving\",result=\"trap\"")
            && !line.ends_with(" 0")
    };
    assert!(text.lines().any(trapped), "{text}");
}

#[tokio::test]
async fn flt_101_where_a_request_spent_its_time_is_in_its_record_and_counted() {
    let server = Server::start_with(with_probe);
    server
        .send(server.store.encrypt(server.keys().usable, "x"))
        .await
        .ok();
    let text = metrics(&server).await;
    for stage in ["policy", "lookup", "crypto", "audit"] {
        let count = format!(
            "claviger_stage_duration_seconds_count{{key_store=\"demo\",stage=\"{stage}\"}}"
        );
        assert_eq!(sample(&text, &count), Some(1.0), "{stage}: {text}");
    }
    let audit = server.stop().audit;
    let stages = audit[0]["stages_us"].as_object().expect("stages");
    let total = audit[0]["duration_us"].as_u64().unwrap();
    let sum: u64 = stages.values().filter_map(serde_json::Value::as_u64).sum();
    assert!(stages.contains_key("crypto") && sum <= total, "{audit:?}");
}

#[tokio::test]
async fn flt_75_a_clock_that_is_off_is_warned_of_and_named() {
    let server = Server::start_with(with_probe);
    let call = |seconds| {
        let call = server.store.encrypt(server.keys().usable, "x");
        call.signer(|signer| signer.at_offset(seconds))
    };
    server.send(call(-100)).await.ok();
    server.wait_for_log("AWS KMS dates its requests before this machine's clock");
    let began = Instant::now();
    while probe(&server, "GET", "/readyz").await.status != 200 {
        assert!(began.elapsed() < Duration::from_secs(20), "never ready");
    }
    for n in 0..5 {
        assert_eq!(server.send(call(-1000 - 2 * n)).await.status, 401);
    }
    assert_eq!(probe(&server, "GET", "/readyz").await.status, 503);
    let text = metrics(&server).await;
    let difference = sample(&text, "claviger_clock_difference_seconds").unwrap();
    assert!((999.0..=1010.0).contains(&difference), "{difference}");
    server.send(call(0)).await.ok();
    assert_eq!(probe(&server, "GET", "/readyz").await.status, 200);
}
