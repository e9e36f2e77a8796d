//! The Authorization header and what it stands for: XKS-025, XKS-026, XKS-034,
//! XKS-035, XKS-038, XKS-039.

use serde_json::json;

use super::{good_call, refuse};
use crate::harness::{Deployment, Folder, Request, Server, plaintext};

/// A good request whose Authorization value went through `change`.
fn authorized(server: &Server, change: impl Fn(&str) -> String) -> Request {
    good_call(server)
        .sign()
        .change_header("authorization", change)
}

#[tokio::test]
async fn xks_025_every_api_wants_a_signature() {
    let server = Server::start();
    for call in server
        .store
        .all_four("demo", &json!({ "ciphertext": "AAAA" }))
    {
        refuse(&server, call.request).await;
    }
}

#[tokio::test]
async fn xks_026_the_header_of_the_specification_is_understood() {
    let server = Server::start();
    // Spaces after the commas may be left out, and the parts may change places.
    for change in [
        |value: &str| value.to_owned(),
        |value: &str| value.replace(", ", ","),
    ] {
        let request = authorized(&server, change);
        server.send(request).await.ok();
    }
}

#[tokio::test]
async fn xks_026_anything_else_is_not_authenticated() {
    let server = Server::start();
    let changes: [fn(&str) -> String; 16] = [
        |_| String::new(),
        |_| "AWS4-HMAC-SHA256".to_owned(),
        |_| "Basic ZGVtbzpkZW1vZGVtbw==".to_owned(),
        |value| value.replace("AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256, "),
        |value| value.replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512"),
        |value| value.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
        |value| value.replace("AWS4-HMAC-SHA256", "aws4-hmac-sha256"),
        |value| value.replace("kms-xks-proxy", "kms"),
        |value| value.replace("aws4_request", "aws5_request"),
        |value| value.replace("/us-east-1", ""),
        |value| value.replace("Credential=", "Credentials="),
        |value| value.replace("SignedHeaders=", "Headers="),
        |value| value.replace(", Signature=", ", Signature=0"),
        |value| format!("{value}, Signature=00"),
        |value| value[..value.len() - 1].to_owned(),
        |value| {
            let (head, signature) = value.split_once("Signature=").unwrap();
            format!("{head}Signature={}", signature.to_uppercase())
        },
    ];
    for change in changes {
        refuse(&server, authorized(&server, change)).await;
    }
}

#[tokio::test]
async fn xks_026_the_literals_of_the_scope_are_signed_and_still_compared() {
    let server = Server::start();
    let call = good_call(&server).signer(|mut signer| {
        "kms".clone_into(&mut signer.service);
        signer
    });
    refuse(&server, call).await;
    let call = good_call(&server).signer(|mut signer| {
        "aws4_response".clone_into(&mut signer.terminator);
        signer
    });
    refuse(&server, call).await;
    let call = good_call(&server).signer(|mut signer| {
        "AWS4-HMAC-SHA512".clone_into(&mut signer.algorithm);
        signer
    });
    refuse(&server, call).await;
}

#[tokio::test]
async fn xks_034_an_unknown_access_key_id_is_refused() {
    let server = Server::start();
    let call = good_call(&server).signer(|mut signer| {
        "AAAAAAAAAAAAAAAAAAAAAAAA".clone_into(&mut signer.credential.access_key_id);
        signer
    });
    refuse(&server, call).await;
}

#[test]
fn xks_034_an_access_key_id_twice_in_a_key_store_is_a_configuration_fault() {
    let mut folder = Folder::new(Deployment::selected());
    let credentials = folder.main_key_store()["credential"].as_array_mut();
    let credentials = credentials.unwrap();
    let first = credentials[0].clone();
    credentials.push(first);
    let (good, faults) = folder.check();
    assert!(!good);
    assert!(faults.contains("credential[1].access_key_id"), "{faults}");
}

#[tokio::test]
async fn xks_035_a_malformed_access_key_id_is_an_authentication_failure() {
    let server = Server::start();
    let id = server.store.credential.access_key_id.clone();
    let longest = "A".repeat(4096);
    for id in [
        &id.to_lowercase(),
        "",
        "A",
        "ABCDE12345670EXAMPLE",
        "A B",
        &longest,
    ] {
        let call = good_call(&server).signer(|mut signer| {
            id.clone_into(&mut signer.credential.access_key_id);
            signer
        });
        refuse(&server, call).await;
    }
}

#[tokio::test]
async fn xks_038_the_received_body_is_always_hashed() {
    let server = Server::start();
    for hash in [
        "UNSIGNED-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    ] {
        let call = good_call(&server)
            .request(|request| request.add_header("X-Amz-Content-Sha256", hash))
            .signer(|mut signer| {
                signer.payload_hash = Some(hash.to_owned());
                signer.signing(&["host", "x-amz-content-sha256", "x-amz-date"])
            });
        refuse(&server, call).await;
    }
    // A body that was exchanged after signing.
    let mut request = server.store.encrypt("demo", plaintext()).sign();
    request.body = server.store.encrypt("demo", plaintext()).request.body;
    refuse(&server, request).await;
}

#[tokio::test]
async fn xks_038_a_header_that_is_there_twice_is_refused() {
    let server = Server::start();
    for name in ["Authorization", "X-Amz-Date"] {
        let request = good_call(&server).sign();
        let value = request.header(name).unwrap().to_owned();
        // Even when both say the same.
        refuse(&server, request.clone().add_header(name, &value)).await;
        refuse(&server, request.add_header(name, "")).await;
    }
}

#[tokio::test]
async fn xks_039_all_refusals_look_the_same() {
    let server = Server::start();
    let unknown = good_call(&server).signer(|mut signer| {
        "AAAAAAAAAAAAAAAAAAAAAAAA".clone_into(&mut signer.credential.access_key_id);
        signer
    });
    let wrong_secret = good_call(&server).signer(|mut signer| {
        signer.credential.secret_access_key.push('x');
        signer
    });
    let late = good_call(&server).signer(|signer| signer.at_offset(-900));
    let malformed = authorized(&server, |_| "nonsense".to_owned());
    let missing = good_call(&server).request;
    let mut bodies = Vec::new();
    for request in [
        unknown.sign(),
        wrong_secret.sign(),
        late.sign(),
        malformed,
        missing,
    ] {
        bodies.push(server.send(request).await.text());
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");

    // The log tells them apart.
    let audit = server.stop().audit;
    let mut reasons: Vec<_> = audit
        .iter()
        .map(|record| record["reason"].to_string())
        .collect();
    reasons.sort();
    reasons.dedup();
    assert_eq!(reasons.len(), 5, "{reasons:?}");
}
