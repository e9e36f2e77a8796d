//! FLT-21: connections that do nothing.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::harness::http1::Http1;
use crate::harness::process::LIMIT;
use crate::harness::tls::TlsClient;
use crate::harness::{Deployment, Folder, Server};

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

/// Signed requests on a connection of a key store, one after the other until it is
/// closed.
async fn busy(tls: TlsClient, address: SocketAddr, request: Vec<u8>) {
    let Ok(stream) = tls.connect(address).await else {
        return;
    };
    let mut connection = Http1::over(stream);
    while connection.write(&request).await.is_ok() {
        if connection.read_response(false).await.is_none() {
            return;
        }
    }
}

/// However busy it is: what one tenant has beyond its share is another one's.
#[tokio::test]
async fn flt_21_one_key_store_does_not_keep_the_connections_of_another() {
    let mut folder = Folder::new(Deployment::software());
    folder.set("server.connections", 16);
    folder.add_key_store("greedy");
    let mut server = folder.serve();
    let greedy = server.key_store("greedy");
    // One that is quiet for longer than any of the others.
    let mut quiet = server.connect().await;
    server
        .send_on(&mut quiet, server.store.metadata("demo"))
        .await
        .ok();
    let request = greedy.health().sign().to_http1();
    let mut flood = JoinSet::new();
    let mut interval = tokio::time::interval(Duration::from_millis(300));
    for _ in 0..10 {
        interval.tick().await;
        // Those that gave way come again.
        while flood.try_join_next().is_some() {}
        while flood.len() < 20 {
            flood.spawn(busy(server.tls(), server.address, request.clone()));
        }
        let began = Instant::now();
        let mut newcomer = server.connect().await;
        let call = server.store.metadata("demo");
        server.send_on(&mut newcomer, call).await.ok();
        assert!(
            began.elapsed() < Duration::from_secs(2),
            "{:?}",
            began.elapsed()
        );
    }
    server
        .send_on(&mut quiet, server.store.metadata("demo"))
        .await
        .ok();
}

/// Answers that nobody reads are kept with their connection, so there are few of them.
#[tokio::test]
async fn flt_20_a_stranger_has_64_answers_and_who_has_authenticated_any_number() {
    let server = Server::start();
    let mut stranger = server.connect().await;
    let mut unsigned = server.store.health().sign();
    unsigned
        .headers
        .retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
    let mut answers = 0;
    while stranger.write(&unsigned.to_http1()).await.is_ok() {
        let Some(response) = stranger.read_response(false).await else {
            break;
        };
        assert_eq!(response.status, 401);
        answers += 1;
    }
    assert_eq!(answers, 64);
    let mut known = server.connect().await;
    for _ in 0..100 {
        server.send_on(&mut known, server.store.health()).await.ok();
    }
}
