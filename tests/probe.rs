//! Probes for load balancers: XKS-125, XKS-126, XKS-013.

use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use crate::harness::certificates::Authority;
use crate::harness::guests::misbehaving_with;
use crate::harness::http1::Http1;
use crate::harness::{Folder, Request, Response, Server};

pub(crate) fn with_probe(folder: &mut Folder) {
    folder.set("server.probe_listen", "127.0.0.1:0");
}

/// One request to the probe listener, in plain HTTP.
pub(crate) async fn probe(server: &Server, method: &str, path: &str) -> Response {
    let stream = TcpStream::connect(server.probe_address()).await;
    let mut connection = Http1::over(stream.expect("the probe listens"));
    let request = Request {
        method: method.to_owned(),
        target: path.to_owned(),
        authority: Some("10.0.0.1".to_owned()),
        headers: Vec::new(),
        body: Vec::new(),
    };
    connection.send(&request).await
}

/// Waits for the first report of the key managers: the host listens before it.
pub(crate) async fn becomes_ready(server: &Server) {
    let start = Instant::now();
    while probe(server, "GET", "/readyz").await.status != 200 {
        assert!(start.elapsed() < Duration::from_secs(20), "never ready");
    }
}

#[tokio::test]
async fn xks_125_a_probe_needs_no_authentication() {
    let server = Server::start_with(with_probe);
    becomes_ready(&server).await;
    for path in ["/healthz", "/readyz"] {
        let response = probe(&server, "GET", path).await;
        assert_eq!(response.status, 200, "{path}: {}", response.text());
    }
}

#[tokio::test]
async fn xks_126_a_probe_tells_nothing_else() {
    let server = Server::start_with(|folder| {
        with_probe(folder);
        folder.set("server.metrics_paths", Vec::<&str>::new());
    });
    for path in [
        "/",
        "/healthz/",
        "/healthz2",
        "/metrics",
        "/demo/kms/xks/v1/health",
    ] {
        let response = probe(&server, "GET", path).await;
        assert_eq!(response.status, 404, "{path}: {}", response.text());
    }
    for path in ["/healthz", "/readyz", "/nothing"] {
        let text = probe(&server, "GET", path).await.text();
        for inside in ["demo", "software", "claviger", "wasm"] {
            assert!(!text.to_lowercase().contains(inside), "{path}: {text}");
        }
    }
}

#[tokio::test]
async fn xks_126_the_listener_for_kms_has_no_probes() {
    let server = Server::start_with(with_probe);
    let mut request = server.store.health().request;
    for path in ["/healthz", "/readyz"] {
        path.clone_into(&mut request.target);
        "GET".clone_into(&mut request.method);
        let response = server.send(request.clone()).await;
        crate::harness::assert_xks_error(&response, 404, "InvalidUriPathException");
    }
}

#[tokio::test]
async fn xks_126_probes_work_when_mutual_tls_is_on() {
    let authority = Authority::new("XKS-126 root");
    let server = Server::start_with(|folder| {
        with_probe(folder);
        std::fs::write(folder.path("tls/client-roots.pem"), authority.pem()).unwrap();
        folder.set("server.tls.client.roots", "tls/client-roots.pem");
        folder.set("server.tls.client.subject_common_names", vec!["kms"]);
    });
    becomes_ready(&server).await;
}

#[tokio::test]
async fn xks_126_a_host_without_key_manager_is_alive_and_not_ready() {
    for health in ["unavailable", "fails"] {
        let server = Server::start_with(|folder| {
            with_probe(folder);
            misbehaving_with(folder, health);
        });
        // Its key managers were asked, and this is what they said.
        server.send(server.store.health()).await.ok();
        assert_eq!(probe(&server, "GET", "/healthz").await.status, 200);
        assert_eq!(probe(&server, "GET", "/readyz").await.status, 503);
    }
}

#[tokio::test]
async fn xks_126_a_draining_host_is_not_ready_and_finishes_its_work() {
    let server = Server::start_with(with_probe);
    becomes_ready(&server).await;
    let request = server
        .store
        .encrypt("demo", crate::harness::plaintext())
        .sign()
        .add_header("Expect", "100-continue");
    server.forbidden.note_request(&request);
    let bytes = request.to_http1();
    let (most, rest) = bytes.split_at(bytes.len() - 10);
    let mut connection = server.connect().await;
    // A first request, so that the server has the connection for certain.
    let first = server.store.metadata("demo");
    server.send_on(&mut connection, first).await.ok();
    connection.write(most).await.unwrap();
    // The server has read the head: the connection is no idle one.
    let response = connection.read_response(false).await;
    assert_eq!(response.expect("an interim response").status, 100);
    server.terminate();
    let start = Instant::now();
    while probe(&server, "GET", "/readyz").await.status != 503 {
        assert!(start.elapsed() < Duration::from_secs(1), "still ready");
    }
    assert_eq!(probe(&server, "GET", "/healthz").await.status, 200);
    connection.write(rest).await.unwrap();
    let response = connection.read_response(false).await;
    response.expect("the request is finished").ok();
}

#[tokio::test]
async fn xks_013_the_probe_listener_serves_no_api() {
    let server = Server::start_with(with_probe);
    let request = server.store.health().sign();
    server.forbidden.note_request(&request);
    let stream = TcpStream::connect(server.probe_address()).await.unwrap();
    let response = Http1::over(stream).send(&request).await;
    assert_eq!(response.status, 404, "{}", response.text());
}
