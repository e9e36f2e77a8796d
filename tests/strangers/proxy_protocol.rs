//! PROXY protocol: who is believed, and what records say then.

use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::Server;
use crate::harness::http1::Http1;

use super::origin::{Addresses, header};

async fn refused(server: &Server, bytes: &[u8]) {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
}

#[tokio::test]
async fn flt_24_a_listed_load_balancer_names_its_client_in_records() {
    let server = Server::start_with(|folder| Addresses::Named.configure(folder));
    let mut connection = Addresses::Named.good(&server).http1().await.unwrap();
    let call = server.store.metadata("demo");
    server.send_on(&mut connection, call).await.ok();
    drop(connection);
    // The load balancer may also speak for itself.
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream
        .write_all(b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0")
        .await
        .unwrap();
    let stream = server.tls().connect_over(stream).await.unwrap();
    let call = server.store.metadata("demo");
    server.send_on(&mut Http1::over(stream), call).await.ok();
    let audit = server.stop().audit;
    assert_eq!(audit[0]["peer"], "198.51.100.1:40000");
    let own = audit[1]["peer"].as_str().unwrap();
    assert!(own.starts_with("127.0.0.1:"), "{own}");
}

#[tokio::test]
async fn flt_24_a_listed_load_balancer_has_to_send_a_header() {
    let server = Server::start_with(|folder| Addresses::Named.configure(folder));
    let without = server.tls().connect(server.address).await;
    assert!(without.is_err());
    server.wait_for_log("no PROXY protocol v2 header");
    refused(&server, b"PROXY TCP4 192.0.2.1 192.0.2.2 4660 443\r\n").await;
    refused(&server, b"\r\n\r\n\0\r\nQUIT\n\x21\x12\0\x0c0123456789ab").await;
    refused(&server, b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff").await;
    server.wait_for_log("a PROXY protocol header of 65551 bytes");
}

#[tokio::test]
async fn flt_24_nobody_else_may_send_a_header() {
    for listed in ["192.0.2.0/24", "127.0.0.2"] {
        let server = Server::start_with(|folder| {
            folder.set("server.proxy_protocol.from", vec![listed]);
        });
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let header = header(Ipv4Addr::new(198, 51, 100, 1));
        stream.write_all(&header).await.unwrap();
        assert!(server.tls().connect_over(stream).await.is_err());
        server.wait_for_log("from an address that may not send one");
        server.send(server.store.metadata("demo")).await.ok();
    }
}
