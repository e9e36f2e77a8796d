//! What every error looks like: XKS-101 to XKS-106, XKS-109.

use serde_json::json;

use crate::harness::guests::misbehaving;
use crate::harness::response::ERRORS;
use crate::harness::{Call, Response, Server, assert_xks_error, plaintext};

/// One request for every error name that a server of this kind can be made to
/// answer.
async fn one_of_each() -> Vec<(Response, &'static str)> {
    let server = Server::start_with(misbehaving);
    let store = &server.store;
    let good = server.send(store.encrypt("good", plaintext())).await.ok();
    let mut denied = store.clone();
    denied.uri_path.push_str("/denied");
    let mut stranger = store.clone();
    stranger.credential.secret_access_key.push('x');
    let calls: [(Call, &str); 10] = [
        (store.metadata("good").with_body("["), "ValidationException"),
        (
            store.encrypt("invalid-state", plaintext()),
            "InvalidStateException",
        ),
        (
            store
                .decrypt("good", &good)
                .with("authenticationTag", "AAAA"),
            "InvalidCiphertextException",
        ),
        (
            store.encrypt("not-aes", plaintext()),
            "InvalidKeyUsageException",
        ),
        (stranger.metadata("good"), "AuthenticationFailedException"),
        (store.metadata("no-such-key"), "KeyNotFoundException"),
        (denied.metadata("good"), "InvalidUriPathException"),
        (
            store.encrypt("throttling", plaintext()),
            "ThrottlingException",
        ),
        (store.encrypt("internal", plaintext()), "InternalException"),
        (
            store.encrypt("dependency-timeout", plaintext()),
            "DependencyTimeoutException",
        ),
    ];
    let mut responses = Vec::new();
    for (call, name) in calls {
        responses.push((server.send(call).await, name));
    }
    let call = store.encrypt("good", vec![b'p'; 60_000]);
    responses.push((server.send(call).await, "UnsupportedOperationException"));

    let server = Server::start_with(|folder| {
        folder.main_key_store().remove("policy");
        folder.add_policy(&json!([{ "id": "another", "effect": "allow", "keys": ["another"] }]));
    });
    let response = server.send(server.store.metadata("demo")).await;
    responses.push((response, "AccessDeniedException"));
    responses
}

#[tokio::test]
async fn xks_101_every_error_name_has_its_status() {
    let responses = one_of_each().await;
    for (response, name) in &responses {
        let status = ERRORS.iter().find(|(other, _)| other == name);
        let status = status.expect("a name of the table").1;
        assert_xks_error(response, status, name);
    }
    assert_eq!(responses.len(), ERRORS.len());
}

#[tokio::test]
async fn xks_102_an_error_is_an_object_with_an_error_name() {
    for (response, name) in one_of_each().await {
        let body: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!(body["errorName"], name);
    }
}

#[tokio::test]
async fn xks_103_messages_are_short_and_printable() {
    // What comes from outside must not make them longer.
    let server = Server::start();
    let strange = "\u{1b}[31m\u{202e}é".repeat(200);
    let call = server.store.metadata("demo");
    for call in [
        call.clone()
            .with("requestMetadata/awsPrincipalArn", json!([strange])),
        call.clone().with_body(format!("{{\"{strange}\":")),
        call.request(|request| request.change_header("content-type", |_| "x/".repeat(2000))),
    ] {
        let response = server.send(call).await;
        assert_xks_error(&response, 400, "ValidationException");
    }
}

#[tokio::test]
async fn xks_104_messages_say_nothing_of_the_inside() {
    for (response, name) in one_of_each().await {
        let text = response.text().to_lowercase();
        for inside in [
            "wasm", "trap", "plugin", "panicked", "src/", ".rs", "/tmp", "sqlite", "misbehav",
        ] {
            assert!(!text.contains(inside), "{name}: {text}");
        }
    }
}

#[tokio::test]
async fn xks_105_faults_of_the_framework_have_the_same_shape() {
    let server = Server::start();
    let call = server.store.metadata("demo");
    for body in ["", "null", "[]", "{", "\u{feff}{}", "\0"] {
        let response = server.send(call.clone().with_body(body)).await;
        assert_xks_error(&response, 400, "ValidationException");
    }
    let call = server.store.call("/no/such/path", &json!({}));
    let response = server.send(call).await;
    assert_xks_error(&response, 404, "InvalidUriPathException");
}

#[tokio::test]
async fn xks_106_bodies_are_one_line_without_a_space_before_the_colon() {
    // Every assertion of the harness checks this; here it is in so many bytes.
    for (response, name) in one_of_each().await {
        let start = format!("{{\"errorName\":\"{name}\"");
        assert!(response.text().starts_with(&start), "{}", response.text());
        assert!(!response.text().contains('\n'));
    }
}

#[tokio::test]
async fn xks_109_a_fault_of_the_backend_is_never_a_bad_ciphertext() {
    let server = Server::start_with(misbehaving);
    let call = server.store.encrypt("good", plaintext());
    let encrypted = server.send(call).await.ok();
    for (key, status, name) in [
        ("internal", 500, "InternalException"),
        ("lookup-traps", 500, "InternalException"),
        ("wrong-length", 500, "InternalException"),
        ("dependency-timeout", 503, "DependencyTimeoutException"),
    ] {
        let response = server.send(server.store.decrypt(key, &encrypted)).await;
        assert_xks_error(&response, status, name);
    }
}
