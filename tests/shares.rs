//! What one key store takes from another of the same host: XKS-132, FLT-06.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::task::JoinSet;

use crate::harness::guests::misbehaving;
use crate::harness::http1::Http1;
use crate::harness::{Folder, KeyStore, Request, Server, assert_xks_error, plaintext};

/// Requests in flight of the whole host.
const WHOLE: i64 = 8;

/// The deployment's key store has a slow backend, and `good` is beside it.
fn two_key_stores(folder: &mut Folder) {
    folder.add_key_store("good");
    misbehaving(folder);
    folder.set("server.requests_in_flight", WHOLE);
    folder.save();
    folder.key("create", "good", "demo");
}

/// Callers that send one request after the other until they are told to stop.
struct Flood {
    ended: Arc<AtomicBool>,
    refused: Arc<AtomicUsize>,
    callers: JoinSet<()>,
}

impl Flood {
    /// As many callers as connections; returns when some of them are refused, so
    /// that the host has all that it takes.
    async fn begin(server: &Server, store: &KeyStore, connections: usize) -> Self {
        let mut flood = Self {
            ended: Arc::default(),
            refused: Arc::default(),
            callers: JoinSet::new(),
        };
        for _ in 0..connections {
            // Sleeps in an import until its deadline, and holds no thread meanwhile.
            let request = store.encrypt("waits", plaintext()).sign();
            server.forbidden.note_request(&request);
            let connection = server.connect().await;
            let (ended, refused) = (Arc::clone(&flood.ended), Arc::clone(&flood.refused));
            flood
                .callers
                .spawn(call_until(ended, refused, connection, request));
        }
        while flood.refused.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        flood
    }

    async fn end(mut self) {
        self.ended.store(true, Ordering::Relaxed);
        while let Some(caller) = self.callers.join_next().await {
            caller.unwrap();
        }
    }
}

async fn call_until(
    ended: Arc<AtomicBool>,
    refused: Arc<AtomicUsize>,
    mut connection: Http1,
    request: Request,
) {
    while !ended.load(Ordering::Relaxed) {
        let response = connection.send(&request).await;
        if response.status == 429 {
            assert_xks_error(&response, 429, "ThrottlingException");
            refused.fetch_add(1, Ordering::Relaxed);
            // A caller that is told to slow down does so.
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn flt_06_a_flooded_key_store_takes_nothing_from_its_neighbour() {
    let mut server = Server::start_with(two_key_stores);
    let flooded = server.store.clone();
    let good = server.key_store("good");
    let flood = Flood::begin(&server, &flooded, 40).await;
    let encrypted = server.send(good.encrypt("demo", plaintext())).await.ok();
    for _ in 0..10 {
        for call in good.all_four("demo", &encrypted) {
            server.send(call).await.ok();
        }
        // AWS KMS must not take the flooded one for dead either.
        server.send(flooded.health()).await.ok();
    }
    flood.end().await;
}

#[tokio::test]
async fn xks_132_a_key_store_alone_may_use_the_whole_host() {
    let mut server = Server::start_with(two_key_stores);
    let _idle = server.key_store("good");
    let whole = usize::try_from(WHOLE).unwrap();
    let mut connections = Vec::new();
    for _ in 0..whole {
        connections.push(server.connect().await);
    }
    let mut callers = JoinSet::new();
    for mut connection in connections {
        let request = server.store.encrypt("waits", plaintext()).sign();
        server.forbidden.note_request(&request);
        callers.spawn(async move { connection.send(&request).await });
    }
    for response in callers.join_all().await {
        assert_xks_error(&response, 503, "DependencyTimeoutException");
    }
}

#[tokio::test]
async fn xks_132_a_key_store_has_quotas_of_its_own() {
    let mut server = Server::start_with(|folder| {
        folder.add_key_store("other");
        let table = folder.main_key_store();
        table.insert("requests_per_second".to_owned(), 1.into());
    });
    let other = server.key_store("other");
    let mut refused = 0;
    while refused == 0 {
        let response = server.send(server.store.metadata("demo")).await;
        if response.status == 429 {
            assert_xks_error(&response, 429, "ThrottlingException");
            refused += 1;
        }
        // Another key store, and health, have nothing to do with it.
        let response = server.send(other.metadata("demo")).await;
        assert_xks_error(&response, 404, "KeyNotFoundException");
        server.send(server.store.health()).await.ok();
    }
    let stopped = server.stop();
    let told = |record: &serde_json::Value| {
        let reason = record["reason"].as_str();
        reason.is_some_and(|reason| reason.contains("requests_per_second"))
    };
    assert!(stopped.audit.iter().any(told), "{:?}", stopped.audit);
}

#[tokio::test]
async fn xks_132_a_request_without_a_valid_signature_uses_no_quota() {
    let server = Server::start_with(|folder| {
        let table = folder.main_key_store();
        table.insert("requests_per_second".to_owned(), 1.into());
    });
    for _ in 0..20 {
        let response = server.send(server.store.metadata("demo").request).await;
        assert_xks_error(&response, 401, "AuthenticationFailedException");
    }
    server.send(server.store.metadata("demo")).await.ok();
}
