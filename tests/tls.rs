//! TLS, HTTP versions and content types: XKS-013 to XKS-017, XKS-023, XKS-024.

use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, SignatureAlgorithm};
use rustls::CipherSuite;
use rustls::version::{TLS12, TLS13};
use tokio::net::TcpStream;

use crate::harness::certificates::{Authority, Identity};
use crate::harness::http1::Http1;
use crate::harness::tls::TlsClient;
use crate::harness::{Folder, Server, assert_xks_error, plaintext};

#[tokio::test]
async fn xks_013_plain_http_is_not_served() {
    let server = Server::start();
    let request = server.store.health().sign();
    server.forbidden.note_request(&request);
    let stream = TcpStream::connect(server.address).await.unwrap();
    let mut connection = Http1::over(stream);
    connection.write(&request.to_http1()).await.unwrap();
    // What comes back is at most a TLS alert: no HTTP.
    assert!(!connection.answers_http().await);
}

/// Serves with a certificate of this kind of key.
fn with_certificate(algorithm: &'static SignatureAlgorithm) -> Server {
    let authority = Authority::new("XKS-014 root");
    let identity = authority.server(algorithm);
    Server::start_with(|folder| install(folder, &authority, &identity))
}

fn install(folder: &Folder, authority: &Authority, identity: &Identity) {
    std::fs::write(folder.path("ca.pem"), authority.pem()).unwrap();
    std::fs::write(folder.path("tls/server.pem"), &identity.chain).unwrap();
    folder.write_private("tls/server.key", &identity.key);
}

#[tokio::test]
async fn xks_014_each_suite_of_the_specification_is_accepted() {
    let ecdsa = with_certificate(&PKCS_ECDSA_P256_SHA256);
    let rsa = with_certificate(&PKCS_RSA_SHA256);
    for (server, version, suite) in [
        (&ecdsa, &TLS13, CipherSuite::TLS13_AES_256_GCM_SHA384),
        (&ecdsa, &TLS13, CipherSuite::TLS13_CHACHA20_POLY1305_SHA256),
        (
            &ecdsa,
            &TLS12,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        ),
        (
            &rsa,
            &TLS12,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        ),
        (&rsa, &TLS13, CipherSuite::TLS13_AES_256_GCM_SHA384),
    ] {
        let client = server.tls().version(version).suites(&[suite]);
        let stream = client.connect(server.address).await.expect("a handshake");
        let mut connection = Http1::over(stream);
        let response = server
            .send_on(&mut connection, server.store.metadata("demo"))
            .await;
        response.ok();
    }
}

#[tokio::test]
async fn xks_014_no_other_suite_is_accepted() {
    let ecdsa = with_certificate(&PKCS_ECDSA_P256_SHA256);
    let rsa = with_certificate(&PKCS_RSA_SHA256);
    for (server, version, suite) in [
        (&ecdsa, &TLS13, CipherSuite::TLS13_AES_128_GCM_SHA256),
        (
            &ecdsa,
            &TLS12,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        ),
        (
            &ecdsa,
            &TLS12,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        ),
        (
            &rsa,
            &TLS12,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        ),
        (
            &rsa,
            &TLS12,
            CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ),
    ] {
        let client = server.tls().version(version).suites(&[suite]);
        let error = client.connect(server.address).await.expect_err("an alert");
        assert!(error.to_string().contains("HandshakeFailure"), "{error}");
    }
}

