//! Which calls the proxy gets: their order, operation and metadata.

use serde_json::{Value, json};

use crate::harness::{Kms, Proxy, Started};

const CIPHERTEXT: &str = "CiphertextBlob";

/// The last part of the path, and the operation.
fn summary(proxy: &Proxy) -> Vec<(String, String)> {
    let calls = proxy.take_calls();
    let summaries = calls.iter().map(|call| {
        let api = call.path.rsplit('/').next().unwrap().to_owned();
        (
            api,
            call.metadata()["kmsOperation"].as_str().unwrap().to_owned(),
        )
    });
    summaries.collect()
}

fn pair(api: &str, operation: &str) -> (String, String) {
    (api.to_owned(), operation.to_owned())
}

#[tokio::test]
async fn key_stores_are_asked_how_they_are() {
    let proxy = Proxy::start().await;
    let kms = Kms::with(&proxy, &[]).await;
    let store = kms.create_key_store(&proxy).await;
    kms.connect(&store).await;
    let update = json!({ "CustomKeyStoreId": store, "XksProxyUriPath": "/other/kms/xks/v1" });
    kms.ok("UpdateCustomKeyStore", update).await;
    kms.service.check_health().await;
    let calls = proxy.take_calls();
    for call in &calls {
        let members: Vec<&String> = call.metadata().as_object().unwrap().keys().collect();
        assert_eq!(members, ["kmsOperation", "kmsRequestId"]);
        assert!(
            call.authorization
                .contains("/us-east-1/kms-xks-proxy/aws4_request")
        );
        assert!(
            call.authorization
                .contains("SignedHeaders=host;x-amz-date,")
        );
        assert!(
            call.authorization
                .contains(proxy.credential.access_key_id.as_str())
        );
    }
    let paths: Vec<&str> = calls.iter().map(|call| call.path.as_str()).collect();
    let (old, new) = ("/test/kms/xks/v1/health", "/other/kms/xks/v1/health");
    assert_eq!(paths, [old, old, new, new]);
    let operations: Vec<&Value> = calls
        .iter()
        .map(|call| &call.metadata()["kmsOperation"])
        .collect();
    assert_eq!(
        operations,
        [
            "CreateCustomKeyStore",
            "ConnectCustomKeyStore",
            "UpdateCustomKeyStore",
            "KmsHealthCheck"
        ]
    );
}

#[tokio::test]
async fn a_name_is_changed_without_asking_the_proxy() {
    let proxy = Proxy::start().await;
    let kms = Kms::with(&proxy, &[]).await;
    let store = kms.create_key_store(&proxy).await;
    proxy.take_calls();
    let update = json!({ "CustomKeyStoreId": store, "NewCustomKeyStoreName": "new" });
    kms.ok("UpdateCustomKeyStore", update).await;
    // Nor are key stores that are not connected looked after.
    kms.service.check_health().await;
    assert_eq!(proxy.take_calls(), []);
}

#[tokio::test]
async fn cryptographic_operations_make_one_call_each() {
    let Started {
        kms,
        proxy,
        key,
        arn,
        ..
    } = Started::new().await;
    let encrypted = kms.ok("Encrypt", Kms::hello_for(&key)).await;
    kms.ok("Decrypt", json!({ CIPHERTEXT: encrypted[CIPHERTEXT] }))
        .await;
    kms.ok(
        "GenerateDataKey",
        json!({ "KeyId": key, "KeySpec": "AES_128" }),
    )
    .await;
    let number = json!({ "KeyId": key, "NumberOfBytes": 7 });
    kms.ok("GenerateDataKeyWithoutPlaintext", number).await;
    let calls = proxy.take_calls();
    for call in &calls {
        assert_eq!(call.metadata()["kmsKeyArn"], arn.as_str());
        let principal = "arn:aws:iam::111122223333:user/local";
        assert_eq!(call.metadata()["awsPrincipalArn"], principal);
        assert_eq!(call.metadata().as_object().unwrap().len(), 4);
        assert_eq!(call.body["encryptionAlgorithm"], "AES_GCM");
    }
    let found: Vec<(&str, &Value, &Value)> = calls
        .iter()
        .map(|call| {
            let integrity = &call.body["ciphertextDataIntegrityValueAlgorithm"];
            (
                call.path.as_str(),
                &call.metadata()["kmsOperation"],
                integrity,
            )
        })
        .collect();
    let (encrypt, decrypt) = (
        "/test/kms/xks/v1/keys/demo/encrypt",
        "/test/kms/xks/v1/keys/demo/decrypt",
    );
    let none = Value::Null;
    assert_eq!(
        found,
        [
            (encrypt, &json!("Encrypt"), &none),
            (decrypt, &json!("Decrypt"), &none),
            (encrypt, &json!("GenerateDataKey"), &json!("SHA_256")),
            (
                encrypt,
                &json!("GenerateDataKeyWithoutPlaintext"),
                &json!("SHA_256")
            ),
        ]
    );
}

