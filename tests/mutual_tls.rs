//! Mutual TLS: XKS-018 to XKS-021.

use rustls::version::{TLS12, TLS13};

use crate::harness::certificates::{Authority, Identity, self_signed_client};
use crate::harness::http1::Http1;
use crate::harness::{Deployment, Folder, Server};

const KMS: &str = "cks.kms.us-east-1.amazonaws.com";

/// Serves clients of this authority with these subject common names only.
fn serve(roots: &str, names: &[&str]) -> Server {
    Server::start_with(|folder| {
        std::fs::write(folder.path("tls/client-roots.pem"), roots).unwrap();
        folder.set("server.tls.client.roots", "tls/client-roots.pem");
        folder.set("server.tls.client.subject_common_names", names.to_vec());
    })
}

async fn assert_served(server: &Server, identity: &Identity) {
    for version in [&TLS12, &TLS13] {
        let client = server.tls().version(version).identity(identity);
        let stream = client.connect(server.address).await.expect("a handshake");
        let mut connection = Http1::over(stream);
        let call = server.store.metadata("demo");
        server.send_on(&mut connection, call).await.ok();
    }
}

/// No HTTP status comes back, but a fatal alert.
async fn assert_refused(server: &Server, identity: Option<&Identity>) {
    for version in [&TLS12, &TLS13] {
        let mut client = server.tls().version(version);
        if let Some(identity) = identity {
            client = client.identity(identity);
        }
        let error = client.refusal(server.address).await.to_string();
        assert!(error.contains("received fatal alert"), "{error}");
    }
}

#[test]
fn xks_018_mutual_tls_needs_both_settings() {
    let authority = Authority::new("XKS-018 root");
    for (name, missing) in [
        ("roots", "subject_common_names"),
        ("subject_common_names", "roots"),
    ] {
        let mut folder = Folder::new(Deployment::selected());
        std::fs::write(folder.path("tls/client-roots.pem"), authority.pem()).unwrap();
        if name == "roots" {
            folder.set("server.tls.client.roots", "tls/client-roots.pem");
        } else {
            folder.set("server.tls.client.subject_common_names", vec![KMS]);
        }
        let (good, faults) = folder.check();
        assert!(!good, "{name} alone is accepted");
        assert!(faults.contains("server.tls.client"), "{faults}");
        assert!(faults.contains(missing), "{faults}");
    }
}

#[tokio::test]
async fn xks_018_the_configured_client_is_served() {
    let authority = Authority::new("XKS-018 root");
    let server = serve(&authority.pem(), &[KMS]);
    assert_served(&server, &authority.client(KMS)).await;
}

#[tokio::test]
async fn xks_019_a_different_subject_name_refusal() {
    let authority = Authority::new("XKS-019 root");
    let server = serve(&authority.pem(), &[KMS]);
    for name in [
        "cks.kms.eu-west-1.amazonaws.com",
        "x.cks.kms.us-east-1.amazonaws.com",
        "kms.us-east-1.amazonaws.com",
        "localhost",
    ] {
        assert_refused(&server, Some(&authority.client(name))).await;
    }
    assert_served(&server, &authority.client(KMS)).await;
}

#[tokio::test]
async fn xks_019_a_different_authority_refusal() {
    let authority = Authority::new("XKS-019 root");
    // The same name: only the key tells them apart.
    let impostor = Authority::new("XKS-019 root");
    let server = serve(&authority.pem(), &[KMS]);
    assert_refused(&server, Some(&impostor.client(KMS))).await;
}

#[tokio::test]
async fn xks_019_no_expired_and_self_signed_certificates_are_refused() {
    let authority = Authority::new("XKS-019 root");
    let server = serve(&authority.pem(), &[KMS]);
    assert_refused(&server, None).await;
    assert_refused(&server, Some(&authority.expired_client(KMS))).await;
    assert_refused(&server, Some(&self_signed_client(KMS))).await;
    // A certificate for servers is none for clients.
    let mut for_servers = authority.server(&rcgen::PKCS_ECDSA_P256_SHA256);
    assert_refused(&server, Some(&for_servers)).await;
    for_servers.chain.push_str(&authority.pem());
    assert_refused(&server, Some(&for_servers)).await;
}

#[tokio::test]
async fn xks_020_common_names_are_compared_exactly_from_a_list() {
    let authority = Authority::new("XKS-020 root");
    let names = [KMS, "cks.kms.eu-west-1.amazonaws.com"];
    let server = serve(&authority.pem(), &names);
    for name in names {
        assert_served(&server, &authority.client(name)).await;
    }
    for name in [
        "CKS.kms.us-east-1.amazonaws.com",
        "cks.kms.us-east-1.amazonaws.com.",
        "*.kms.us-east-1.amazonaws.com",
        "cks.kms.us-west-2.amazonaws.com",
    ] {
        assert_refused(&server, Some(&authority.client(name))).await;
    }
}

#[tokio::test]
async fn xks_020_a_second_name_in_the_certificate_does_not_help() {
    let authority = Authority::new("XKS-020 root");
    let server = serve(&authority.pem(), &[KMS]);
    let alternative = authority.client_with_alternative_name("evil.example", KMS);
    assert_refused(&server, Some(&alternative)).await;
}

#[tokio::test]
async fn xks_021_a_refused_certificate_gets_the_alert_that_aws_looks_for() {
    let authority = Authority::new("XKS-021 root");
    let server = serve(&authority.pem(), &[KMS]);
    let wrong_name = authority.client("localhost");
    let wrong_authority = Authority::new("XKS-021 other root").client(KMS);
    for identity in [&wrong_name, &wrong_authority] {
        for version in [&TLS12, &TLS13] {
            let client = server.tls().version(version).identity(identity);
            let error = client.refusal(server.address).await.to_string();
            assert!(error.contains("HandshakeFailure"), "{error}");
        }
    }
}
