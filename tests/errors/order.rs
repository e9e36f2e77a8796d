//! Which error wins when several apply: XKS-110 and section 2 of the catalogue.
//! Each test breaks a request in two neighbouring steps.

use serde_json::json;

use crate::harness::{Call, Folder, Request, Server, assert_xks_error, base64, plaintext};

fn get(mut request: Request) -> Request {
    "GET".clone_into(&mut request.method);
    request
}

fn unknown_path(mut request: Request) -> Request {
    request.target.push_str("/invalid");
    request
}

fn not_json(request: Request) -> Request {
    request.change_header("content-type", |_| "text/plain".to_owned())
}

fn deny_all(folder: &mut Folder) {
    folder.main_key_store().remove("policy");
    folder.add_policy(&json!([{ "id": "nobody", "effect": "deny", "principals": ["*"] }]));
}

async fn expect(server: &Server, call: impl Into<Request>, status: u16, name: &str) {
    let response = server.send(call).await;
    assert_xks_error(&response, status, name);
}

#[tokio::test]
async fn xks_110_the_path_comes_before_the_method() {
    let server = Server::start();
    let call = server
        .store
        .metadata("demo")
        .request(unknown_path)
        .request(get);
    expect(&server, call, 404, "InvalidUriPathException").await;
}

#[tokio::test]
async fn xks_110_the_method_comes_before_the_size_and_the_signature() {
    let server = Server::start();
    let call = server.store.encrypt("demo", vec![0; 100_000]).request(get);
    let response = server.send(call.request).await;
    assert_eq!(response.status, 405);
}

#[tokio::test]
async fn xks_110_the_size_comes_before_the_signature() {
    let server = Server::start();
    let call = server.store.encrypt("demo", vec![0; 100_000]);
    expect(&server, call.request, 501, "UnsupportedOperationException").await;
}

#[tokio::test]
async fn xks_110_the_signature_comes_before_the_state_of_the_key_store() {
    let server = Server::start_with(|folder| {
        folder
            .main_key_store()
            .insert("enabled".to_owned(), false.into());
    });
    let call = server.store.metadata("demo");
    expect(
        &server,
        call.clone().request,
        401,
        "AuthenticationFailedException",
    )
    .await;
    // And that before the content.
    let call = call.request(not_json).with_body("[");
    expect(&server, call, 400, "InvalidStateException").await;
}

#[tokio::test]
async fn xks_110_the_signature_comes_before_the_content() {
    let server = Server::start();
    for call in [
        server.store.metadata("demo").request(not_json),
        server.store.metadata("demo").with_body("["),
        server.store.encrypt("no-such-key", "").without("plaintext"),
    ] {
        expect(&server, call.request, 401, "AuthenticationFailedException").await;
    }
}

#[tokio::test]
async fn xks_110_the_content_comes_before_the_size_of_fields() {
    let server = Server::start_with(|folder| folder.set("server.body_bytes", 262_144));
    let large = server
        .store
        .encrypt("demo", plaintext())
        .with_aad(vec![0; 65_536]);
    let call = large.clone().without("encryptionAlgorithm");
    expect(&server, call, 400, "ValidationException").await;
    expect(&server, large, 501, "UnsupportedOperationException").await;
}

#[tokio::test]
async fn xks_110_the_content_comes_before_the_policies() {
    let server = Server::start_with(deny_all);
    let call = server.store.metadata("demo");
    expect(
        &server,
        call.clone().with_body("["),
        400,
        "ValidationException",
    )
    .await;
    expect(&server, call, 403, "AccessDeniedException").await;
}

#[tokio::test]
async fn xks_110_the_size_of_fields_comes_before_the_policies() {
    let server = Server::start_with(|folder| {
        deny_all(folder);
        folder.set("server.body_bytes", 262_144);
    });
    let call = server
        .store
        .encrypt("demo", plaintext())
        .with_aad(vec![0; 65_536]);
    expect(&server, call, 501, "UnsupportedOperationException").await;
}

#[tokio::test]
async fn xks_114_the_policies_come_before_the_key_lookup() {
    let server = Server::start_with(deny_all);
    let keys = server.keys();
    // Denied callers cannot tell which keys exist.
    let mut bodies = Vec::new();
    for key in [keys.usable, keys.unknown, keys.disabled, keys.no_usage] {
        for call in [
            server.store.metadata(key),
            server.store.encrypt(key, plaintext()),
        ] {
            let response = server.send(call).await;
            assert_xks_error(&response, 403, "AccessDeniedException");
            bodies.push(response.text());
        }
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
}

#[tokio::test]
async fn xks_110_the_state_of_the_key_comes_before_its_usage() {
    let server = Server::start_with(|folder| {
        folder.disable_key(folder.deployment.keys.no_usage);
    });
    let key = server.keys().no_usage;
    let call = server.store.encrypt(key, plaintext());
    expect(&server, call.clone(), 400, "InvalidStateException").await;
    expect(
        &server,
        call.with_integrity_value(),
        400,
        "InvalidStateException",
    )
    .await;
}

#[tokio::test]
async fn xks_110_the_usage_comes_before_the_ciphertext() {
    let server = Server::start();
    let keys = server.keys();
    let call = server.store.encrypt(keys.usable, plaintext());
    let encrypted = server.send(call).await.ok();
    let bad = |key: &str| -> Call {
        server
            .store
            .decrypt(key, &encrypted)
            .with("authenticationTag", base64([0; 15]))
    };
    expect(
        &server,
        bad(keys.encrypt_only),
        400,
        "InvalidKeyUsageException",
    )
    .await;
    expect(&server, bad(keys.disabled), 400, "InvalidStateException").await;
    expect(&server, bad(keys.unknown), 404, "KeyNotFoundException").await;
    expect(&server, bad(keys.usable), 400, "InvalidCiphertextException").await;
}
