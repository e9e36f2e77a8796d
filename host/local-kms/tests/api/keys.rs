//! Making, describing and listing keys.

use serde_json::{Value, json};

use crate::harness::{Kms, Proxy, Refused, Started};

#[tokio::test]
async fn a_key_is_described_as_it_was_made() {
    let Started {
        kms,
        proxy,
        key_store,
        ..
    } = Started::new().await;
    proxy.add_key("second");
    let create = json!({
        "Origin": "EXTERNAL_KEY_STORE",
        "CustomKeyStoreId": key_store,
        "XksKeyId": "second",
        "Description": "the second",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "MultiRegion": false,
        "Tags": [{ "TagKey": "a", "TagValue": "b" }],
    });
    let made = kms.ok("CreateKey", create).await;
    let mut metadata = made["KeyMetadata"].clone();
    let id = metadata["KeyId"].as_str().unwrap().to_owned();
    let described = kms.ok("DescribeKey", json!({ "KeyId": id })).await;
    assert_eq!(described["KeyMetadata"], metadata);
    assert!(metadata["CreationDate"].take().is_f64());
    assert_eq!(
        metadata,
        json!({
            "AWSAccountId": "111122223333",
            "KeyId": id,
            "Arn": format!("arn:aws:kms:us-east-1:111122223333:key/{id}"),
            "CreationDate": null,
            "Enabled": true,
            "Description": "the second",
            "KeyUsage": "ENCRYPT_DECRYPT",
            "KeyState": "Enabled",
            "Origin": "EXTERNAL_KEY_STORE",
            "CustomKeyStoreId": key_store,
            "XksKeyConfiguration": { "Id": "second" },
            "KeyManager": "CUSTOMER",
            "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "KeySpec": "SYMMETRIC_DEFAULT",
            "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
            "MultiRegion": false,
        })
    );
    kms.ok(
        "UpdateKeyDescription",
        json!({ "KeyId": id, "Description": "" }),
    )
    .await;
    let described = kms.ok("DescribeKey", json!({ "KeyId": id })).await;
    assert_eq!(described["KeyMetadata"]["Description"], "");
}

#[tokio::test]
async fn a_key_that_was_disabled_is_enabled_again() {
    let Started { kms, key, .. } = Started::new().await;
    let id = json!({ "KeyId": key });
    for (operation, state) in [("DisableKey", "Disabled"), ("EnableKey", "Enabled")] {
        assert_eq!(kms.ok(operation, id.clone()).await, Value::Null);
        assert_eq!(kms.key_state(&key).await, state);
    }
}

#[tokio::test]
async fn deletion_is_planned_for_a_day_and_called_off() {
    let Started { kms, key, arn, .. } = Started::new().await;
    let schedule = |days: Value| json!({ "KeyId": key, "PendingWindowInDays": days });
    for days in [6, 31] {
        let refused = kms
            .refused("ScheduleKeyDeletion", schedule(days.into()))
            .await;
        assert_eq!(refused.name, "ValidationException");
    }
    let scheduled = kms.ok("ScheduleKeyDeletion", schedule(7.into())).await;
    assert_eq!(scheduled["KeyId"], arn.as_str());
    assert_eq!(scheduled["KeyState"], "PendingDeletion");
    assert_eq!(scheduled["PendingWindowInDays"], 7);
    let described = kms.ok("DescribeKey", json!({ "KeyId": key })).await;
    assert_eq!(
        described["KeyMetadata"]["DeletionDate"],
        scheduled["DeletionDate"]
    );
    let cancelled = kms.ok("CancelKeyDeletion", json!({ "KeyId": key })).await;
    assert_eq!(cancelled, json!({ "KeyId": arn }));
    assert_eq!(kms.key_state(&key).await, "Disabled");
    let scheduled = kms.ok("ScheduleKeyDeletion", schedule(Value::Null)).await;
    assert_eq!(scheduled["PendingWindowInDays"], 30);
}

