//! FLT-23: more connections than open files.

use std::time::Duration;

use tokio::net::TcpStream;

use crate::harness::{Deployment, Folder, Server};

use super::good_client::call_for;
use super::origin::Addresses;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_23_connections_never_use_up_the_open_files() {
    let mut folder = Folder::new(Deployment::software());
    folder.set("log.level", "info");
    let server = Server::serve_within(folder, "-n 400");
    let mut idle = Vec::new();
    for _ in 0..600 {
        idle.push(TcpStream::connect(server.address).await.unwrap());
    }
    let good = Addresses::One.good(&server);
    call_for(&server, &good, Duration::from_secs(1))
        .await
        .assert_in_time();
    drop(idle);
    let log = server.stop().stderr;
    // It is told at the start, with the numbers, and nothing has to be told later.
    assert!(
        log.contains("server.connections: 4096 connections"),
        "{log}"
    );
    assert!(log.contains("the 400 files"), "{log}");
    assert!(!log.contains("cannot accept"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_23_the_soft_limit_of_open_files_is_raised() {
    let mut folder = Folder::new(Deployment::software());
    folder.set("server.connections", 500);
    let server = Server::serve_within(folder, "-Sn 64");
    let mut idle = Vec::new();
    for _ in 0..300 {
        let mut connection = server.connect().await;
        if idle.len() % 50 == 0 {
            let call = server.store.metadata("demo");
            server.send_on(&mut connection, call).await.ok();
        }
        idle.push(connection);
    }
    drop(idle);
    let log = server.stop().stderr;
    assert!(!log.contains("files that the process may open"), "{log}");
    assert!(!log.contains("cannot accept"), "{log}");
}

#[test]
fn flt_23_check_compares_connections_with_the_open_files() {
    let mut folder = Folder::new(Deployment::software());
    folder.set("server.connections", 65536);
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let (well, told) = folder.check();
    assert!(well, "{told}");
    let warned = told.contains("problem: 65536 connections and ");
    let enough = limit.maximum.is_none_or(|files| files > 66_000);
    assert!(warned != enough, "{:?}: {told}", limit.maximum);
}
