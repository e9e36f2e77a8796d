//! The table of key states and operations.

use serde_json::{Value, json};

use crate::harness::{Kms, Refused, Started};

/// Operations that use a key, with their bodies.
fn cryptographic(key: &str, ciphertext: &Value) -> Vec<(&'static str, Value)> {
    vec![
        ("Encrypt", Kms::hello_for(key)),
        ("Decrypt", json!({ "CiphertextBlob": ciphertext })),
        (
            "ReEncrypt",
            json!({ "CiphertextBlob": ciphertext, "DestinationKeyId": key }),
        ),
        (
            "GenerateDataKey",
            json!({ "KeyId": key, "KeySpec": "AES_256" }),
        ),
        (
            "GenerateDataKeyWithoutPlaintext",
            json!({ "KeyId": key, "KeySpec": "AES_256" }),
        ),
    ]
}

/// Operations that change a key that is to stay.
fn changing(key: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("EnableKey", json!({ "KeyId": key })),
        ("DisableKey", json!({ "KeyId": key })),
        (
            "UpdateKeyDescription",
            json!({ "KeyId": key, "Description": "d" }),
        ),
        (
            "CreateAlias",
            json!({ "TargetKeyId": key, "AliasName": "alias/a" }),
        ),
        (
            "UpdateAlias",
            json!({ "TargetKeyId": key, "AliasName": "alias/a" }),
        ),
        (
            "TagResource",
            json!({ "KeyId": key, "Tags": [{ "TagKey": "a", "TagValue": "b" }] }),
        ),
        ("UntagResource", json!({ "KeyId": key, "TagKeys": ["a"] })),
    ]
}

/// Operations that are allowed whatever state a key is in.
fn always(key: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("DescribeKey", json!({ "KeyId": key })),
        ("GetKeyPolicy", json!({ "KeyId": key })),
        ("PutKeyPolicy", json!({ "KeyId": key, "Policy": "{}" })),
        ("ListKeyPolicies", json!({ "KeyId": key })),
        ("ListResourceTags", json!({ "KeyId": key })),
        ("ListAliases", json!({ "KeyId": key })),
        ("ListGrants", json!({ "KeyId": key })),
        ("GetKeyLastUsage", json!({ "KeyId": key })),
    ]
}

async fn ciphertext(started: &Started) -> Value {
    let encrypt = Kms::hello_for(&started.key);
    started.kms.ok("Encrypt", encrypt).await["CiphertextBlob"].clone()
}

