//! A plugin that takes as much of a storage as it is given.

use std::sync::LazyLock;

use toml::{Table, Value};

use super::file::{folder, until};
use crate::harness::guests::{Guest, build};
use crate::harness::{Folder, Server, plaintext};

fn guest() -> &'static Guest {
    static GUEST: LazyLock<Guest> = LazyLock::new(|| build("tests/plugins/hoarder"));
    &GUEST
}

/// Beside the key store `demo`, one with the hoarder on the same storage.
fn with_hoarder() -> Folder {
    let mut folder = folder();
    folder.add_key_store("hoarder");
    folder.set("plugin.hoarder", guest().plugin());
    let mut grants = Table::new();
    grants.insert("random".to_owned(), true.into());
    grants.insert("key-storage".to_owned(), "main".into());
    let mut backend = Table::new();
    backend.insert("plugin".to_owned(), "hoarder".into());
    backend.insert("grants".to_owned(), grants.into());
    let key_store = folder.key_store("hoarder");
    key_store.insert("backend".to_owned(), Value::Table(backend));
    folder.save();
    folder
}

/// Resident memory of the server, in MiB.
fn memory(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process_id()));
    let status = status.expect("the server runs");
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = resident.and_then(|line| line.split_whitespace().next());
    kib.and_then(|kib| kib.parse::<u64>().ok())
        .expect("a number")
        / 1024
}

#[tokio::test]
async fn flt_03_a_plugin_that_opens_counters_takes_no_memory_of_the_host() {
    let mut server = with_hoarder().serve();
    let hoarder = server.key_store("hoarder");
    for way in ["opens-counters", "holds-counters", "uses-counters"] {
        // Once for the plugin's own start.
        server.send(hoarder.encrypt(way, plaintext())).await;
        let before = memory(&server);
        for _ in 0..10 {
            let response = server.send(hoarder.encrypt(way, plaintext())).await;
            assert_ne!(response.status, 200, "{way}");
        }
        let grown = memory(&server).saturating_sub(before);
        assert!(grown < 60, "{way}: {grown} MiB");
    }
    let call = server.store.encrypt("demo", plaintext());
    server.send(call).await.ok();
}

#[tokio::test]
async fn flt_04_a_plugin_that_writes_is_refused_at_its_quota() {
    let mut folder = with_hoarder();
    let mut quota = Table::new();
    quota.insert("mib".to_owned(), 1.into());
    quota.insert("writes_per_second".to_owned(), 1000.into());
    let key_store = folder.key_store("hoarder");
    key_store.insert("storage_quota".to_owned(), Value::Table(quota));
    let mut server = folder.serve();
    let hoarder = server.key_store("hoarder");
    let call = || hoarder.encrypt("writes", plaintext());
    // As often as there was time for in one call, and then no more.
    until(&server, call, 429, 503).await;
    let response = server.send(call()).await;
    assert_eq!(response.status, 429, "{}", response.text());
    let call = server.store.encrypt("demo", plaintext());
    server.send(call).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_05_a_key_is_disabled_while_another_tenant_writes_as_often_as_it_can() {
    let mut server = with_hoarder().serve();
    let hoarder = server.key_store("hoarder");
    let mut floods = Vec::new();
    let request = hoarder.encrypt("writes-one", plaintext()).sign();
    server.forbidden.note_request(&request);
    for _ in 0..4 {
        let (mut connection, bytes) = (server.connect().await, request.to_http1());
        floods.push(tokio::spawn(async move {
            while connection.write(&bytes).await.is_ok()
                && connection.read_response(false).await.is_some()
            {}
        }));
    }
    for status in [
        "disable", "enable", "disable", "enable", "disable", "enable",
    ] {
        let (folder, store) = (server.folder(), &server.store);
        tokio::task::block_in_place(|| folder.key(status, "demo", "demo"));
        let (now, before) = if status == "enable" {
            (200, 400)
        } else {
            (400, 200)
        };
        until(&server, || store.encrypt("demo", plaintext()), now, before).await;
    }
    for flood in floods {
        assert!(!flood.is_finished(), "the server stopped answering");
        flood.abort();
    }
}