#[tokio::test]
async fn keys_that_cannot_be_made_are_refused() {
    let Started {
        kms,
        proxy,
        key_store,
        ..
    } = Started::new().await;
    let other = "cks-0000000000000000f";
    for (create, name) in [
        (
            json!({ "Origin": "EXTERNAL" }),
            "UnsupportedOperationException",
        ),
        (
            json!({ "Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": key_store }),
            "UnsupportedOperationException",
        ),
        (
            json!({ "MultiRegion": true }),
            "UnsupportedOperationException",
        ),
        (
            json!({ "KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY" }),
            "UnsupportedOperationException",
        ),
        (json!({ "KeySpec": "RSA_2048" }), "ValidationException"),
        (json!({ "KeyUsage": "SIGN_VERIFY" }), "ValidationException"),
        (
            json!({ "CustomKeyStoreId": key_store }),
            "ValidationException",
        ),
        (json!({ "XksKeyId": "demo" }), "ValidationException"),
        (
            json!({ "Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": key_store }),
            "ValidationException",
        ),
        (
            json!({ "Origin": "EXTERNAL_KEY_STORE", "XksKeyId": "demo" }),
            "ValidationException",
        ),
        (
            Kms::key_of(other, "demo"),
            "CustomKeyStoreNotFoundException",
        ),
        (
            Kms::key_of(&key_store, "demo"),
            "XksKeyAlreadyInUseException",
        ),
        (
            Kms::key_of(&key_store, ".."),
            "XksKeyInvalidConfigurationException",
        ),
        (
            json!({ "Policy": "[]" }),
            "MalformedPolicyDocumentException",
        ),
        (
            json!({ "Tags": [{ "TagKey": "aws:a", "TagValue": "b" }] }),
            "TagException",
        ),
    ] {
        let refused = kms.refused("CreateKey", create.clone()).await;
        assert_eq!(refused.name, name, "{create}");
    }
    assert_eq!(proxy.take_calls(), []);
    assert_eq!(
        kms.ok("ListKeys", json!({})).await["Keys"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn keys_that_are_not_there_are_named() {
    let Started { mut kms, key, .. } = Started::new().await;
    let not_found = |message: &str| Refused::new("NotFoundException", message);
    let absent = "12345678-1234-1234-1234-123456789012";
    for (name, message) in [
        (
            absent,
            format!("Key 'arn:aws:kms:us-east-1:111122223333:key/{absent}' does not exist"),
        ),
        ("fake-key-id", "Invalid keyId 'fake-key-id'".to_owned()),
        (
            "alias/a",
            "Alias arn:aws:kms:us-east-1:111122223333:alias/a is not found.".to_owned(),
        ),
    ] {
        let refused = kms.refused("DescribeKey", json!({ "KeyId": name })).await;
        assert_eq!(refused, not_found(&message));
    }
    // Operations that change a key take no alias.
    kms.ok(
        "CreateAlias",
        json!({ "AliasName": "alias/a", "TargetKeyId": key }),
    )
    .await;
    let refused = kms
        .refused("DisableKey", json!({ "KeyId": "alias/a" }))
        .await;
    assert_eq!(refused, not_found("Invalid keyId 'alias/a'"));
    kms.region = "ap-southeast-1";
    let arn = format!("arn:aws:kms:us-east-1:111122223333:key/{key}");
    let refused = kms.refused("DescribeKey", json!({ "KeyId": arn })).await;
    assert_eq!(refused, not_found("Invalid arn us-east-1"));
    let refused = kms.refused("DescribeKey", json!({ "KeyId": key })).await;
    let arn = format!("arn:aws:kms:ap-southeast-1:111122223333:key/{key}");
    assert_eq!(refused, not_found(&format!("Key '{arn}' does not exist")));
}

#[tokio::test]
async fn keys_are_listed_in_pages() {
    let proxy = Proxy::start().await;
    let kms = Kms::with(&proxy, &[]).await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(kms.create_own_key().await);
    }
    made.sort();
    let mut found = Vec::new();
    let mut marker = Value::Null;
    loop {
        let page = kms
            .ok("ListKeys", json!({ "Limit": 2, "Marker": marker }))
            .await;
        let keys = page["Keys"].as_array().unwrap();
        assert!(keys.len() <= 2);
        for key in keys {
            let id = key["KeyId"].as_str().unwrap().to_owned();
            assert_eq!(
                key["KeyArn"],
                format!("arn:aws:kms:us-east-1:111122223333:key/{id}")
            );
            found.push(id);
        }
        marker = page["NextMarker"].clone();
        if page["Truncated"] == false {
            break;
        }
    }
    assert_eq!(marker, Value::Null);
    assert_eq!(found, made);
}
