//! Connections, header fields, bounds, TLS, and addresses that are refused.

use bytes::Bytes;
use claviger_local_kms::StartFault;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::kms::command;
use crate::harness::{Kms, Proxy, Started};

#[tokio::test]
async fn every_answer_says_that_this_is_not_aws() {
    let Started { kms, .. } = Started::new().await;
    for (method, headers, status) in [
        ("POST", vec![("x-amz-target", "TrentService.ListKeys")], 200),
        ("POST", vec![("x-amz-target", "TrentService.Sign")], 400),
        ("POST", vec![], 400),
        ("GET", vec![], 405),
    ] {
        let response = kms.send(method, &headers, Bytes::new()).await;
        assert_eq!(response.status(), status);
        assert_eq!(
            response.headers()["x-claviger-local-kms"],
            "this is not AWS KMS"
        );
        assert!(response.headers().contains_key("x-amzn-requestid"));
    }
}

#[tokio::test]
async fn the_region_is_that_of_the_signature() {
    let Started { mut kms, .. } = Started::new().await;
    kms.region = "eu-central-1";
    let made = kms.ok("CreateKey", json!({})).await;
    let arn = made["KeyMetadata"]["Arn"].as_str().unwrap();
    assert!(
        arn.starts_with("arn:aws:kms:eu-central-1:111122223333:key/"),
        "{arn}"
    );
    // A request without a signature is of the Region that is said at the start.
    let headers = [("x-amz-target", "TrentService.ListKeys")];
    let response = kms.send("POST", &headers, Bytes::from_static(b"{}")).await;
    let listed: Value = serde_json::from_slice(response.body()).unwrap();
    assert!(
        listed["Keys"][0]["KeyArn"]
            .as_str()
            .unwrap()
            .contains(":us-east-1:")
    );
    let signed = [("authorization", "Bearer secret-token")];
    let refused = kms
        .call_with("ListKeys", json!({}), &signed)
        .await
        .unwrap_err();
    assert_eq!(refused.name, "IncompleteSignatureException");
    assert!(!refused.message.unwrap().contains("secret-token"));
}

#[tokio::test]
async fn bodies_are_bounded() {
    let Started { kms, .. } = Started::new().await;
    let headers = [("x-amz-target", "TrentService.CreateKey")];
    let response = kms
        .send("POST", &headers, vec![b' '; (1 << 20) + 1].into())
        .await;
    assert_eq!(response.status(), 413);
}

#[tokio::test]
async fn a_connection_serves_requests_after_each_other() {
    let Started { kms, .. } = Started::new().await;
    let mut stream = TcpStream::connect(kms.address).await.unwrap();
    for _ in 0..3 {
        let request =
            b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: TrentService.ListKeys\r\n\
                        Content-Length: 2\r\n\r\n{}";
        stream.write_all(request).await.unwrap();
        let mut head = [0; 15];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(&head, b"HTTP/1.1 200 OK");
        // The rest of the answer ends with the list's object.
        let mut seen = Vec::new();
        while !seen.ends_with(b"}") || !seen.windows(10).any(|part| part == b"\"Truncated") {
            seen.push(stream.read_u8().await.unwrap());
        }
    }
}

/// The clock goes on by itself when nothing else can happen.
#[tokio::test(start_paused = true)]
async fn a_head_that_does_not_end_is_waited_for_a_few_seconds() {
    let proxy = Proxy::start().await;
    let kms = Kms::start(command(&["--ca-file", proxy.ca_file().to_str().unwrap()]));
    let kms = kms.await.unwrap();
    let began = tokio::time::Instant::now();
    let mut stream = TcpStream::connect(kms.address).await.unwrap();
    stream.write_all(b"POST / HT").await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.is_empty());
    assert!(began.elapsed() < std::time::Duration::from_secs(10));
}