#[tokio::test]
async fn xks_015_http2_is_offered_and_http1_is_the_fallback() {
    let server = Server::start();
    for (offered, chosen) in [
        (&["h2", "http/1.1"][..], Some("h2")),
        (&["h2"], Some("h2")),
        (&["http/1.1"], Some("http/1.1")),
        (&[], None),
    ] {
        let client = server.tls().alpn(offered);
        let stream = client.connect(server.address).await.expect("a handshake");
        let protocol = stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec);
        assert_eq!(protocol.as_deref(), chosen.map(str::as_bytes));
        if chosen != Some("h2") {
            let mut connection = Http1::over(stream);
            let call = server.store.metadata("demo");
            server.send_on(&mut connection, call).await.ok();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn xks_015_all_apis_work_over_http2() {
    let server = Server::start();
    let mut connection = server.connect_http2().await;
    let call = server
        .store
        .encrypt("demo", plaintext())
        .with_integrity_value();
    let encrypted = server.send_on_http2(&mut connection, call).await.ok();
    for call in server.store.all_four("demo", &encrypted) {
        server.send_on_http2(&mut connection, call).await.ok();
    }
}

#[tokio::test]
async fn xks_017_the_certificate_of_dev_names_its_host() {
    let server = Server::start();
    let pem = std::fs::read(server.folder().path("tls/server.pem")).unwrap();
    let (_, pem) = x509_parser::pem::parse_x509_pem(&pem).unwrap();
    let certificate = pem.parse_x509().unwrap();
    let subject = certificate.subject();
    let common_names: Vec<_> = subject
        .iter_common_name()
        .map(|name| name.as_str().unwrap())
        .collect();
    assert_eq!(common_names, ["localhost"]);
    assert!(certificate.validity().is_valid());
    let names = certificate.subject_alternative_name().unwrap().unwrap();
    let names = format!("{:?}", names.value.general_names);
    assert!(names.contains("localhost"), "{names}");
    assert!(names.contains("127, 0, 0, 1"), "{names}");
}

#[tokio::test]
async fn xks_017_intermediate_certificates_are_sent() {
    let root = Authority::new("XKS-017 root");
    let intermediate = root.intermediate("XKS-017 intermediate");
    let mut identity = intermediate.server(&PKCS_ECDSA_P256_SHA256);
    identity.chain.push_str(&intermediate.pem());
    let server = Server::start_with(|folder| install(folder, &root, &identity));
    // The client knows the root alone.
    let stream = TlsClient::trusting(&root.pem())
        .connect(server.address)
        .await;
    let stream = stream.expect("a chain to the root");
    let chain = stream.get_ref().1.peer_certificates().unwrap();
    assert_eq!(chain.len(), 2);
}

#[tokio::test]
async fn xks_023_a_connection_serves_many_requests() {
    let server = Server::start();
    let mut connection = server.connect().await;
    for _ in 0..20 {
        let call = server.store.encrypt("demo", plaintext());
        let response = server.send_on(&mut connection, call).await;
        response.ok();
        assert_ne!(response.header("connection"), Some("close"));
    }
    // Errors leave it open as well.
    for _ in 0..3 {
        let call = server.store.metadata(server.keys().unknown);
        let response = server.send_on(&mut connection, call).await;
        assert_xks_error(&response, 404, "KeyNotFoundException");
    }
    let call = server.store.metadata("demo");
    server.send_on(&mut connection, call).await.ok();
}

#[tokio::test]
async fn xks_023_expect_100_continue_is_answered() {
    let server = Server::start();
    let request = server.store.encrypt("demo", plaintext()).sign();
    let request = request.add_header("Expect", "100-continue");
    server.forbidden.note_request(&request);
    let bytes = request.to_http1();
    let (head, body) = bytes.split_at(bytes.len() - request.body.len());
    let mut connection = server.connect().await;
    connection.write(head).await.unwrap();
    let interim = connection.read_response(false).await.expect("a go-ahead");
    assert_eq!(interim.status, 100);
    connection.write(body).await.unwrap();
    connection
        .read_response(false)
        .await
        .expect("an answer")
        .ok();
}

#[tokio::test]
async fn xks_024_the_content_type_must_be_json() {
    let server = Server::start();
    for content_type in [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON",
    ] {
        let call = server
            .store
            .metadata("demo")
            .request(|request| request.change_header("content-type", |_| content_type.to_owned()));
        server.send(call).await.ok();
    }
    for content_type in [
        "text/plain",
        "application/jsonx",
        "application/x-www-form-urlencoded",
        "",
    ] {
        let call = server
            .store
            .metadata("demo")
            .request(|request| request.change_header("content-type", |_| content_type.to_owned()));
        let response = server.send(call).await;
        assert_xks_error(&response, 400, "ValidationException");
    }
    for call in [server.store.metadata("demo"), server.store.health()] {
        let call = call.request(|request| request.remove_header("content-type"));
        let response = server.send(call).await;
        assert_xks_error(&response, 400, "ValidationException");
    }
}
