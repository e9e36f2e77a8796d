//! Many requests that wait for a slow upstream.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::servers::{Http, Raw};
use super::{caller_in, folder};
use crate::harness::process::LIMIT;
use crate::harness::{Request, Server, plaintext, text};

/// Requests that wait at once.
const WAITING: usize = 1000;
/// Of those on one connection.
const STREAMS: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_requests_wait_and_another_key_store_does_not_notice() {
    let (http, raw) = (Http::start().await, Raw::start().await);
    let mut folder = folder(http.address, &raw);
    folder.set("plugin.caller.instances", 1024);
    folder.set("plugin.caller.memory_mib", 2);
    folder.set("upstream.one.connections", 1024);
    folder.set("server.connections", 4096);
    folder.set("server.requests_in_flight", 4096);
    folder.add_key_store("waits");
    caller_in(&mut folder, "waits", http.address);
    // The deployment's own keys are software again.
    let own = text(crate::harness::deployment::dev_template());
    let own = std::fs::read_to_string(format!("{own}/claviger.toml")).unwrap();
    let own: toml::Table = own.parse().unwrap();
    let backend = own["key_store"][0]["backend"].clone();
    folder
        .main_key_store()
        .insert("backend".to_owned(), backend);
    let mut server = folder.serve();
    let waits = server.key_store("waits");

    let call = waits.encrypt("get-wrong.late", plaintext()).sign();
    server.forbidden.note_request(&call);
    // Instances are made in the background: no request waits for a thousand of them.
    let end = Instant::now() + LIMIT;
    loop {
        let before = http.requests.load(Ordering::Relaxed);
        let longest = wait_and_serve(&server, &call).await;
        let waited = http.requests.load(Ordering::Relaxed) - before;
        if waited >= WAITING * 9 / 10 {
            assert!(longest < Duration::from_millis(250), "{longest:?}");
            break;
        }
        assert!(Instant::now() < end, "only {waited} waited at once");
    }
    server.stop();
}

/// A thousand requests at once, and meanwhile one after the other of the other key store:
/// the longest that one of those took.
async fn wait_and_serve(server: &Server, call: &Request) -> Duration {
    let mut tasks = Vec::new();
    for _ in 0..WAITING / STREAMS {
        let connection = server.connect_http2().await;
        let calls = vec![call.clone(); STREAMS];
        tasks.push(tokio::spawn(async move {
            let answers = connection.send_all(&calls).await;
            let statuses = answers.into_iter().map(|answer| answer.status);
            statuses.collect::<Vec<_>>()
        }));
    }
    let (began, mut longest) = (Instant::now(), Duration::ZERO);
    let other = server.store.encrypt("demo", plaintext());
    while began.elapsed() < Duration::from_millis(400) {
        let since = Instant::now();
        server.send(other.clone()).await.ok();
        longest = longest.max(since.elapsed());
    }
    for task in tasks {
        for status in task.await.unwrap() {
            assert!(matches!(status, 429 | 500 | 503), "{status}");
        }
    }
    longest
}
