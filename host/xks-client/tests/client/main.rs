//! The client against proxies in this process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod proxy;

use std::time::{Duration, SystemTime};

use claviger_xks::credential::Credential;
use claviger_xks::error::XksError;
use claviger_xks::request::{DecryptRequest, EncryptRequest, GetHealthStatusRequest};
use claviger_xks::sigv4::{Credentials, UnauthenticatedRequest, authenticate};
use claviger_xks::uri::ExternalKeyId;
use claviger_xks_client::answer::{Failure, MalformedAnswer};
use claviger_xks_client::call::{DecryptCall, EncryptCall};
use claviger_xks_client::client::{Limits, Reuse};
use claviger_xks_client::connection::{Stage, TlsFault, TransportFault};
use claviger_xks_client::metadata::{Caller, KmsOperation, RequestMetadata};
use claviger_xks_client::outcome::Outcome;
use claviger_xks_client::trust::Trust;
use http::{Response, StatusCode};
use http_body_util::Full;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use proxy::{Proxy, Whole, json, target};

/// Long enough for any machine.
const PATIENT: Limits = Limits {
    per_try: Duration::from_secs(30),
    ..Limits::KMS
};

const HEALTH: &str = r#"{"xksProxyFleetSize":1,"xksProxyVendor":"v","xksProxyModel":"m",
    "ekmVendor":"v","ekmFleetDetails":[{"id":"1","model":"m","healthStatus":"ACTIVE"}]}"#;

fn health() -> RequestMetadata {
    RequestMetadata::health(KmsOperation::KmsHealthCheck, "request-1")
}

fn key() -> ExternalKeyId {
    "key-1".parse().unwrap()
}

/// As a proxy checks it, with the credential of [`target`].
fn is_signed(request: &Whole) -> bool {
    let credential: Credential = target("xks.example.com").credential;
    authenticate(
        &UnauthenticatedRequest {
            method: request.method(),
            path: request.uri().path(),
            authority: None,
            headers: request.headers(),
            body: request.body(),
        },
        &Credentials::new([credential]).unwrap(),
        SystemTime::now(),
    )
    .is_ok()
}

#[tokio::test]
async fn requests_are_those_of_kms() {
    let proxy = Proxy::serve(usize::MAX, |_| json(200, HEALTH)).await;
    let report = proxy
        .client(PATIENT)
        .get_health_status(&health())
        .await
        .unwrap();
    assert_eq!(report.key_managers.len(), 1);
    let request = &proxy.requests()[0];
    assert!(is_signed(request));
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), "/test/kms/xks/v1/health");
    assert_eq!(request.version(), http::Version::HTTP_11);
    let headers = request.headers();
    // Without the port that the connection went to.
    assert_eq!(headers["host"], "xks.example.com");
    assert_eq!(headers["content-type"], "application/json");
    let authorization = headers["authorization"].to_str().unwrap();
    assert!(authorization.contains("/eu-central-1/kms-xks-proxy/aws4_request"));
    assert!(authorization.contains("SignedHeaders=host;x-amz-date,"));
    let body = GetHealthStatusRequest::parse(request.body()).unwrap();
    assert_eq!(&*body.kms_operation, "KmsHealthCheck");
}

#[tokio::test]
async fn the_four_calls_give_what_the_proxy_answered() {
    let proxy = Proxy::serve(usize::MAX, |request| {
        let path = request.uri().path();
        let path = path.strip_prefix("/test/kms/xks/v1/keys/key-1/").unwrap();
        json(
            200,
            match path {
                "metadata" => {
                    r#"{"keySpec":"AES_256","keyUsage":["ENCRYPT","DECRYPT"],"keyStatus":"ENABLED"}"#
                }
                "encrypt" => {
                    EncryptRequest::parse(request.body()).unwrap();
                    r#"{"ciphertext":"ZGVm","initializationVector":"AAAAAAAAAAAAAAAA",
                        "authenticationTag":"AAAAAAAAAAAAAAAAAAAAAA=="}"#
                }
                _ => {
                    DecryptRequest::parse(request.body()).unwrap();
                    r#"{"plaintext":"YWJj"}"#
                }
            },
        )
    })
    .await;
    let client = proxy.client(PATIENT);
    let (key, caller) = (key(), Caller::new("AWS Internal"));
    let metadata = client
        .get_key_metadata(&key, &RequestMetadata::create_key(&caller, "id"))
        .await
        .unwrap();
    assert_eq!(metadata.key_spec, "AES_256");
    let metadata =
        RequestMetadata::cryptographic(KmsOperation::ReEncrypt, &caller, "arn:key", "id");
    let encrypted = client
        .encrypt(&EncryptCall {
            key: &key,
            metadata: &metadata,
            plaintext: b"abc",
            aad: None,
            integrity_value: false,
        })
        .await
        .unwrap();
    assert_eq!(encrypted.ciphertext, b"def");
    let plaintext = client
        .decrypt(&DecryptCall {
            key: &key,
            metadata: &metadata,
            ciphertext: &encrypted.ciphertext,
            ciphertext_metadata: &encrypted.ciphertext_metadata,
            initialization_vector: &encrypted.initialization_vector,
            authentication_tag: &encrypted.authentication_tag,
            aad: None,
        })
        .await
        .unwrap();
    assert_eq!(*plaintext, b"abc");
    assert_eq!(proxy.connections(), 1);
    assert!(proxy.requests().iter().all(is_signed));
}

