//! ciphertextDataIntegrityValue: XKS-073 to XKS-081.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::guests::misbehaving;
use crate::harness::{Server, assert_xks_error, base64, from_base64, plaintext};

/// The value as AWS KMS computes it from an answer (XKS-075).
fn expected(aad: &[u8], answer: &Value) -> String {
    let mut hash = Sha256::new();
    hash.update(aad);
    for member in [
        "ciphertextMetadata",
        "initializationVector",
        "ciphertext",
        "authenticationTag",
    ] {
        let text = answer
            .get(member)
            .map_or("", |value| value.as_str().unwrap());
        hash.update(from_base64(text).unwrap());
    }
    base64(hash.finalize())
}

#[tokio::test]
async fn xks_073_the_value_is_there_when_it_is_asked_for() {
    let server = Server::start();
    let call = server.store.encrypt(server.keys().usable, plaintext());
    let answer = server.send(call.clone()).await.ok();
    assert!(
        answer.get("ciphertextDataIntegrityValue").is_none(),
        "{answer}"
    );
    let answer = server.send(call.with_integrity_value()).await.ok();
    let value = answer["ciphertextDataIntegrityValue"].as_str().unwrap();
    assert_eq!(value.len(), 44);
}

#[tokio::test]
async fn xks_074_only_sha_256_is_defined() {
    let server = Server::start();
    for value in [json!("SHA_512"), json!("sha_256"), json!(""), json!(256)] {
        let call = server.store.encrypt(server.keys().usable, plaintext());
        let call = call.with("ciphertextDataIntegrityValueAlgorithm", value);
        let response = server.send(call).await;
        assert_xks_error(&response, 400, "ValidationException");
    }
}

#[tokio::test]
async fn xks_075_the_value_hashes_the_raw_aad_and_the_output() {
    let server = Server::start();
    for length in [0, 1, 33, 8192] {
        let aad = vec![b'c'; length];
        let call = server.store.encrypt(server.keys().usable, plaintext());
        let call = call.with_aad(&aad).with_integrity_value();
        let answer = server.send(call).await.ok();
        assert_eq!(
            answer["ciphertextDataIntegrityValue"],
            expected(&aad, &answer),
            "AAD of {length} bytes"
        );
    }
    let call = server.store.encrypt(server.keys().usable, plaintext());
    let answer = server.send(call.with_integrity_value()).await.ok();
    assert_eq!(
        answer["ciphertextDataIntegrityValue"],
        expected(b"", &answer)
    );
}

#[tokio::test]
async fn xks_077_the_output_is_decrypted_before_it_is_answered() {
    let server = Server::start_with(misbehaving);
    // Encrypts well, decrypts something else: only a decrypt can tell.
    let call = server.store.encrypt("lies-on-decrypt", plaintext());
    server.send(call.clone()).await.ok();
    let response = server.send(call.with_integrity_value()).await;
    assert_xks_error(&response, 500, "InternalException");
}

#[tokio::test]
async fn xks_078_a_failed_verification_is_an_internal_error() {
    let server = Server::start_with(misbehaving);
    for key in ["lies-on-decrypt", "wrong-length"] {
        let call = server
            .store
            .encrypt(key, plaintext())
            .with_integrity_value();
        let response = server.send(call).await;
        assert_xks_error(&response, 500, "InternalException");
        let call = server
            .store
            .encrypt("good", plaintext())
            .with_integrity_value();
        server.send(call).await.ok();
    }
}

#[tokio::test]
async fn xks_079_the_decrypted_bytes_are_compared_with_the_plaintext() {
    let server = Server::start_with(misbehaving);
    let call = server.store.encrypt("lies-on-decrypt", plaintext());
    let response = server.send(call.with_integrity_value()).await;
    assert_xks_error(&response, 500, "InternalException");
}

#[tokio::test]
async fn xks_080_the_value_needs_a_key_that_can_decrypt() {
    let server = Server::start();
    let call = server
        .store
        .encrypt(server.keys().encrypt_only, plaintext());
    server.send(call.clone()).await.ok();
    let response = server.send(call.with_integrity_value()).await;
    assert_xks_error(&response, 400, "InvalidKeyUsageException");
}

#[tokio::test]
async fn xks_081_what_is_answered_is_what_was_hashed_and_decrypts() {
    let server = Server::start();
    let key = server.keys().usable;
    for length in [1, 100, 4300] {
        let plaintext: Vec<_> = plaintext().bytes().cycle().take(length).collect();
        let call = server.store.encrypt(key, &plaintext).with_aad("context");
        let answer = server.send(call.with_integrity_value()).await.ok();
        assert_eq!(
            answer["ciphertextDataIntegrityValue"],
            expected(b"context", &answer)
        );
        let call = server.store.decrypt(key, &answer).with_aad("context");
        let decrypted = server.send(call).await.ok();
        assert_eq!(decrypted["plaintext"], base64(&plaintext));
    }
}
