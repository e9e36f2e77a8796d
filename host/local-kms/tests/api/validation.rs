//! What SDKs leave to the service to check.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::harness::{Kms, Proxy, Refused, Started};

#[tokio::test]
async fn constraints_are_checked_in_the_words_of_aws() {
    let Started {
        kms, proxy, key, ..
    } = Started::new().await;
    let breach = |value: &str, place: &str, rule: &str| {
        format!(
            "1 validation error detected: Value {value}at '{place}' failed to satisfy constraint: {rule}"
        )
    };
    let at_least_one = "Member must have length greater than or equal to 1";
    for (operation, body, message) in [
        (
            "Encrypt",
            json!({ "KeyId": key, "Plaintext": STANDARD.encode([0; 4097]) }),
            breach(
                "",
                "plaintext",
                "Member must have length less than or equal to 4096",
            ),
        ),
        (
            "Encrypt",
            json!({ "KeyId": key, "Plaintext": "" }),
            breach("", "plaintext", at_least_one),
        ),
        (
            "Encrypt",
            json!({ "KeyId": key }),
            breach("null ", "plaintext", "Member must not be null"),
        ),
        (
            "Decrypt",
            json!({ "CiphertextBlob": STANDARD.encode([0; 6145]) }),
            breach(
                "",
                "ciphertextBlob",
                "Member must have length less than or equal to 6144",
            ),
        ),
        (
            "GenerateDataKey",
            json!({ "KeyId": key, "NumberOfBytes": 1025 }),
            breach(
                "'1025' ",
                "numberOfBytes",
                "Member must have value less than or equal to 1024",
            ),
        ),
        (
            "GenerateRandom",
            json!({ "NumberOfBytes": 0 }),
            breach(
                "'0' ",
                "numberOfBytes",
                "Member must have value greater than or equal to 1",
            ),
        ),
        (
            "GenerateDataKey",
            json!({ "KeyId": key, "KeySpec": "AES_512" }),
            breach(
                "'AES_512' ",
                "keySpec",
                "Member must satisfy enum value set: [AES_256, AES_128]",
            ),
        ),
        (
            "DescribeKey",
            json!({ "KeyId": "" }),
            breach("'' ", "keyId", at_least_one),
        ),
        (
            "CreateAlias",
            json!({ "AliasName": "alias/a b", "TargetKeyId": key }),
            breach(
                "'alias/a b' ",
                "aliasName",
                "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
            ),
        ),
    ] {
        let refused = kms.refused(operation, body).await;
        assert_eq!(
            refused,
            Refused::new("ValidationException", message),
            "{operation}"
        );
    }
    assert_eq!(proxy.take_calls(), []);
}

#[tokio::test]
async fn the_values_of_a_key_store_are_checked_and_its_secret_is_not_repeated() {
    let proxy = Proxy::start().await;
    let kms = Kms::with(&proxy, &[]).await;
    let mut create = Kms::key_store_of(&proxy);
    create["XksProxyUriEndpoint"] = "https://127.0.0.1:8443".into();
    create["XksProxyUriPath"] = "/test".into();
    create["XksProxyVpcEndpointServiceName"] = "com.amazonaws.us-east-1.kms.x".into();
    let secret = "a secret that is wrong!";
    create["XksProxyAuthenticationCredential"] =
        json!({ "AccessKeyId": "lower", "RawSecretAccessKey": secret });
    let refused = kms.refused("CreateCustomKeyStore", create).await;
    let message = refused.message.unwrap();
    for place in [
        "xksProxyUriEndpoint",
        "xksProxyUriPath",
        "xksProxyVpcEndpointServiceName",
        "xksProxyAuthenticationCredential.accessKeyId",
        "xksProxyAuthenticationCredential.rawSecretAccessKey",
    ] {
        assert!(
            message.contains(&format!("at '{place}'")),
            "{place}: {message}"
        );
    }
    assert!(!message.contains(secret) && !message.contains("lower"));
    assert_eq!(proxy.take_calls(), []);
}

#[tokio::test]
async fn bodies_are_objects_and_blobs_are_base64() {
    let Started { kms, key, .. } = Started::new().await;
    let headers = [("x-amz-target", "TrentService.Encrypt")];
    for body in ["[]", "{", "null", "\u{feff}{}"] {
        let response = kms.send("POST", &headers, body.into()).await;
        assert_eq!(response.status(), 400);
        let text = String::from_utf8(response.body().to_vec()).unwrap();
        assert!(text.contains("SerializationException"), "{text}");
    }
    for body in [
        json!({ "KeyId": key, "Plaintext": "not Base64" }),
        json!({ "KeyId": key, "Plaintext": 7 }),
        json!({ "KeyId": [key], "Plaintext": "aA==" }),
        json!({ "KeyId": key, "Plaintext": "aA==", "EncryptionContext": { "a": 1 } }),
        json!({ "KeyId": key, "Plaintext": "aA==", "DryRun": "yes" }),
    ] {
        assert_eq!(
            kms.refused("Encrypt", body).await.name,
            "SerializationException"
        );
    }
}