async fn all_refused(started: &Started, operations: Vec<(&'static str, Value)>, refusal: &Refused) {
    for (operation, body) in operations {
        let refused = started.kms.refused(operation, body).await;
        assert_eq!(refused, *refusal, "{operation}");
    }
    assert_eq!(started.proxy.take_calls(), []);
}

async fn all_allowed(started: &Started, operations: Vec<(&'static str, Value)>) {
    for (operation, body) in operations {
        started.kms.ok(operation, body).await;
    }
}

#[tokio::test]
async fn a_disabled_key_is_changed_and_not_used() {
    let started = Started::new().await;
    let (kms, key) = (&started.kms, started.key.as_str());
    let ciphertext = ciphertext(&started).await;
    started.proxy.take_calls();
    kms.ok("DisableKey", json!({ "KeyId": key })).await;
    assert_eq!(kms.key_state(key).await, "Disabled");
    let disabled = Refused::new("DisabledException", format!("{} is disabled.", started.arn));
    all_refused(&started, cryptographic(key, &ciphertext), &disabled).await;
    let grant = json!({ "KeyId": key, "GranteePrincipal": "arn:aws:iam::1:root", "Operations": ["Encrypt"] });
    all_refused(&started, vec![("CreateGrant", grant)], &disabled).await;
    all_allowed(&started, always(key)).await;
    all_allowed(&started, changing(key)).await;
}

#[tokio::test]
async fn a_key_that_is_pending_deletion_is_neither() {
    let started = Started::new().await;
    let (kms, key) = (&started.kms, started.key.as_str());
    let ciphertext = ciphertext(&started).await;
    all_allowed(&started, changing(key)).await;
    started.proxy.take_calls();
    kms.ok("ScheduleKeyDeletion", json!({ "KeyId": key })).await;
    assert_eq!(kms.key_state(key).await, "PendingDeletion");
    let message = format!("{} is pending deletion.", started.arn);
    let pending = Refused::new("KMSInvalidStateException", message);
    all_refused(&started, cryptographic(key, &ciphertext), &pending).await;
    all_refused(&started, changing(key), &pending).await;
    let again = ("ScheduleKeyDeletion", json!({ "KeyId": key }));
    all_refused(&started, vec![again], &pending).await;
    all_allowed(&started, always(key)).await;
    kms.ok("DeleteAlias", json!({ "AliasName": "alias/a" }))
        .await;
    // While its key store is disconnected, it stays so, and can be kept.
    kms.disconnect(&started.key_store).await;
    assert_eq!(kms.key_state(key).await, "PendingDeletion");
    kms.ok("CancelKeyDeletion", json!({ "KeyId": key })).await;
    assert_eq!(kms.key_state(key).await, "Unavailable");
    kms.connect(&started.key_store).await;
    assert_eq!(kms.key_state(key).await, "Disabled");
    let message = format!("{} is not pending deletion.", started.arn);
    let refused = kms
        .refused("CancelKeyDeletion", json!({ "KeyId": key }))
        .await;
    assert_eq!(refused, Refused::new("KMSInvalidStateException", message));
}

#[tokio::test]
async fn a_key_whose_key_store_is_disconnected_is_unavailable() {
    let started = Started::new().await;
    let (kms, key) = (&started.kms, started.key.as_str());
    let ciphertext = ciphertext(&started).await;
    started.proxy.take_calls();
    kms.disconnect(&started.key_store).await;
    assert_eq!(kms.key_state(key).await, "Unavailable");
    let message = format!("{} is unavailable.", started.arn);
    let unavailable = Refused::new("KMSInvalidStateException", message);
    all_refused(&started, cryptographic(key, &ciphertext), &unavailable).await;
    all_allowed(&started, always(key)).await;
    all_allowed(&started, changing(key)).await;
    let grant = json!({ "KeyId": key, "GranteePrincipal": "arn:aws:iam::1:root", "Operations": ["Encrypt"] });
    kms.ok("CreateGrant", grant).await;
    // It was disabled meanwhile, which shows now.
    kms.connect(&started.key_store).await;
    assert_eq!(kms.key_state(key).await, "Disabled");
    kms.ok("EnableKey", json!({ "KeyId": key })).await;
    kms.ok("Decrypt", json!({ "CiphertextBlob": ciphertext }))
        .await;
}

#[tokio::test]
async fn rotation_is_refused_of_a_key_of_a_key_store_in_every_state() {
    let started = Started::new().await;
    let (kms, key) = (&started.kms, started.key.as_str());
    let message = format!(
        "{} origin is EXTERNAL_KEY_STORE which is not valid for this operation.",
        started.arn
    );
    let unsupported = Refused::new("UnsupportedOperationException", message);
    let rotation = || {
        let operations = [
            "EnableKeyRotation",
            "DisableKeyRotation",
            "GetKeyRotationStatus",
            "RotateKeyOnDemand",
            "ListKeyRotations",
        ];
        operations
            .map(|operation| (operation, json!({ "KeyId": key })))
            .to_vec()
    };
    all_refused(&started, rotation(), &unsupported).await;
    kms.disconnect(&started.key_store).await;
    all_refused(&started, rotation(), &unsupported).await;
    kms.ok("ScheduleKeyDeletion", json!({ "KeyId": key })).await;
    all_refused(&started, rotation(), &unsupported).await;
}

#[tokio::test]
async fn a_key_is_gone_on_its_day() {
    let started = Started::new().await;
    let (kms, key) = (&started.kms, started.key.as_str());
    let ciphertext = ciphertext(&started).await;
    kms.ok(
        "CreateAlias",
        json!({ "AliasName": "alias/a", "TargetKeyId": key }),
    )
    .await;
    kms.ok(
        "ScheduleKeyDeletion",
        json!({ "KeyId": key, "PendingWindowInDays": 7 }),
    )
    .await;
    kms.pass_days(6);
    kms.service.sweep().await;
    assert_eq!(kms.key_state(key).await, "PendingDeletion");
    kms.pass_days(1);
    let message = format!("Key '{}' does not exist", started.arn);
    let gone = Refused::new("NotFoundException", message);
    for _ in 0..2 {
        for (operation, body) in [
            ("DescribeKey", json!({ "KeyId": key })),
            ("CancelKeyDeletion", json!({ "KeyId": key })),
            ("Decrypt", json!({ "CiphertextBlob": ciphertext })),
        ] {
            assert_eq!(kms.refused(operation, body).await, gone);
        }
        assert_eq!(kms.ok("ListKeys", json!({})).await["Keys"], json!([]));
        // Before and after it is cleared away.
        kms.service.sweep().await;
    }
    assert_eq!(kms.ok("ListAliases", json!({})).await["Aliases"], json!([]));
    // The external key can be used again, by a key that cannot read its ciphertexts.
    let again = kms.create_key(&started.key_store, "demo").await;
    assert_ne!(again, key);
}