#[tokio::test]
async fn web_pages_are_not_answered() {
    let kms = Kms::with(&Proxy::start().await, &["--allow-host", "kms"]).await;
    let list = ("x-amz-target", "TrentService.ListKeys");
    for (host, more, status) in [
        ("Host: localhost\r\n", "", 200),
        ("Host: kms:4566\r\n", "", 200),
        ("Host: rebound.example.org\r\n", "", 400),
        ("Host: localhost\r\n", "Origin: null\r\n", 400),
        ("", "", 400),
    ] {
        let mut stream = TcpStream::connect(kms.address).await.unwrap();
        let request = format!(
            "POST / HTTP/1.1\r\n{host}{more}{}: {}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}",
            list.0, list.1
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
        let denied = answer.contains("AccessDeniedException");
        assert_eq!(denied, status == 400, "{answer}");
    }
}

#[tokio::test]
async fn requests_under_way_end_before_the_service_does() {
    let Started { kms, .. } = Started::new().await;
    let mut stream = TcpStream::connect(kms.address).await.unwrap();
    let head = "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: TrentService.ListKeys\r\n";
    stream
        .write_all(format!("{head}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n").as_bytes())
        .await
        .unwrap();
    // The service has read the head, and wants the body.
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).await.unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    let stopping = tokio::spawn(kms.stop());
    stream.write_all(b"{}").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    stopping.await.unwrap();
}

#[tokio::test]
async fn addresses_that_others_can_reach_are_refused_unless_told_twice() {
    let proxy = Proxy::start().await;
    let everybody = ["--listen", "0.0.0.0:0"];
    let twice = ["--not-only-loopback", "--authenticate-nobody"];
    for once in [&[][..], &twice[..1], &twice[1..]] {
        let arguments: Vec<&str> = everybody.iter().chain(once).copied().collect();
        let refused = try_with(&proxy, &arguments).await.err().unwrap();
        assert!(matches!(refused, StartFault::NotLoopback { .. }));
        assert!(refused.to_string().contains("say twice"));
    }
    let arguments: Vec<&str> = everybody.iter().chain(&twice).copied().collect();
    try_with(&proxy, &arguments).await.unwrap().stop().await;
}

/// The last of two `--listen` counts.
async fn try_with(proxy: &Proxy, arguments: &[&str]) -> Result<Kms, StartFault> {
    let mut command = command(&["--ca-file", proxy.ca_file().to_str().unwrap()]);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match *argument {
            "--listen" => command.listen = arguments.next().unwrap().parse().unwrap(),
            "--not-only-loopback" => command.not_only_loopback = true,
            "--authenticate-nobody" => command.authenticate_nobody = true,
            other => panic!("{other}"),
        }
    }
    Kms::start(command).await
}

#[tokio::test]
async fn what_does_not_start_says_why() {
    let proxy = Proxy::start().await;
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let leaf = proxy.ca_file().with_file_name("leaf.pem");
    let leaf = leaf.to_str().unwrap();
    let ca = proxy.ca_file();
    let mut in_use = command(&["--ca-file", ca.to_str().unwrap()]);
    in_use.listen = taken.parse().unwrap();
    for (command, text) in [
        (in_use, "use another with --listen"),
        (command(&["--ca-file", "/absent/ca.pem"]), "/absent/ca.pem"),
        (
            command(&[
                "--ca-file",
                ca.to_str().unwrap(),
                "--tls-cert",
                leaf,
                "--tls-key",
                leaf,
            ]),
            "leaf.pem",
        ),
        (
            command(&[
                "--ca-file",
                ca.to_str().unwrap(),
                "--seed",
                "/absent/seed.toml",
            ]),
            "/absent/seed.toml",
        ),
        (
            command(&[
                "--ca-file",
                ca.to_str().unwrap(),
                "--health-check-interval",
                "0s",
            ]),
            "--health-check-interval",
        ),
    ] {
        let refused = Kms::start(command).await.err().unwrap().to_string();
        assert!(refused.contains(text), "{refused}");
        assert!(!refused.contains('\n') || text == "seed", "{refused}");
    }
}

#[tokio::test]
async fn tls_is_served_where_there_is_a_certificate() {
    let proxy = Proxy::start().await;
    let ca = proxy.ca_file();
    let (certificate, key) = (ca.with_file_name("leaf.pem"), ca.with_file_name("leaf.key"));
    let tls = [
        "--tls-cert",
        certificate.to_str().unwrap(),
        "--tls-key",
        key.to_str().unwrap(),
    ];
    let kms = Kms::with(&proxy, &tls).await;
    let mut roots = rustls::RootCertStore::empty();
    let pem = std::fs::read(&ca).unwrap();
    let certificate = rustls::pki_types::pem::PemObject::from_pem_slice(&pem).unwrap();
    roots.add(certificate).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
    let stream = TcpStream::connect(kms.address).await.unwrap();
    let name = "localhost".try_into().unwrap();
    let mut stream = connector.connect(name, stream).await.unwrap();
    let request = b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: TrentService.ListKeys\r\n\
                    Connection: close\r\nContent-Length: 2\r\n\r\n{}";
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200 OK"));
}
