//! Decrypt: XKS-082 to XKS-091.

use serde_json::{Value, json};

use crate::harness::{Server, assert_xks_error, base64, from_base64, plaintext};

const BINARY: [&str; 3] = ["ciphertext", "initializationVector", "authenticationTag"];

async fn encrypted(server: &Server, aad: &str) -> Value {
    let call = server.store.encrypt(server.keys().usable, plaintext());
    server.send(call.with_aad(aad)).await.ok()
}

async fn assert_invalid_ciphertext(server: &Server, call: crate::harness::Call) {
    let response = server.send(call).await;
    assert_xks_error(&response, 400, "InvalidCiphertextException");
}

#[tokio::test]
async fn xks_082_every_member_is_required_and_well_formed() {
    let server = Server::start();
    let encrypted = encrypted(&server, "").await;
    let call = server.store.decrypt(server.keys().usable, &encrypted);
    let mut broken = vec![
        call.clone().without("encryptionAlgorithm"),
        call.clone().with("encryptionAlgorithm", "AES_CTR"),
        call.clone().with("encryptionAlgorithm", 1),
    ];
    for member in BINARY {
        broken.push(call.clone().without(member));
        for value in [
            Value::Null,
            json!(1),
            json!("A"),
            json!("A-_A"),
            json!("AB=="),
        ] {
            broken.push(call.clone().with(member, value));
        }
    }
    for member in ["ciphertextMetadata", "additionalAuthenticatedData"] {
        for value in [json!(1), json!("A"), json!("A-_A"), json!("AB==")] {
            broken.push(call.clone().with(member, value));
        }
    }
    for call in broken {
        let response = server.send(call).await;
        assert_xks_error(&response, 400, "ValidationException");
    }
}

#[tokio::test]
async fn xks_083_the_longest_ciphertext_and_aad_are_decrypted() {
    let server = Server::start();
    let key = server.keys().usable;
    let plaintext: Vec<_> = plaintext().bytes().cycle().take(4300).collect();
    let aad = vec![b'a'; 8192];
    let call = server.store.encrypt(key, &plaintext).with_aad(&aad);
    let encrypted = server.send(call).await.ok();
    assert_eq!(encrypted["ciphertext"].as_str().unwrap().len(), 5736);
    let call = server.store.decrypt(key, &encrypted).with_aad(&aad);
    let decrypted = server.send(call).await.ok();
    assert_eq!(decrypted["plaintext"], base64(&plaintext));
}

#[tokio::test]
async fn xks_084_wrong_missing_and_added_aad_are_detected() {
    let server = Server::start();
    let key = server.keys().usable;
    let with_aad = encrypted(&server, "context").await;
    let without_aad = encrypted(&server, "").await;
    for (answer, aad) in [
        (&with_aad, "Context"),
        (&with_aad, "contex"),
        (&with_aad, "context\0"),
        (&with_aad, ""),
        (&without_aad, "context"),
        (&without_aad, "\0"),
    ] {
        let call = server.store.decrypt(key, answer).with_aad(aad);
        assert_invalid_ciphertext(&server, call).await;
    }
    assert_invalid_ciphertext(&server, server.store.decrypt(key, &with_aad)).await;
}

#[tokio::test]
async fn xks_085_changed_dropped_and_added_metadata_is_detected() {
    let server = Server::start();
    let key = server.keys().usable;
    let encrypted = encrypted(&server, "").await;
    let metadata = from_base64(encrypted["ciphertextMetadata"].as_str().unwrap()).unwrap();
    let call = server.store.decrypt(key, &encrypted);
    let mut changed = metadata.clone();
    *changed.last_mut().unwrap() ^= 1;
    let mut longer = metadata.clone();
    longer.push(0);
    let shorter = &metadata[..metadata.len() - 1];
    for other in [
        &changed[..],
        &longer,
        shorter,
        &[],
        &[1],
        &[0; 20],
        &[0xff; 20],
    ] {
        let call = call.clone().with("ciphertextMetadata", base64(other));
        assert_invalid_ciphertext(&server, call).await;
    }
    assert_invalid_ciphertext(&server, call.clone().without("ciphertextMetadata")).await;
    let moved = call.without("ciphertextMetadata").with_aad(&metadata);
    assert_invalid_ciphertext(&server, moved).await;
}

#[tokio::test]
async fn xks_086_metadata_over_20_bytes_is_not_valid() {
    let server = Server::start();
    let encrypted = encrypted(&server, "").await;
    let call = server.store.decrypt(server.keys().usable, &encrypted);
    for length in [21, 64, 300] {
        let call = call
            .clone()
            .with("ciphertextMetadata", base64(vec![1; length]));
        let response = server.send(call).await;
        assert_xks_error(&response, 400, "ValidationException");
    }
}

