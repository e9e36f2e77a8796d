//! `GetKeyMetadata`: XKS-050 to XKS-056.

use serde_json::json;

use crate::harness::guests::misbehaving;
use crate::harness::{Server, assert_xks_error, plaintext};

#[tokio::test]
async fn xks_050_specification_usage_and_status_are_answered() {
    let server = Server::start();
    let answer = server
        .send(server.store.metadata(server.keys().usable))
        .await
        .ok();
    let members: Vec<_> = answer.as_object().unwrap().keys().cloned().collect();
    for name in ["keySpec", "keyUsage", "keyStatus"] {
        assert!(members.iter().any(|member| member == name), "{answer}");
    }
}

#[tokio::test]
async fn xks_051_an_aes_key_of_256_bits_is_aes_256() {
    let server = Server::start();
    let answer = server
        .send(server.store.metadata(server.keys().usable))
        .await
        .ok();
    assert_eq!(answer["keySpec"], "AES_256");
}

#[tokio::test]
async fn xks_051_another_key_is_called_what_it_is() {
    let server = Server::start_with(misbehaving);
    let answer = server.send(server.store.metadata("not-aes")).await.ok();
    let spec = answer["keySpec"].as_str().unwrap();
    assert_ne!(spec, "AES_256");
    assert!(!spec.is_empty());
}

#[tokio::test]
async fn xks_052_usage_is_what_the_key_permits() {
    let server = Server::start();
    let keys = server.keys();
    for (key, usage) in [
        (keys.usable, json!(["ENCRYPT", "DECRYPT"])),
        (keys.encrypt_only, json!(["ENCRYPT"])),
        (keys.decrypt_only, json!(["DECRYPT"])),
        (keys.no_usage, json!([])),
    ] {
        let answer = server.send(server.store.metadata(key)).await.ok();
        let sorted = |value: &serde_json::Value| {
            let mut words: Vec<_> = value
                .as_array()
                .unwrap()
                .iter()
                .map(ToString::to_string)
                .collect();
            words.sort();
            words
        };
        assert_eq!(sorted(&answer["keyUsage"]), sorted(&usage), "{key}");
    }
}

#[tokio::test]
async fn xks_053_at_most_ten_usages_are_answered() {
    let server = Server::start_with(misbehaving);
    let answer = server.send(server.store.metadata("many-usages")).await.ok();
    let usages = answer["keyUsage"].as_array().unwrap();
    assert!(usages.len() <= 10, "{usages:?}");
    assert!(usages.contains(&json!("ENCRYPT")), "{usages:?}");
    assert!(usages.contains(&json!("DECRYPT")), "{usages:?}");
}

#[tokio::test]
async fn xks_054_status_is_enabled_or_disabled() {
    let server = Server::start();
    let keys = server.keys();
    for (key, status) in [
        (keys.usable, "ENABLED"),
        (keys.encrypt_only, "ENABLED"),
        (keys.no_usage, "ENABLED"),
        (keys.disabled, "DISABLED"),
    ] {
        let answer = server.send(server.store.metadata(key)).await.ok();
        assert_eq!(answer["keyStatus"], status, "{key}");
    }
}

#[tokio::test]
async fn xks_055_a_disabled_key_answers_and_a_disabled_key_store_does_not() {
    let server = Server::start();
    let call = server.store.metadata(server.keys().disabled);
    let answer = server.send(call).await.ok();
    assert_eq!(answer["keyStatus"], "DISABLED");
    assert_eq!(answer["keySpec"], "AES_256");

    let server = Server::start_with(|folder| {
        let store = folder.main_key_store();
        store.insert("enabled".to_owned(), false.into());
    });
    let key = server.keys().usable;
    let nothing = json!({ "ciphertext": "AAAA" });
    for call in server.store.all_four(key, &nothing) {
        let response = server.send(call).await;
        assert_xks_error(&response, 400, "InvalidStateException");
    }
}

#[tokio::test]
async fn xks_056_an_unknown_key_is_not_found_by_any_api() {
    let server = Server::start();
    let keys = server.keys();
    let call = server.store.encrypt(keys.usable, plaintext());
    let encrypted = server.send(call).await.ok();
    let [metadata, encrypt, decrypt, _] = server.store.all_four(keys.unknown, &encrypted);
    for call in [metadata, encrypt, decrypt] {
        let response = server.send(call).await;
        assert_xks_error(&response, 404, "KeyNotFoundException");
    }
}