#[tokio::test]
async fn connections_are_used_again_or_not() {
    let proxy = Proxy::serve(usize::MAX, |_| json(200, HEALTH)).await;
    let client = proxy.client(PATIENT);
    let request = client
        .request("/test/kms/xks/v1/health", b"{}".to_vec())
        .unwrap();
    let first = client.send(&request, Reuse::Open).await.unwrap();
    assert!(first.times.connection.is_some());
    let second = client.send(&request, Reuse::Open).await.unwrap();
    assert!(second.times.connection.is_none());
    assert_eq!(proxy.connections(), 1);
    let third = client.send(&request, Reuse::Never).await.unwrap();
    assert!(third.times.total() >= third.times.exchange);
    assert!(third.times.connection.is_some());
    assert_eq!(proxy.connections(), 2);
}

#[tokio::test]
async fn a_connection_that_the_proxy_closed_is_replaced() {
    let proxy = Proxy::serve(1, |_| json(200, HEALTH)).await;
    let client = proxy.client(PATIENT);
    for connections in 1..=5 {
        client.get_health_status(&health()).await.unwrap();
        assert_eq!(proxy.connections(), connections);
    }
}

#[tokio::test]
async fn a_time_out_is_tried_once_more() {
    let proxy = Proxy::serve(usize::MAX, |_| None).await;
    let client = proxy.client(Limits {
        per_try: Duration::from_millis(200),
        ..PATIENT
    });
    let failure = client.get_health_status(&health()).await.unwrap_err();
    assert_eq!(
        failure,
        Failure::Transport(TransportFault::TimedOut(Stage::Answer))
    );
    assert_eq!(failure.outcome(), Outcome::TimedOut);
    assert_eq!(proxy.connections(), 2);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_late_in_the_handshake() {
    let proxy = Proxy::accept(|_, stream| async move {
        let _open = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let client = proxy.client(Limits {
        per_try: Duration::from_millis(100),
        retries: 0,
        ..PATIENT
    });
    let failure = client.get_health_status(&health()).await.unwrap_err();
    assert_eq!(
        failure,
        Failure::Transport(TransportFault::TimedOut(Stage::Tls))
    );
}

#[tokio::test]
async fn nobody_listening_is_not_reachable() {
    let mut proxy = Proxy::serve(usize::MAX, |_| None).await;
    let unused = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    proxy.address = unused.local_addr().unwrap();
    drop(unused);
    let failure = proxy.client(PATIENT).get_health_status(&health()).await;
    let failure = failure.unwrap_err();
    assert_eq!(failure.outcome(), Outcome::NotReachable, "{failure}");
}

#[tokio::test]
async fn certificates_have_to_be_of_a_known_ca_and_of_the_host() {
    let proxy = Proxy::serve(usize::MAX, |_| json(200, HEALTH)).await;
    let stranger = Proxy::serve(usize::MAX, |_| None).await;
    let other_ca = Trust::roots([stranger.ca.clone()]).unwrap();
    let same_ca = Trust::roots([proxy.ca.clone()]).unwrap();
    for (host, trust) in [
        ("xks.example.com", other_ca),
        ("other.example.com", same_ca),
    ] {
        let client = proxy.client_of(target(host), trust, PATIENT);
        let failure = client.get_health_status(&health()).await.unwrap_err();
        assert_eq!(failure.outcome(), Outcome::NoTls, "{failure}");
    }
    assert!(proxy.requests().is_empty());
}

#[tokio::test]
async fn plain_http_on_the_port_cannot_be_interpreted() {
    let proxy = Proxy::accept(|_, mut stream| async move {
        let _ = stream.read(&mut [0; 1024]).await;
        let _ = stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
            .await;
        // Closing at once would reset the connection before this is read.
        let _ = stream.read(&mut [0; 1024]).await;
    })
    .await;
    let failure = proxy.client(PATIENT).get_health_status(&health()).await;
    let failure = failure.unwrap_err();
    assert_eq!(
        failure,
        Failure::Transport(TransportFault::Tls(TlsFault::NotTls))
    );
    assert_eq!(failure.outcome(), Outcome::Malformed);
}

#[tokio::test]
async fn hostile_answers_cannot_be_interpreted() {
    let heads: [&'static [u8]; 7] = [
        b"",
        b"\x00\x01\x02\x03\r\n\r\n",
        b"HTTP/1.1 999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9999999999\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ];
    for head in heads {
        let proxy = Proxy::accept(move |acceptor, stream| async move {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                return;
            };
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(head).await;
            let _ = stream.shutdown().await;
        })
        .await;
        let failure = proxy.client(PATIENT).get_health_status(&health()).await;
        let failure = failure.unwrap_err();
        assert_eq!(failure.outcome(), Outcome::Malformed, "{head:?}: {failure}");
    }
}

#[tokio::test]
async fn a_head_that_is_too_large_is_called_so() {
    let proxy = Proxy::accept(|acceptor, stream| async move {
        let Ok(mut stream) = acceptor.accept(stream).await else {
            return;
        };
        let _ = stream.read(&mut [0; 4096]).await;
        let long = "a".repeat(65 << 10);
        let head = format!("HTTP/1.1 200 OK\r\nx-long: {long}\r\n\r\n{{}}");
        let _ = stream.write_all(head.as_bytes()).await;
        let _ = stream.shutdown().await;
    })
    .await;
    let failure = proxy.client(PATIENT).get_health_status(&health()).await;
    let failure = failure.unwrap_err();
    assert_eq!(failure, Failure::Transport(TransportFault::HeadTooLarge));
    assert_eq!(failure.outcome(), Outcome::Malformed);
}

#[tokio::test]
async fn bodies_are_bounded() {
    let proxy = Proxy::serve(usize::MAX, |_| json(200, vec![b' '; (64 << 10) + 1])).await;
    let failure = proxy.client(PATIENT).get_health_status(&health()).await;
    assert_eq!(
        failure.unwrap_err(),
        Failure::Transport(TransportFault::TooLarge { max: 64 << 10 })
    );
}

#[tokio::test]
async fn refusals_and_malformed_answers_are_told_apart() {
    let body = |error: XksError| error.body("no");
    let proxy = Proxy::serve(usize::MAX, move |request| match request.uri().path() {
        "/test/kms/xks/v1/health" => json(401, body(XksError::AuthenticationFailed)),
        "/test/kms/xks/v1/keys/key-1/metadata" => json(404, body(XksError::KeyNotFound)),
        _ => Some(
            Response::builder()
                .status(StatusCode::METHOD_NOT_ALLOWED)
                .body(Full::default())
                .unwrap(),
        ),
    })
    .await;
    let client = proxy.client(PATIENT);
    let failure = client.get_health_status(&health()).await.unwrap_err();
    assert_eq!(failure.outcome(), Outcome::AuthenticationFailed);
    let metadata = RequestMetadata::create_key(&Caller::new("AWS Internal"), "id");
    let failure = client.get_key_metadata(&key(), &metadata).await;
    assert_eq!(failure.unwrap_err().outcome(), Outcome::KeyNotFound);
    let failure = client
        .encrypt(&EncryptCall {
            key: &key(),
            metadata: &metadata,
            plaintext: b"abc",
            aad: None,
            integrity_value: false,
        })
        .await;
    assert_eq!(
        failure.unwrap_err(),
        Failure::Malformed(MalformedAnswer::Status(StatusCode::METHOD_NOT_ALLOWED))
    );
}

#[tokio::test]
async fn requests_can_be_signed_wrongly() {
    let proxy = Proxy::serve(usize::MAX, |request| {
        json(if is_signed(request) { 200 } else { 401 }, "{}")
    })
    .await;
    let client = proxy.client(PATIENT);
    let right = client
        .request("/test/kms/xks/v1/health", b"{}".to_vec())
        .unwrap();
    let status = async |change: &dyn Fn(&mut claviger_xks_client::exchange::RawRequest)| {
        let mut request = right.clone();
        change(&mut request);
        let answer = client.send(&request, Reuse::Open).await.unwrap();
        answer.status.as_u16()
    };
    assert_eq!(status(&|_| ()).await, 200);
    assert_eq!(
        status(&|request| request.signing = None).await,
        401,
        "unsigned"
    );
    assert_eq!(
        status(&|request| request.body_sent = Some("{ }".into())).await,
        401,
        "another body"
    );
    assert_eq!(
        status(&|request| request.signing.as_mut().unwrap().service = "kms".to_owned()).await,
        401,
        "another service"
    );
    assert_eq!(
        status(&|request| {
            request.signing.as_mut().unwrap().time -= Duration::from_mins(6);
        })
        .await,
        401,
        "another time"
    );
    assert_eq!(
        status(&|request| request.signing.as_mut().unwrap().signed_headers.truncate(1)).await,
        401,
        "unsigned date"
    );
    assert_eq!(
        status(&|request| {
            let names = &mut request.signing.as_mut().unwrap().signed_headers;
            names.push(http::header::CONTENT_TYPE);
        })
        .await,
        200,
        "further headers"
    );
}
