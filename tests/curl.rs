//! curl as client: a second signer and a second TLS stack.

use crate::harness::curl::Curl;
use crate::harness::{Server, assert_xks_error, base64, plaintext};

/// curl's exit code when the TLS handshake fails.
const TLS_FAILED: i32 = 35;

#[tokio::test]
async fn xks_028_curl_signs_content_type_host_and_date() {
    let server = Server::start();
    let plaintext = plaintext();
    let call = server.store.encrypt("demo", &plaintext).with_aad("context");
    let outcome = Curl::new(&server).send(&server, &call.with_integrity_value());
    let encrypted = outcome.response.ok();
    let call = server.store.decrypt("demo", &encrypted).with_aad("context");
    let decrypted = Curl::new(&server).send(&server, &call).response.ok();
    assert_eq!(decrypted["plaintext"], base64(&plaintext));
    for call in [server.store.metadata("demo"), server.store.health()] {
        Curl::new(&server).send(&server, &call).response.ok();
    }
}

#[tokio::test]
async fn xks_031_curl_with_a_wrong_secret_is_refused() {
    let server = Server::start();
    let mut stranger = server.store.clone();
    stranger.credential.secret_access_key.push('x');
    let outcome = Curl::new(&server).send(&server, &stranger.metadata("demo"));
    assert_xks_error(&outcome.response, 401, "AuthenticationFailedException");
}

#[tokio::test]
async fn xks_015_curl_chooses_between_http_1_and_http_2() {
    let server = Server::start();
    for (option, version) in [("--http1.1", "1.1"), ("--http2", "2")] {
        let call = server.store.encrypt("demo", plaintext());
        let outcome = Curl::new(&server).args(&[option]).send(&server, &call);
        outcome.response.ok();
        assert_eq!(outcome.http_version, version, "{}", outcome.stderr);
    }
}

#[tokio::test]
async fn xks_014_curl_speaks_tls_1_2_and_1_3() {
    let server = Server::start();
    for options in [
        &["--tls-max", "1.2"][..],
        &["--tlsv1.3", "--tls-max", "1.3"],
    ] {
        let call = server.store.metadata("demo");
        let outcome = Curl::new(&server).args(options).send(&server, &call);
        outcome.response.ok();
    }
}

#[tokio::test]
async fn xks_014_curl_is_refused_with_older_versions_and_shorter_keys() {
    let server = Server::start();
    for options in [
        &[
            "--tlsv1.0",
            "--tls-max",
            "1.1",
            "--ciphers",
            "DEFAULT@SECLEVEL=0",
        ][..],
        &[
            "--tls-max",
            "1.2",
            "--ciphers",
            "ECDHE-ECDSA-AES128-GCM-SHA256",
        ],
        &["--tls-max", "1.2", "--ciphers", "ECDHE-ECDSA-AES256-SHA384"],
        &["--tlsv1.3", "--tls13-ciphers", "TLS_AES_128_GCM_SHA256"],
    ] {
        let call = server.store.metadata("demo");
        let outcome = Curl::new(&server).args(options).send(&server, &call);
        assert_eq!(outcome.exit, TLS_FAILED, "{options:?}: {}", outcome.stderr);
        assert_eq!(outcome.response.status, 0);
        assert!(
            outcome.stderr.contains("alert"),
            "the server refused: {}",
            outcome.stderr
        );
    }
}

#[tokio::test]
async fn xks_009_curl_without_a_body_is_answered_405() {
    let server = Server::start();
    let path = format!("{}/health", server.store.uri_path);
    let outcome = Curl::new(&server).run(&server, &path);
    assert_eq!(outcome.response.status, 405);
    assert!(outcome.response.body.is_empty());
}
