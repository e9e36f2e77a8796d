//! What is there after a restart.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Kms, Proxy, Refused};

/// What a caller can see.
async fn everything(kms: &Kms, key: &str, own: &str) -> Vec<Value> {
    let mut answers = Vec::new();
    for (operation, body) in [
        ("DescribeCustomKeyStores", json!({})),
        ("DescribeKey", json!({ "KeyId": key })),
        ("DescribeKey", json!({ "KeyId": own })),
        ("ListAliases", json!({})),
        ("GetKeyPolicy", json!({ "KeyId": key })),
        ("ListKeyRotations", json!({ "KeyId": own })),
    ] {
        answers.push(kms.ok(operation, body).await);
    }
    answers
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let (proxy, folder) = (Proxy::start().await, TempDir::new().unwrap());
    let dir = ["--dir", folder.path().to_str().unwrap()];
    let kms = Kms::with(&proxy, &dir).await;
    let store = kms.create_key_store(&proxy).await;
    kms.connect(&store).await;
    let key = kms.create_key(&store, "demo").await;
    let own = kms.create_own_key().await;
    kms.ok(
        "CreateAlias",
        json!({ "AliasName": "alias/a/b", "TargetKeyId": key }),
    )
    .await;
    kms.ok("RotateKeyOnDemand", json!({ "KeyId": own })).await;
    let mut ciphertexts = Vec::new();
    for key in [&key, &own] {
        let encrypted = kms.ok("Encrypt", Kms::hello_for(key)).await;
        ciphertexts.push(encrypted["CiphertextBlob"].clone());
    }
    kms.ok(
        "ScheduleKeyDeletion",
        json!({ "KeyId": own, "PendingWindowInDays": 7 }),
    )
    .await;
    let before = everything(&kms, &key, &own).await;
    kms.stop().await;

    let kms = Kms::with(&proxy, &dir).await;
    assert_eq!(everything(&kms, &key, &own).await, before);
    kms.ok("CancelKeyDeletion", json!({ "KeyId": own })).await;
    kms.ok("EnableKey", json!({ "KeyId": own })).await;
    for ciphertext in ciphertexts {
        let decrypted = kms
            .ok("Decrypt", json!({ "CiphertextBlob": ciphertext }))
            .await;
        assert_eq!(decrypted["Plaintext"], "aGVsbG8=");
    }
}

#[tokio::test]
async fn a_connection_that_was_begun_is_gone_on_with() {
    let (proxy, folder) = (Proxy::start().await, TempDir::new().unwrap());
    let dir = ["--dir", folder.path().to_str().unwrap()];
    let slow = [dir[0], dir[1], "--connect-delay", "1h"];
    let kms = Kms::with(&proxy, &slow).await;
    let store = kms.create_key_store(&proxy).await;
    let id = json!({ "CustomKeyStoreId": store });
    kms.ok("ConnectCustomKeyStore", id.clone()).await;
    kms.stop().await;
    let kms = Kms::with(&proxy, &dir).await;
    assert_eq!(kms.settled(&store).await["ConnectionState"], "CONNECTED");
    kms.stop().await;
    let kms = Kms::with(&proxy, &slow).await;
    kms.ok("DisconnectCustomKeyStore", id).await;
    kms.stop().await;
    let kms = Kms::with(&proxy, &dir).await;
    assert_eq!(kms.settled(&store).await["ConnectionState"], "DISCONNECTED");
}

#[tokio::test]
async fn in_memory_nothing_is_there_after_a_restart() {
    let proxy = Proxy::start().await;
    let kms = Kms::with(&proxy, &[]).await;
    let own = kms.create_own_key().await;
    kms.stop().await;
    let kms = Kms::with(&proxy, &[]).await;
    let refused = kms.refused("DescribeKey", json!({ "KeyId": own })).await;
    let message = format!("Key 'arn:aws:kms:us-east-1:111122223333:key/{own}' does not exist");
    assert_eq!(refused, Refused::new("NotFoundException", message));
}

#[tokio::test]
async fn a_folder_is_of_one_process_and_one_account() {
    let (proxy, folder) = (Proxy::start().await, TempDir::new().unwrap());
    let dir = ["--dir", folder.path().to_str().unwrap()];
    let kms = Kms::with(&proxy, &dir).await;
    let refused = Kms::try_with(&proxy, &dir).await.err().unwrap().to_string();
    assert!(
        refused.contains("another process uses this folder"),
        "{refused}"
    );
    kms.stop().await;
    let other = [dir[0], dir[1], "--account", "444455556666"];
    let refused = Kms::try_with(&proxy, &other)
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(refused.contains("--account 111122223333"), "{refused}");
    Kms::with(&proxy, &dir).await;
}
