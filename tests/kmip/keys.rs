//! Keys in all their states, under all their names.

use serde_json::{Value, json};

use super::{folder_on, name_of, set};
use crate::harness::demo::{encrypts, until};
use crate::harness::kmip::Kmip;
use crate::harness::{Server, assert_xks_error, plaintext};

const INVALID_STATE: &str = "InvalidStateException";
const INVALID_KEY_USAGE: &str = "InvalidKeyUsageException";

/// One encryption under a key is answered like this.
async fn encrypt_is(server: &Server, key: &str, status: u16, error: &str) {
    let call = server.store.encrypt(key, plaintext());
    assert_xks_error(&server.send(call).await, status, error);
}

async fn decrypt_is(server: &Server, key: &str, encrypted: &Value, status: u16, error: &str) {
    let call = server.store.decrypt(key, encrypted);
    assert_xks_error(&server.send(call).await, status, error);
}

/// XKS-006, XKS-070
#[tokio::test]
async fn what_state_usage_and_owner_forbid_is_refused_as_that() {
    let kmip = Kmip::start();
    let mut folder = folder_on(&kmip);
    let mut make = |key: &str, with: Value| {
        let mut request = json!({ "names": [name_of(&mut folder, key)] });
        let with = with.as_object().unwrap().clone();
        request.as_object_mut().unwrap().extend(with);
        kmip.create(&request)
    };
    make("pre-active", json!({ "state": 1 }));
    make("deactivated", json!({ "state": 3 }));
    make("compromised", json!({ "state": 4 }));
    make("destroyed", json!({ "state": 5 }));
    make("decrypts", json!({ "mask": 8 }));
    make("short", json!({ "length": 128 }));
    make("of-another", json!({ "owner": "other" }));
    make("twice", json!({}));
    make("twice", json!({}));
    make("once", json!({}));
    make("once", json!({ "state": 5 }));
    let gone = make("gone", json!({}));
    kmip.change(&gone, &json!({ "destroy": true }));
    let server = folder.serve();
    for key in ["pre-active", "compromised", "destroyed"] {
        encrypt_is(&server, key, 400, INVALID_STATE).await;
        let metadata = server.send(server.store.metadata(key)).await.ok();
        assert_eq!(metadata["keyStatus"], "DISABLED", "{key}");
    }
    for key in ["deactivated", "decrypts"] {
        encrypt_is(&server, key, 400, INVALID_KEY_USAGE).await;
        let metadata = server.send(server.store.metadata(key)).await.ok();
        assert_eq!(metadata["keyUsage"], json!(["DECRYPT"]), "{key}");
    }
    let metadata = server.send(server.store.metadata("short")).await.ok();
    assert_eq!(metadata["keySpec"], "AES_128");
    encrypt_is(&server, "short", 400, INVALID_KEY_USAGE).await;
    for key in ["of-another", "gone"] {
        encrypt_is(&server, key, 404, "KeyNotFoundException").await;
    }
    // XKS-006
    encrypt_is(&server, "twice", 500, "InternalException").await;
    let call = server.store.encrypt("once", plaintext());
    server.send(call).await.ok();
    server.stop();
}

#[tokio::test]
async fn what_happens_to_a_key_is_seen_at_once_though_it_was_looked_up_before() {
    let kmip = Kmip::start();
    let mut folder = folder_on(&kmip);
    folder
        .main_key_store()
        .insert("lookup_fresh_ms".to_owned(), 60_000.into());
    let demo = name_of(&mut folder, "demo");
    let server = folder.serve();
    let encrypted = encrypts(&server).await;
    let demo = kmip.change_called(&demo, &json!({ "state": 3 }));
    encrypt_is(&server, "demo", 400, INVALID_STATE).await;
    decrypt_is(&server, "demo", &encrypted, 400, INVALID_STATE).await;
    kmip.behave(&json!({ "retired_decrypt": true }));
    server
        .send(server.store.decrypt("demo", &encrypted))
        .await
        .ok();
    kmip.change(&demo, &json!({ "state": 4 }));
    encrypt_is(&server, "demo", 400, INVALID_STATE).await;
    kmip.change(&demo, &json!({ "destroy": true }));
    let dependency_timeout = "DependencyTimeoutException";
    encrypt_is(&server, "demo", 503, dependency_timeout).await;
    // Forgotten, so looked up again.
    encrypt_is(&server, "demo", 404, "KeyNotFoundException").await;
    decrypt_is(&server, "demo", &encrypted, 404, "KeyNotFoundException").await;
    server.stop();
}

#[tokio::test]
async fn keys_are_replaced_with_a_link_and_without() {
    let kmip = Kmip::start();
    let mut folder = folder_on(&kmip);
    let (demo, by_hand) = (
        name_of(&mut folder, "demo"),
        name_of(&mut folder, "by-hand"),
    );
    let first = kmip.create_key(&by_hand);
    let earlier: toml::Table = format!("by-hand = [\"{first}\"]").parse().unwrap();
    set(&mut folder, "earlier", earlier);
    let server = folder.serve();
    let encrypted = encrypts(&server).await;
    let call = server.store.encrypt("by-hand", plaintext());
    let by_hand_encrypted = server.send(call).await.ok();
    kmip.change_called(&demo, &json!({ "rekey": true }));
    kmip.change(&first, &json!({ "names": [] }));
    kmip.create_key(&by_hand);
    let metadata = &encrypted["ciphertextMetadata"];
    until(&server, |it| it.ok()["ciphertextMetadata"] != *metadata).await;
    let calls = [("demo", &encrypted), ("by-hand", &by_hand_encrypted)];
    for (key, encrypted) in calls {
        server.send(server.store.decrypt(key, encrypted)).await.ok();
    }
    // What a ciphertext says does not choose a key.
    let invalid = "InvalidCiphertextException";
    decrypt_is(&server, "demo", &by_hand_encrypted, 400, invalid).await;
    server.stop();
}

#[tokio::test]
async fn keys_are_known_by_their_identifiers() {
    let kmip = Kmip::start();
    let mut folder = folder_on(&kmip);
    let health = kmip.create_key("for health checks");
    let key = kmip.create_key("a name that is no external key id");
    let settings = folder.main_key_store()["backend"]["settings"].as_table_mut();
    settings.unwrap().remove("key_prefix");
    set(&mut folder, "keys", "identifiers");
    set(&mut folder, "health_key", &*health);
    let server = folder.serve();
    let call = server.store.encrypt(&key, plaintext());
    let encrypted = server.send(call).await.ok();
    server
        .send(server.store.decrypt(&key, &encrypted))
        .await
        .ok();
    for unknown in [&*health, "4711", "demo"] {
        encrypt_is(&server, unknown, 404, "KeyNotFoundException").await;
    }
    server.stop();
}
