//! What an answer holds: XKS-063 to XKS-069.

use serde_json::{Value, json};

use super::{bytes, decoded, round_trip};
use crate::harness::guests::misbehaving;
use crate::harness::{Server, assert_xks_error, base64, plaintext};

#[tokio::test]
async fn xks_063_metadata_moved_into_the_aad_is_refused() {
    let server = Server::start();
    let key = server.keys().usable;
    let aad = b"0123456789".as_slice();
    let call = server.store.encrypt(key, plaintext()).with_aad(aad);
    let encrypted = server.send(call).await.ok();
    let metadata = decoded(&encrypted, "ciphertextMetadata");
    let mut without_metadata = encrypted.clone();
    without_metadata
        .as_object_mut()
        .unwrap()
        .remove("ciphertextMetadata");
    let length = u8::try_from(metadata.len()).unwrap();
    for moved in [
        [aad, &metadata].concat(),
        [&metadata, aad].concat(),
        [aad, &[length], &metadata].concat(),
        [aad, &[length], &metadata, &[0]].concat(),
    ] {
        let call = server.store.decrypt(key, &without_metadata).with_aad(moved);
        let response = server.send(call).await;
        assert_xks_error(&response, 400, "InvalidCiphertextException");
    }
}

#[tokio::test]
async fn xks_064_the_tag_covers_the_metadata() {
    let server = Server::start();
    let key = server.keys().usable;
    let encrypted = server
        .send(server.store.encrypt(key, plaintext()))
        .await
        .ok();
    let metadata = decoded(&encrypted, "ciphertextMetadata");
    for index in 0..metadata.len() {
        for bit in 0..8 {
            let mut flipped = metadata.clone();
            flipped[index] ^= 1 << bit;
            let call = server.store.decrypt(key, &encrypted);
            let call = call.with("ciphertextMetadata", base64(&flipped));
            let response = server.send(call).await;
            assert_xks_error(&response, 400, "InvalidCiphertextException");
        }
    }
}

#[tokio::test]
async fn xks_065_the_metadata_begins_with_the_framing_version() {
    let server = Server::start();
    let encrypted = round_trip(&server, &bytes(32), None).await;
    let metadata = decoded(&encrypted, "ciphertextMetadata");
    assert_eq!(
        metadata.first(),
        Some(&1),
        "the first framing of this proxy"
    );
}

#[tokio::test]
async fn xks_066_the_metadata_has_at_most_20_bytes() {
    let server = Server::start();
    let encrypted = round_trip(&server, &bytes(32), None).await;
    let text = encrypted["ciphertextMetadata"].as_str().unwrap();
    assert!(text.len() <= 28, "{text}");
    assert!(decoded(&encrypted, "ciphertextMetadata").len() <= 20);

    let server = Server::start_with(misbehaving);
    let response = server
        .send(server.store.encrypt("long-metadata", plaintext()))
        .await;
    assert_xks_error(&response, 500, "InternalException");
}

#[tokio::test]
async fn xks_067_ciphertext_tag_and_iv_have_their_lengths() {
    let server = Server::start();
    for length in [1, 16, 31, 4300] {
        let encrypted = round_trip(&server, &bytes(length), None).await;
        assert_eq!(decoded(&encrypted, "ciphertext").len(), length);
        assert_eq!(decoded(&encrypted, "authenticationTag").len(), 16);
        let iv = decoded(&encrypted, "initializationVector").len();
        assert!(iv == 12 || iv == 16, "{iv}");
    }
}

#[tokio::test]
async fn xks_067_a_backend_that_breaks_the_lengths_is_an_internal_error() {
    let server = Server::start_with(misbehaving);
    for key in ["short-tag", "wrong-length", "iv-11"] {
        let response = server.send(server.store.encrypt(key, plaintext())).await;
        assert_xks_error(&response, 500, "InternalException");
        server
            .send(server.store.encrypt("good", plaintext()))
            .await
            .ok();
    }
}

#[tokio::test]
async fn xks_067_an_iv_in_the_request_is_not_used() {
    let server = Server::start();
    let iv = base64([7; 12]);
    let call = server.store.encrypt(server.keys().usable, plaintext());
    let call = call.with("initializationVector", iv.clone());
    let encrypted = server.send(call).await.ok();
    assert_ne!(encrypted["initializationVector"], json!(iv));
}

#[tokio::test]
async fn xks_068_initialization_vectors_do_not_repeat() {
    let server = Server::start();
    let plaintext = plaintext();
    let mut vectors = std::collections::BTreeSet::new();
    for _ in 0..100 {
        let call = server.store.encrypt(server.keys().usable, &plaintext);
        let encrypted = server.send(call).await.ok();
        assert!(vectors.insert(decoded(&encrypted, "initializationVector")));
    }
}

#[tokio::test]
async fn xks_069_the_answer_has_what_is_required_and_no_null() {
    let server = Server::start();
    let encrypted = round_trip(&server, &bytes(32), None).await;
    let members = encrypted.as_object().unwrap();
    for name in ["ciphertext", "initializationVector", "authenticationTag"] {
        assert!(members[name].is_string(), "{encrypted}");
    }
    assert!(members.values().all(Value::is_string), "{encrypted}");
}
