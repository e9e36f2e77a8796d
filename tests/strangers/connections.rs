//! FLT-21: connections that do nothing.

use std::time::{Duration, Instant};

use crate::harness::Server;
use crate::harness::process::LIMIT;

use super::attack::Attack;
use super::good_client::call_for;
use super::origin::Addresses;

/// Fewer than the attackers open.
const CONNECTIONS: i64 = 48;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_21_idle_connections_lock_nobody_out() {
    for addresses in Addresses::BOTH {
        let server = Server::start_with(|folder| {
            addresses.configure(folder);
            folder.set("server.connections", CONNECTIONS);
        });
        let good = addresses.good(&server);
        // One that has authenticated, and is idle while the others come.
        let mut kept = good.http1().await.unwrap();
        let call = server.store.metadata("demo");
        server.send_on(&mut kept, call).await.ok();
        let attack = Attack::idle_tls(&addresses.hostile(&server), 80);
        let start = Instant::now();
        while attack.rounds() < 20 {
            assert!(start.elapsed() < LIMIT, "nobody gives way");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        call_for(&server, &good, Duration::from_secs(2))
            .await
            .assert_in_time();
        let call = server.store.metadata("demo");
        server.send_on(&mut kept, call).await.ok();
        drop(attack);
        server.wait_for_log("server.connections (48) is reached");
        let log = server.stop().stderr;
        let lines = log.matches("server.connections (48) is reached").count();
        assert!(lines <= 3, "{lines} lines");
    }
}

#[tokio::test]
async fn flt_21_who_has_authenticated_is_not_sacrificed_to_a_stranger() {
    let server = Server::start_with(|folder| folder.set("server.connections", 4));
    let mut known = Vec::new();
    for _ in 0..4 {
        let mut connection = server.connect().await;
        let call = server.store.metadata("demo");
        server.send_on(&mut connection, call).await.ok();
        known.push(connection);
    }
    let stranger = server.connect();
    tokio::pin!(stranger);
    let busy = async {
        for _ in 0..10 {
            for connection in &mut known {
                let call = server.store.metadata("demo");
                server.send_on(connection, call).await.ok();
            }
        }
    };
    tokio::select! {
        biased;
        _ = &mut stranger => panic!("five connections at once"),
        () = busy => {}
    }
    known.pop();
    stranger.await;
}

#[tokio::test]
async fn flt_21_who_has_a_credential_does_not_keep_all_connections() {
    let server = Server::start_with(|folder| folder.set("server.connections", 8));
    let mut known = Vec::new();
    for _ in 0..8 {
        let mut connection = server.connect().await;
        let call = server.store.metadata("demo");
        server.send_on(&mut connection, call).await.ok();
        known.push(connection);
    }
    // One seat in eight is for those who are new: the one that was idle for longest
    // gives way, once it is idle.
    let mut newcomer = server.connect().await;
    let call = server.store.metadata("demo");
    server.send_on(&mut newcomer, call).await.ok();
    assert!(known.remove(0).closes().await);
    for connection in &mut known {
        let call = server.store.metadata("demo");
        server.send_on(connection, call).await.ok();
    }
}