#[tokio::test]
async fn re_encrypt_calls_each_proxy_under_one_request_id() {
    let Started {
        kms, proxy, key, ..
    } = Started::new().await;
    let own = kms.create_own_key().await;
    let encrypted = kms.ok("Encrypt", Kms::hello_for(&key)).await;
    proxy.take_calls();
    let both = json!({ CIPHERTEXT: encrypted[CIPHERTEXT], "DestinationKeyId": key });
    kms.ok("ReEncrypt", both).await;
    let calls = proxy.take_calls();
    assert!(calls[0].path.ends_with("/decrypt") && calls[1].path.ends_with("/encrypt"));
    assert_eq!(calls[0].metadata(), calls[1].metadata());
    assert_eq!(calls[0].metadata()["kmsOperation"], "ReEncrypt");

    let away = json!({ CIPHERTEXT: encrypted[CIPHERTEXT], "DestinationKeyId": own });
    let moved = kms.ok("ReEncrypt", away).await;
    assert_eq!(summary(&proxy), [pair("decrypt", "ReEncrypt")]);
    let back = json!({ CIPHERTEXT: moved[CIPHERTEXT], "DestinationKeyId": key });
    kms.ok("ReEncrypt", back).await;
    assert_eq!(summary(&proxy), [pair("encrypt", "ReEncrypt")]);
}

#[tokio::test]
async fn create_key_asks_for_the_external_key_without_naming_a_kms_key() {
    let Started {
        kms,
        proxy,
        key_store,
        ..
    } = Started::new().await;
    proxy.add_key("second");
    let create = Kms::key_of(&key_store, "second");
    let headers = [
        (
            "x-claviger-principal",
            "arn:aws:iam::444455556666:role/other",
        ),
        ("x-claviger-source-vpc", "vpc-1"),
        ("x-claviger-source-vpce", "vpce-1"),
        ("x-claviger-via-service", "s3.us-east-1.amazonaws.com"),
    ];
    kms.call_with("CreateKey", create, &headers).await.unwrap();
    let calls = proxy.take_calls();
    assert_eq!(calls[0].path, "/test/kms/xks/v1/keys/second/metadata");
    let mut metadata = calls[0].metadata().clone();
    assert!(metadata["kmsRequestId"].take().is_string());
    assert_eq!(
        metadata,
        json!({
            "awsPrincipalArn": "arn:aws:iam::444455556666:role/other",
            "awsSourceVpc": "vpc-1",
            "awsSourceVpce": "vpce-1",
            "kmsOperation": "CreateKey",
            "kmsRequestId": null,
        })
    );
}

#[tokio::test]
async fn the_caller_is_as_the_header_fields_say() {
    let Started {
        kms, proxy, key, ..
    } = Started::new().await;
    let encrypt = Kms::hello_for(&key);
    let from = |principal| {
        [
            ("x-claviger-principal", principal),
            ("x-claviger-source-vpc", "vpc-1"),
            ("x-claviger-source-vpce", "vpce-1"),
            ("x-claviger-via-service", "s3.us-east-1.amazonaws.com"),
        ]
    };
    let own = from("arn:aws:iam::111122223333:role/a");
    kms.call_with("Encrypt", encrypt.clone(), &own)
        .await
        .unwrap();
    // The VPC of a caller of another account is not the proxy's to know.
    let other = from("arn:aws:iam::444455556666:role/a");
    kms.call_with("Encrypt", encrypt.clone(), &other)
        .await
        .unwrap();
    let calls = proxy.take_calls();
    assert_eq!(calls[0].metadata()["awsSourceVpc"], "vpc-1");
    assert_eq!(calls[0].metadata()["awsSourceVpce"], "vpce-1");
    for call in &calls {
        assert_eq!(
            call.metadata()["kmsViaService"],
            "s3.us-east-1.amazonaws.com"
        );
    }
    assert_eq!(calls[1].metadata().get("awsSourceVpc"), None);
    assert_eq!(calls[1].metadata().get("awsSourceVpce"), None);

    let long = "a".repeat(2049);
    let refused = kms
        .call_with("Encrypt", encrypt, &[("x-claviger-principal", &long)])
        .await;
    assert_eq!(refused.unwrap_err().name, "ValidationException");
    assert_eq!(proxy.take_calls(), []);
}

#[tokio::test]
async fn the_answer_has_the_id_that_the_proxy_was_told() {
    let Started {
        kms, proxy, key, ..
    } = Started::new().await;
    let body = Kms::hello_for(&key).to_string();
    let headers = [("x-amz-target", "TrentService.Encrypt")];
    let response = kms.send("POST", &headers, body.into()).await;
    let told = proxy.take_calls()[0].metadata()["kmsRequestId"].clone();
    assert_eq!(
        response.headers()["x-amzn-requestid"],
        told.as_str().unwrap()
    );
}

#[tokio::test]
async fn everything_else_is_done_without_the_proxy() {
    let Started {
        kms,
        proxy,
        key,
        key_store,
        ..
    } = Started::new().await;
    let id = json!({ "KeyId": key });
    for operation in [
        "DescribeKey",
        "DisableKey",
        "EnableKey",
        "ScheduleKeyDeletion",
        "CancelKeyDeletion",
    ] {
        kms.ok(operation, id.clone()).await;
    }
    kms.ok("EnableKey", id.clone()).await;
    let alias = json!({ "AliasName": "alias/a", "TargetKeyId": key });
    kms.ok("CreateAlias", alias).await;
    let dry = json!({ "KeyId": key, "Plaintext": "aGVsbG8=", "DryRun": true });
    let refused = kms.refused("Encrypt", dry).await;
    assert_eq!(refused.name, "DryRunOperationException");
    kms.disconnect(&key_store).await;
    assert_eq!(proxy.take_calls(), []);
}
