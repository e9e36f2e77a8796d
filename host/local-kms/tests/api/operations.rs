//! Every operation of the API model is known, and none that is not done succeeds.

use claviger_local_kms::operation::Operation;
use serde_json::json;

use crate::harness::{Refused, Started};

/// What each operation answers to a body that names a key and nothing else that it
/// wants, or to one that it could do nothing with.
#[tokio::test]
async fn no_operation_succeeds_without_doing_something() {
    let Started { kms, key, arn, .. } = Started::new().await;
    let succeed_with_a_key = [
        "DescribeKey",
        "DescribeCustomKeyStores",
        "ListKeys",
        "ListAliases",
        "ListGrants",
        "ListKeyPolicies",
        "ListResourceTags",
        "GetKeyPolicy",
        "GetKeyLastUsage",
        "EnableKey",
        "DisableKey",
        "ScheduleKeyDeletion",
        // Another key.
        "CreateKey",
    ];
    for operation in Operation::ALL {
        let name = operation.name();
        let body = json!({ "KeyId": key, "CustomKeyStoreName": "test", "PendingWindowInDays": 7 });
        let answered = kms.call(name, body).await;
        assert_eq!(
            answered.is_ok(),
            succeed_with_a_key.contains(&name),
            "{name}: {answered:?}"
        );
        // The key as it was.
        for operation in ["CancelKeyDeletion", "EnableKey"] {
            let _ = kms.call(operation, json!({ "KeyId": key })).await;
        }
    }
    let usage = |operation: &str| {
        let message =
            format!("{arn} key usage is ENCRYPT_DECRYPT which is not valid for {operation}.");
        Refused::new("InvalidKeyUsageException", message)
    };
    for operation in [
        "Sign",
        "Verify",
        "GenerateMac",
        "VerifyMac",
        "DeriveSharedSecret",
        "Encapsulate",
        "Decapsulate",
    ] {
        let refused = kms
            .call(operation, json!({ "KeyId": key }))
            .await
            .unwrap_err();
        assert_eq!(refused, usage(operation));
    }
    let origin =
        format!("{arn} origin is EXTERNAL_KEY_STORE which is not valid for this operation.");
    let pair = json!({ "KeyId": key, "KeyPairSpec": "RSA_2048" });
    for (operation, body) in [
        ("GetParametersForImport", json!({ "KeyId": key })),
        ("ImportKeyMaterial", json!({ "KeyId": key })),
        ("DeleteImportedKeyMaterial", json!({ "KeyId": key })),
        ("GenerateDataKeyPair", pair.clone()),
        ("GenerateDataKeyPairWithoutPlaintext", pair),
    ] {
        let refused = kms.call(operation, body).await.unwrap_err();
        assert_eq!(
            refused,
            Refused::new("UnsupportedOperationException", origin.as_str()),
            "{operation}"
        );
    }
    for operation in ["GetPublicKey", "ReplicateKey", "UpdatePrimaryRegion"] {
        let refused = kms
            .call(operation, json!({ "KeyId": key }))
            .await
            .unwrap_err();
        assert_eq!(refused.name, "UnsupportedOperationException", "{operation}");
    }
}

#[tokio::test]
async fn other_operations_are_unknown() {
    let Started { kms, .. } = Started::new().await;
    for operation in ["CreateSecret", "", "encrypt"] {
        let refused = kms.call(operation, json!({})).await.unwrap_err();
        assert_eq!(refused, Refused::silent("UnknownOperationException"));
    }
}
