//! What a request holds: XKS-057 to XKS-062.

use serde_json::{Value, json};

use super::{bytes, round_trip};
use crate::harness::{Call, Server, assert_xks_error, plaintext};

#[tokio::test]
async fn xks_057_a_plaintext_is_required_and_is_base64() {
    let server = Server::start();
    let call = server.store.encrypt(server.keys().usable, plaintext());
    let mut broken = vec![call.clone().without("plaintext")];
    for value in [
        Value::Null,
        json!(7),
        json!(["AAAA"]),
        json!("A"),
        json!("AA"),
        json!("AAA"),
        json!("AAAAA"),
        json!("AA=A"),
        json!("AA="),
        json!("A-_A"),
        json!("AA AA"),
        json!("AAAA\n"),
        json!("AAAA===="),
        json!("AB=="),
        json!("é"),
    ] {
        broken.push(call.clone().with("plaintext", value));
    }
    for call in broken {
        let response = server.send(call).await;
        assert_xks_error(&response, 400, "ValidationException");
    }
}

#[tokio::test]
async fn xks_058_plaintexts_up_to_4300_bytes_are_served_with_8192_bytes_of_aad() {
    let server = Server::start();
    for (plaintext, aad) in [(1, 0), (32, 96), (4096, 8192), (4300, 8192), (4300, 0)] {
        round_trip(&server, &bytes(plaintext), Some(&bytes(aad))).await;
    }
}

#[tokio::test]
async fn xks_059_an_empty_plaintext_is_refused() {
    let server = Server::start();
    let response = server
        .send(server.store.encrypt(server.keys().usable, ""))
        .await;
    assert_xks_error(&response, 400, "ValidationException");
}

#[tokio::test]
async fn xks_060_the_algorithm_is_required_and_aes_gcm() {
    let server = Server::start();
    let call = server.store.encrypt(server.keys().usable, plaintext());
    let mut broken = vec![call.clone().without("encryptionAlgorithm")];
    for value in [
        json!("AES_CBC"),
        json!("aes_gcm"),
        json!(""),
        json!(1),
        Value::Null,
    ] {
        broken.push(call.clone().with("encryptionAlgorithm", value));
    }
    for call in broken {
        let response = server.send(call).await;
        assert_xks_error(&response, 400, "ValidationException");
    }
}

#[tokio::test]
async fn xks_061_aad_is_optional_base64() {
    let server = Server::start();
    for length in [1, 2, 33, 8191, 8192] {
        round_trip(&server, &bytes(32), Some(&bytes(length))).await;
    }
    round_trip(&server, &bytes(32), None).await;
    let call = server.store.encrypt(server.keys().usable, plaintext());
    for value in [json!("A"), json!("AAA"), json!("A-_A"), json!(1), json!([])] {
        let call = call.clone().with("additionalAuthenticatedData", value);
        let response = server.send(call).await;
        assert_xks_error(&response, 400, "ValidationException");
    }
}

#[tokio::test]
async fn xks_062_absent_null_and_empty_aad_are_the_same() {
    let server = Server::start();
    let key = server.keys().usable;
    let forms: [fn(Call) -> Call; 3] = [
        |call| call,
        |call| call.with("additionalAuthenticatedData", Value::Null),
        |call| call.with("additionalAuthenticatedData", ""),
    ];
    for encrypt in forms {
        let call = server
            .store
            .encrypt(key, plaintext())
            .with_integrity_value();
        let encrypted = server.send(encrypt(call)).await.ok();
        for decrypt in forms {
            server
                .send(decrypt(server.store.decrypt(key, &encrypted)))
                .await
                .ok();
        }
    }
}
