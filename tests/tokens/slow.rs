//! A token that hangs, is slow, or has too much to do.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::folder;
use super::load::{Load, served, since};
use crate::harness::process::LIMIT;
use crate::harness::{Server, assert_xks_error, base64, plaintext};

/// The deadline of a request here, and what a busy machine may add.
const IN_TIME: Duration = Duration::from_millis(240 + 500);

#[tokio::test]
async fn a_hanging_call_delays_no_other_request() {
    let server = folder("cloudhsm-vendor").serve();
    let simulator = server.folder().simulator("hsm");
    let load = Load::on(&server).await;
    let then = Instant::now();
    simulator.set("hang", "once-encrypt");
    load.until(LIMIT, |answers| {
        since(answers, then)
            .iter()
            .any(|answer| answer.status != 200)
    })
    .await;
    // For longer than it takes to see that the thread is stuck, and to replace it.
    load.answers_from_now(400).await;
    simulator.set("hang", "none");
    load.answers_from_now(100).await;
    let answers = since(&load.stop().await, then);
    let late: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status != 200)
        .collect();
    assert_eq!(late.len(), 1, "{late:#?}");
    assert_eq!(late[0].status, 503);
    for answer in answers {
        assert!(answer.took < IN_TIME, "{answer:?}");
    }
}

#[tokio::test]
async fn a_token_that_hangs_altogether_serves_again_when_it_goes_on() {
    let server = folder("nshield").serve();
    let simulator = server.folder().simulator("hsm");
    let load = Load::on(&server).await;
    let then = Instant::now();
    simulator.set("hang", "all");
    load.until(LIMIT, |answers| {
        let since = since(answers, then);
        since.len() >= 300
            && since[since.len() - 20..]
                .iter()
                .all(|answer| answer.status == 503)
    })
    .await;
    simulator.set("hang", "none");
    let back = Instant::now();
    load.until(Duration::from_secs(2), |answers| {
        served(&since(answers, back), 20)
    })
    .await;
    load.answers_from_now(100).await;
    for answer in since(&load.stop().await, then) {
        assert!(answer.took < IN_TIME, "{answer:?}");
    }
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let mut folder = folder("cloudhsm-vendor");
    folder.set("tokens.hsm.sessions", 1);
    folder.set("tokens.hsm.queue", 1);
    let server = folder.serve();
    let simulator = server.folder().simulator("hsm");
    let mut requests = Vec::new();
    for _ in 0..8 {
        let request = server
            .store
            .encrypt(server.keys().usable, plaintext())
            .sign();
        server.forbidden.note_request(&request);
        requests.push((server.connect().await, request));
    }
    let warm = server.store.encrypt(server.keys().usable, plaintext());
    server.send(warm).await.ok();
    simulator.set("latency_ms", 150);
    let mut exchanges = JoinSet::new();
    for (mut connection, request) in requests {
        exchanges.spawn(async move { connection.send(&request).await });
    }
    // In the order in which they are answered: whoever finds the queue full is
    // refused before the first is served.
    let mut statuses = Vec::new();
    while let Some(response) = exchanges.join_next().await {
        let response = response.expect("an answer");
        match response.status {
            200 => {}
            429 => assert_xks_error(&response, 429, "ThrottlingException"),
            _ => assert_xks_error(&response, 503, "DependencyTimeoutException"),
        }
        statuses.push(response.status);
    }
    let first = statuses.iter().position(|status| *status == 200);
    let (refused, others) = statuses.split_at(first.expect("one is served"));
    assert!(refused.len() >= 6, "{statuses:?}");
    assert!(refused.iter().all(|status| *status == 429), "{statuses:?}");
    assert!(!others.contains(&429), "{statuses:?}");
}

/// A throttled CloudHSM answers `CKR_FUNCTION_FAILED`, which is what a wrong tag is
/// to an nShield. Whatever the rhythm in which it refuses, a good ciphertext is
/// never a bad one, and a bad one never a good one.
async fn throttling_is_no_bad_ciphertext(hsm: &str) {
    let server = folder(hsm).serve();
    let simulator = server.folder().simulator("hsm");
    let key = server.keys().usable;
    let plaintext = plaintext();
    let encrypted = server.send(server.store.encrypt(key, &plaintext)).await;
    let good = server.store.decrypt(key, &encrypted.ok());
    let bad = good.clone().with("authenticationTag", base64([0; 16]));
    // What is refused once is put to the token a second time.
    simulator.set("throttle_every", 1);
    let refused = server.send(server.store.encrypt(key, &plaintext)).await;
    assert_xks_error(&refused, 500, "InternalException");
    let mut outcomes = BTreeMap::new();
    for every in 2..=7 {
        simulator.set("throttle_every", every);
        for _ in 0..60 {
            let encrypted = server.send(server.store.encrypt(key, &plaintext)).await;
            let decrypted = server.send(good.clone()).await;
            let refused = server.send(bad.clone()).await;
            for (call, response) in [
                ("encrypt", &encrypted),
                ("good", &decrypted),
                ("bad", &refused),
            ] {
                match (response.status, call) {
                    (200, "encrypt") => {}
                    (200, "good") => assert_eq!(response.ok()["plaintext"], base64(&plaintext)),
                    (400, "bad") => assert_xks_error(response, 400, "InvalidCiphertextException"),
                    _ => assert_xks_error(response, 500, "InternalException"),
                }
                *outcomes.entry((call, response.status)).or_insert(0) += 1;
            }
        }
    }
    for expected in [("encrypt", 200), ("good", 200), ("bad", 400)] {
        assert!(
            outcomes.contains_key(&expected),
            "{expected:?} in {outcomes:?}"
        );
    }
    // And under load.
    simulator.set("throttle_every", 0);
    let load = Load::on(&server).await;
    simulator.set("throttle_every", 20);
    load.answers_from_now(300).await;
    load.stop().await;
}

#[tokio::test]
async fn a_throttled_cloudhsm_is_no_bad_ciphertext() {
    throttling_is_no_bad_ciphertext("cloudhsm").await;
}

#[tokio::test]
async fn a_throttled_nshield_is_no_bad_ciphertext() {
    throttling_is_no_bad_ciphertext("nshield").await;
}

#[tokio::test]
async fn a_slow_token_is_answered_before_kms_gives_up() {
    let mut folder = folder("luna-fips");
    folder.set("server.deadline_ms", 100);
    let server: Server = folder.serve();
    let key = server.keys().usable;
    let call = server.store.encrypt(key, plaintext());
    server.send(call.clone()).await.ok();
    server.folder().simulator("hsm").set("latency_ms", 1000);
    let start = Instant::now();
    let response = server.send(call).await;
    assert_xks_error(&response, 503, "DependencyTimeoutException");
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
}
