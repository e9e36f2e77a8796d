//! What the audit record of a refused request says, so that it can be found from
//! `CloudTrail`'s side: FLT-100.

use serde_json::{Value, json};

use crate::harness::{Call, KeyStore, Request, Server};

const ID: &str = "0aa4b4b8-75a2-4b0e-8a2c-1d2e3f405162";

fn encrypt(store: &KeyStore) -> Call {
    let call = store.encrypt("demo", crate::harness::plaintext());
    call.with("requestMetadata/kmsRequestId", ID)
}

/// The record of this request, refused with this status.
async fn record_of(request: impl Into<Request>, server: Server, status: u16) -> Value {
    let response = server.send(request).await;
    assert_eq!(response.status, status, "{}", response.text());
    let mut audit = server.stop().audit;
    assert_eq!(audit.len(), 1, "{audit:?}");
    audit.remove(0)
}

/// What a stranger's record has.
fn expected(server: &Server, method: &str, path: &str) -> Value {
    json!({
        "method": method,
        "path": path,
        "access_key_id": server.store.credential.access_key_id,
        "kms_operation": "Encrypt",
        "kms_request_id": ID,
    })
}

#[tokio::test]
async fn flt_100_a_signature_that_is_wrong_leaves_who_and_what_it_claimed_to_be() {
    let server = Server::start();
    let call = encrypt(&server.store).signer(|mut signer| {
        signer.credential.secret_access_key = "not the secret of this key store".to_owned();
        signer
    });
    let expected = expected(&server, "POST", &call.request.target);
    let record = record_of(call, server, 401).await;
    assert_eq!(record["unverified"], expected, "{record}");
    assert!(record.get("access_key_id").is_none(), "{record}");
    assert!(record.get("kms_request_id").is_none(), "{record}");
}

#[tokio::test]
async fn flt_100_a_wrong_path_and_a_wrong_method_leave_the_request_id_too() {
    for (method, path, status) in [
        ("POST", "/kms/xks/v1/keys/demo/encrypt", 404),
        ("POST", "/nobody/kms/xks/v1/keys/demo/encrypt", 404),
        ("PUT", "", 405),
    ] {
        let server = Server::start();
        let call = encrypt(&server.store).request(|mut request| {
            method.clone_into(&mut request.method);
            if !path.is_empty() {
                path.clone_into(&mut request.target);
            }
            request
        });
        let expected = expected(&server, method, &call.request.target);
        let record = record_of(call, server, status).await;
        assert_eq!(record["unverified"], expected, "{record}");
    }
}

#[tokio::test]
async fn flt_100_a_signed_request_with_a_wrong_member_leaves_its_request_id() {
    let server = Server::start();
    let call = encrypt(&server.store).without("plaintext");
    let credential = server.store.credential.access_key_id.clone();
    let record = record_of(call, server, 400).await;
    assert_eq!(record["error"], "ValidationException");
    assert_eq!(record["access_key_id"], credential);
    let expected = json!({ "kms_operation": "Encrypt", "kms_request_id": ID });
    assert_eq!(record["unverified"], expected, "{record}");
}

#[tokio::test]
async fn flt_100_what_was_understood_is_not_repeated() {
    let server = Server::start();
    let call = server.store.encrypt("no-such-key", [7; 16]);
    let record = record_of(call, server, 404).await;
    assert_eq!(record["kms_operation"], "Encrypt");
    assert!(record.get("unverified").is_none(), "{record}");
}

/// Somebody has pasted the secret in place of the id.
#[tokio::test]
async fn flt_100_a_secret_in_the_place_of_the_access_key_id_is_not_recorded() {
    let server = Server::start();
    let call = encrypt(&server.store).signer(|mut signer| {
        let secret = signer.credential.secret_access_key.clone();
        signer.credential.access_key_id = secret;
        signer
    });
    let record = record_of(call, server, 401).await;
    assert!(
        record["unverified"].get("access_key_id").is_none(),
        "{record}"
    );
    assert_eq!(record["unverified"]["kms_request_id"], ID);
}

#[tokio::test]
async fn flt_100_paths_and_bodies_of_strangers_are_cut() {
    let server = Server::start();
    let call = encrypt(&server.store).request(|mut request| {
        request.target = format!("/{}", "x".repeat(5000));
        request
    });
    let long = call.with("requestMetadata/kmsRequestId", "y".repeat(5000));
    let record = record_of(long, server, 404).await;
    let unverified = &record["unverified"];
    assert_eq!(unverified["path"].as_str().unwrap().len(), 256);
    assert!(unverified.get("kms_request_id").is_none(), "{record}");
}