#[tokio::test]
async fn xks_087_other_lengths_of_iv_and_tag_are_bad_ciphertexts() {
    let server = Server::start();
    let encrypted = encrypted(&server, "").await;
    let call = server.store.decrypt(server.keys().usable, &encrypted);
    for (member, lengths) in [
        ("initializationVector", [0, 11, 12, 13, 16, 17]),
        ("authenticationTag", [0, 12, 15, 16, 17, 32]),
    ] {
        let good = from_base64(encrypted[member].as_str().unwrap()).unwrap();
        for length in lengths.into_iter().filter(|length| *length != good.len()) {
            let other: Vec<_> = good.iter().copied().cycle().take(length).collect();
            let call = call.clone().with(member, base64(&other));
            assert_invalid_ciphertext(&server, call).await;
        }
    }
}

#[tokio::test]
async fn xks_088_a_flipped_bit_is_detected_wherever_it_is() {
    let server = Server::start();
    let encrypted = encrypted(&server, "context").await;
    let call = server.store.decrypt(server.keys().usable, &encrypted);
    let call = call.with_aad("context");
    for member in BINARY {
        let good = from_base64(encrypted[member].as_str().unwrap()).unwrap();
        for index in [0, good.len() / 2, good.len() - 1] {
            let mut flipped = good.clone();
            flipped[index] ^= 0x80;
            let call = call.clone().with(member, base64(&flipped));
            assert_invalid_ciphertext(&server, call).await;
        }
    }
    // Another length is another ciphertext.
    let good = from_base64(encrypted["ciphertext"].as_str().unwrap()).unwrap();
    let shorter = call.clone().with("ciphertext", base64(&good[1..]));
    assert_invalid_ciphertext(&server, shorter).await;
    server.send(call).await.ok();
}

#[tokio::test]
async fn xks_088_the_ciphertext_of_another_key_is_a_bad_ciphertext() {
    let server = Server::start();
    let keys = server.keys();
    let call = server.store.encrypt(keys.encrypt_only, plaintext());
    let encrypted = server.send(call).await.ok();
    for key in [keys.usable, keys.decrypt_only] {
        assert_invalid_ciphertext(&server, server.store.decrypt(key, &encrypted)).await;
    }
}

#[tokio::test]
async fn xks_089_a_key_without_decrypt_is_refused_before_the_tag_is_checked() {
    let server = Server::start();
    let keys = server.keys();
    let encrypted = encrypted(&server, "").await;
    for key in [keys.encrypt_only, keys.no_usage] {
        let bad_tag = base64([0; 16]);
        for call in [
            server.store.decrypt(key, &encrypted),
            server
                .store
                .decrypt(key, &encrypted)
                .with("authenticationTag", bad_tag),
            server
                .store
                .decrypt(key, &encrypted)
                .with("authenticationTag", "AAAA"),
        ] {
            let response = server.send(call).await;
            assert_xks_error(&response, 400, "InvalidKeyUsageException");
        }
    }
}

#[tokio::test]
async fn xks_090_the_plaintext_comes_back_as_it_was() {
    let server = Server::start();
    let key = server.keys().usable;
    for length in [1, 2, 3, 31, 32, 4300] {
        let plaintext: Vec<_> = plaintext().bytes().rev().cycle().take(length).collect();
        let call = server.store.encrypt(key, &plaintext);
        let encrypted = server.send(call).await.ok();
        let decrypted = server
            .send(server.store.decrypt(key, &encrypted))
            .await
            .ok();
        let members: Vec<_> = decrypted.as_object().unwrap().keys().collect();
        assert_eq!(members, ["plaintext"]);
        assert_eq!(decrypted["plaintext"], base64(&plaintext));
    }
}

#[tokio::test]
async fn xks_091_unknown_versions_are_bad_ciphertexts() {
    let server = Server::start();
    let encrypted = encrypted(&server, "").await;
    let call = server.store.decrypt(server.keys().usable, &encrypted);
    let metadata = from_base64(encrypted["ciphertextMetadata"].as_str().unwrap()).unwrap();
    // Another framing version, then a key version that is not held.
    for index in 0..metadata.len() {
        for value in [0, 99, 255] {
            let mut other = metadata.clone();
            if other[index] != value {
                other[index] = value;
                let call = call.clone().with("ciphertextMetadata", base64(&other));
                assert_invalid_ciphertext(&server, call).await;
            }
        }
    }
}
