//! FLT-22: requests, handshakes and probes that begin and do not go on.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::Server;
use crate::harness::http1::Http1;

use super::attack::Attack;
use super::good_client::call_for;
use super::origin::Addresses;

/// What a busy machine adds to a time limit.
const SLACK: Duration = Duration::from_secs(5);

async fn closes_within(connection: &mut Http1, limit: Duration) {
    let start = Instant::now();
    assert!(connection.closes().await);
    assert!(start.elapsed() < limit + SLACK, "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_22_what_begins_and_does_not_go_on_ends_within_seconds() {
    let server = Server::start();
    let half_a_head = async {
        let mut connection = server.connect().await;
        connection.write(b"POST /demo/kms/x").await.unwrap();
        closes_within(&mut connection, Duration::from_secs(5)).await;
    };
    let half_a_head_after_a_request = async {
        let mut connection = server.connect().await;
        let call = server.store.metadata("demo");
        server.send_on(&mut connection, call).await.ok();
        connection.write(b"POST /demo/kms/x").await.unwrap();
        closes_within(&mut connection, Duration::from_secs(5)).await;
    };
    let half_a_handshake = async {
        let mut connection = Http1::over(TcpStream::connect(server.address).await.unwrap());
        connection.write(b"\x16\x03\x01\x02\x00\x01").await.unwrap();
        closes_within(&mut connection, Duration::from_secs(4)).await;
    };
    tokio::join!(
        half_a_head,
        half_a_head_after_a_request,
        half_a_handshake,
        drip(&server),
    );
}

/// A byte of a head each 300 ms.
async fn drip(server: &Server) {
    let stream = server.tls().connect(server.address).await;
    let (mut reader, mut writer) = tokio::io::split(stream.unwrap());
    let start = Instant::now();
    let drops = async {
        for byte in b"POST /demo/kms/xks/v1/health HTTP/1.1\r\n".iter().cycle() {
            if writer.write_all(&[*byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    };
    let end = async {
        let mut buffer = [0; 512];
        while reader.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
    };
    tokio::select! {
        () = drops => {}
        () = end => {}
    }
    assert!(start.elapsed() < Duration::from_secs(5) + SLACK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_22_an_idle_stranger_leaves_long_before_aws_kms() {
    let server = Server::start();
    let mut known = server.connect().await;
    let call = server.store.metadata("demo");
    server.send_on(&mut known, call).await.ok();
    let mut stranger = server.connect().await;
    closes_within(&mut stranger, Duration::from_secs(10)).await;
    let call = server.store.metadata("demo");
    server.send_on(&mut known, call).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_22_idle_connections_hold_up_no_probe() {
    let server = Server::start_with(|folder| folder.set("server.probe_listen", "127.0.0.1:0"));
    let address = server.probe_address();
    // It is ready once its key managers have reported.
    server.send(server.store.health()).await.ok();
    // More than there are seats, and again when they are cut off.
    let attack = Attack::idle_probes(address, 150);
    let mut fastest = Duration::MAX;
    let mut probes = 0;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(3) {
        let start = Instant::now();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = b"GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        fastest = fastest.min(start.elapsed());
        probes += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(fastest < Duration::from_millis(50), "{fastest:?}");
    assert!(probes > 20, "{probes} probes");
    assert!(attack.rounds() > 0, "nobody gave way");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flt_22_half_requests_hold_up_nobody() {
    for addresses in Addresses::BOTH {
        let server = Server::start_with(|folder| {
            addresses.configure(folder);
            folder.set("server.connections", 48);
        });
        let hostile = addresses.hostile(&server);
        let _heads = Attack::half_heads(&hostile, 40);
        let _handshakes = Attack::half_handshakes(&hostile, 40);
        let good = addresses.good(&server);
        call_for(&server, &good, Duration::from_secs(2))
            .await
            .assert_in_time();
    }
}
