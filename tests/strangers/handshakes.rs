//! FLT-24: what an operator sees of connections that come to nothing.

use rustls::CipherSuite;
use rustls::version::TLS12;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::Server;
use crate::harness::certificates::Authority;
use crate::harness::tls::TlsClient;

/// Sends these bytes over TCP and reads until the server closes.
async fn send(server: &Server, bytes: &[u8]) {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
}

/// A load balancer looks whether somebody listens.
async fn ping(server: &Server) {
    drop(TcpStream::connect(server.address).await.unwrap());
}

#[tokio::test]
async fn flt_24_failures_of_handshakes_are_told_apart_and_pings_are_silent() {
    let authority = Authority::new("FLT-24 root");
    let server = Server::start_with(|folder| {
        folder.set("log.level", "info");
        std::fs::write(folder.path("tls/client-roots.pem"), authority.pem()).unwrap();
        folder.set("server.tls.client.roots", "tls/client-roots.pem");
        folder.set("server.tls.client.subject_common_names", vec!["kms"]);
    });
    for _ in 0..100 {
        ping(&server).await;
    }
    send(&server, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await;
    server.wait_for_log("plain HTTP on the port for TLS");
    send(&server, b"PROXY TCP4 192.0.2.1 192.0.2.2 4660 443\r\n").await;
    server.wait_for_log("a PROXY protocol header from an address that may not send one");
    send(&server, b"SSH-2.0-OpenSSH_9.9\r\n").await;
    server.wait_for_log("neither TLS nor HTTP");
    let old = [CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256];
    let old = server.tls().version(&TLS12).suites(&old);
    old.refusal(server.address).await;
    server.wait_for_log("no TLS version or cipher suite in common");
    let strange = Authority::new("FLT-24 another root");
    let distrusting = TlsClient::trusting(&strange.pem());
    distrusting.refusal(server.address).await;
    server.wait_for_log("the client refuses");
    let identity = strange.client("kms");
    let refused = server.tls().identity(&identity);
    refused.refusal(server.address).await;
    server.wait_for_log("the client's certificate is refused");
    let mut half = TcpStream::connect(server.address).await.unwrap();
    half.write_all(b"\x16\x03\x01\x02").await.unwrap();
    server.wait_for_log("the handshake took too long");
    drop(half);
    for _ in 0..50 {
        ping(&server).await;
        send(&server, b"GET / HTTP/1.1\r\n\r\n").await;
    }
    let log = server.stop().stderr;
    let lines = log.matches("no TLS connection: ").count();
    // One of each kind, and one more of the kind that came in the next ten seconds.
    assert!((7..=9).contains(&lines), "{lines}: {log}");
    assert!(
        log.contains("connections that came to nothing: plain HTTP"),
        "{log}"
    );
    assert!(log.contains("51"), "all of them are counted: {log}");
}
