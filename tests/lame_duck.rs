//! SIGTERM behind a load balancer that needs time to notice (FLT-72).

use rustix::process::Signal;

use crate::harness::http1::Http1;
use crate::harness::{Folder, Server};
use crate::probe::{probe, with_probe};

fn served(seconds: i64) -> Server {
    Server::start_with(|folder: &mut Folder| {
        with_probe(folder);
        folder.set("server.lame_duck_seconds", seconds);
    })
}

async fn connection(server: &Server) -> Http1 {
    let stream = server.tls().connect(server.address).await;
    Http1::over(stream.expect("a handshake"))
}

#[tokio::test]
async fn flt_72_a_lame_duck_serves_everybody_and_asks_them_to_go() {
    let server = served(300);
    let mut before = connection(&server).await;
    let call = || server.store.metadata("demo");
    let response = server.send_on(&mut before, call()).await;
    assert_eq!(response.header("connection"), None);
    server.signal(Signal::TERM);
    server.says("stopping: served on", 1);
    assert_eq!(probe(&server, "GET", "/readyz").await.status, 503);
    assert_eq!(probe(&server, "GET", "/healthz").await.status, 200);
    // One that was there, and one that a load balancer still sends.
    let mut after = connection(&server).await;
    for connection in [&mut before, &mut after] {
        let response = server.send_on(connection, call()).await;
        assert_eq!(response.header("connection"), Some("close"));
        assert_eq!(response.status, 200, "{}", response.text());
    }
    let mut http2 = server.connect_http2().await;
    let response = server.send_on_http2(&mut http2, call()).await;
    assert_eq!(response.status, 200, "{}", response.text());
    // `stop` sends the second signal, which ends the wait.
    let log = server.stop().stderr;
    assert!(log.contains("draining"), "{log}");
}

#[tokio::test]
async fn flt_72_a_lame_duck_ends_by_itself() {
    let server = served(1);
    server.send(server.store.metadata("demo")).await.ok();
    server.signal(Signal::TERM);
    server.says("draining", 1);
    server.says("stopped", 1);
}

#[tokio::test]
async fn flt_70_signals_that_mean_nothing_do_nothing() {
    let server = served(0);
    for signal in [Signal::USR1, Signal::USR2] {
        server.signal(signal);
    }
    for _ in 0..3 {
        server.send(server.store.metadata("demo")).await.ok();
    }
    server.signal(Signal::QUIT);
    server.says("draining", 1);
}
