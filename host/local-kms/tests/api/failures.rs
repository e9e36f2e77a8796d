//! What becomes of each thing that a proxy can do, by the one table.

use claviger_xks_client::outcome::Outcome;
use serde_json::{Value, json};

use crate::harness::proxy::health;
use crate::harness::{Answer, Kms, Proxy, Refused, Started};

/// What provokes an outcome, of any API.
fn provocations() -> Vec<(Outcome, Answer)> {
    let error = Answer::error;
    let html = b"<html>".to_vec();
    vec![
        (Outcome::Validation, error(400, "ValidationException")),
        (Outcome::InvalidState, error(400, "InvalidStateException")),
        (
            Outcome::AuthenticationFailed,
            error(401, "AuthenticationFailedException"),
        ),
        (Outcome::AccessDenied, error(403, "AccessDeniedException")),
        (
            Outcome::InvalidUriPath,
            error(404, "InvalidUriPathException"),
        ),
        (Outcome::Throttling, error(429, "ThrottlingException")),
        (Outcome::Internal, error(500, "InternalException")),
        (
            Outcome::UnsupportedOperation,
            error(501, "UnsupportedOperationException"),
        ),
        (
            Outcome::DependencyTimeout,
            error(503, "DependencyTimeoutException"),
        ),
        (Outcome::Malformed, error(400, "NoSuchException")),
        (Outcome::Malformed, error(500, "ValidationException")),
        (Outcome::Malformed, Answer::Says(200, json!({}))),
        (
            Outcome::Malformed,
            Answer::Bytes(200, "application/json", html.clone()),
        ),
        (Outcome::Malformed, Answer::Bytes(503, "text/html", html)),
        (
            Outcome::Malformed,
            Answer::Bytes(405, "application/json", Vec::new()),
        ),
    ]
}

fn unavailable() -> Answer {
    let mut health = health();
    health["ekmFleetDetails"][0]["healthStatus"] = "UNAVAILABLE".into();
    Answer::Says(200, health)
}

/// As the table has it of an operation.
fn expected(outcome: Outcome, name: &str) -> Refused {
    Refused::new(name, outcome.text())
}

#[tokio::test]
async fn create_and_update_answer_by_the_table() {
    let proxy = Proxy::start().await;
    let kms = Kms::with(&proxy, &[]).await;
    let store = kms.create_key_store(&proxy).await;
    let mut another = Kms::key_store_of(&proxy);
    another["CustomKeyStoreName"] = "another".into();
    another["XksProxyUriPath"] = "/another/kms/xks/v1".into();
    let update = json!({ "CustomKeyStoreId": store, "XksProxyUriPath": "/a/kms/xks/v1" });
    let all = provocations()
        .into_iter()
        .chain([(Outcome::AllUnavailable, unavailable())]);
    for (outcome, answer) in all {
        let name = outcome
            .consequences()
            .create_or_update
            .unwrap()
            .value
            .name();
        proxy.always(Some(answer));
        let refused = kms.refused("CreateCustomKeyStore", another.clone()).await;
        assert_eq!(refused, expected(outcome, name), "{outcome:?}");
        let refused = kms.refused("UpdateCustomKeyStore", update.clone()).await;
        assert_eq!(refused, expected(outcome, name), "{outcome:?}");
    }
    // Nothing was made or changed.
    let listed = kms.ok("DescribeCustomKeyStores", json!({})).await;
    let listed = listed["CustomKeyStores"].as_array().unwrap().clone();
    assert_eq!(listed.len(), 1);
    assert_eq!(
        listed[0]["XksProxyConfiguration"]["UriPath"],
        "/test/kms/xks/v1"
    );
}

#[tokio::test]
async fn connect_shows_the_code_of_the_table() {
    let proxy = Proxy::start().await;
    let kms = Kms::with(&proxy, &[]).await;
    let store = kms.create_key_store(&proxy).await;
    let id = json!({ "CustomKeyStoreId": store });
    let all = provocations()
        .into_iter()
        .chain([(Outcome::AllUnavailable, unavailable())]);
    for (outcome, answer) in all {
        proxy.next(answer);
        // The operation itself succeeds.
        assert_eq!(kms.ok("ConnectCustomKeyStore", id.clone()).await, json!({}));
        let entry = kms.settled(&store).await;
        assert_eq!(entry["ConnectionState"], "FAILED", "{outcome:?}");
        let code = outcome.consequences().connect.unwrap().value.name();
        assert_eq!(entry["ConnectionErrorCode"], code, "{outcome:?}");
        kms.disconnect(&store).await;
    }
    kms.connect(&store).await;
    assert_eq!(
        kms.describe_key_store(&store)
            .await
            .get("ConnectionErrorCode"),
        None
    );
}

#[tokio::test]
async fn create_key_answers_by_the_table() {
    let Started {
        kms,
        proxy,
        key_store,
        ..
    } = Started::new().await;
    proxy.add_key("second");
    let create = Kms::key_of(&key_store, "second");
    let metadata = |spec: &str, usage: &[&str], status: &str| {
        let metadata = json!({ "keySpec": spec, "keyUsage": usage, "keyStatus": status });
        Answer::Says(200, metadata)
    };
    let both = ["ENCRYPT", "DECRYPT"];
    let more = [
        (
            Outcome::InvalidKeyUsage,
            Answer::error(400, "InvalidKeyUsageException"),
            "",
        ),
        (
            Outcome::KeyNotFound,
            Answer::error(404, "KeyNotFoundException"),
            "",
        ),
        (
            Outcome::KeySpec,
            metadata("RSA_2048", &both, "ENABLED"),
            "RSA_2048",
        ),
        (
            Outcome::KeyStatus,
            metadata("AES_256", &both, "DISABLED"),
            "DISABLED",
        ),
        (
            Outcome::KeyUsage,
            metadata("AES_256", &["DECRYPT"], "ENABLED"),
            "DECRYPT",
        ),
    ];
    let all = provocations()
        .into_iter()
        .map(|(outcome, answer)| (outcome, answer, ""));
    for (outcome, answer, value) in all.chain(more) {
        proxy.next(answer);
        let refused = kms.refused("CreateKey", create.clone()).await;
        let name = outcome.consequences().create_key.unwrap().value.name();
        assert_eq!(
            refused,
            Refused::new(name, outcome.text_with(value)),
            "{outcome:?}"
        );
    }
    assert_eq!(
        kms.ok("ListKeys", json!({})).await["Keys"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    kms.ok("CreateKey", create).await;
}

#[tokio::test]
async fn cryptographic_operations_answer_with_the_text_of_the_table() {
    let Started {
        kms, proxy, key, ..
    } = Started::new().await;
    let encrypted = kms.ok("Encrypt", Kms::hello_for(&key)).await;
    let ciphertext = &encrypted["CiphertextBlob"];
    let encrypting = [
        ("Encrypt", Kms::hello_for(&key)),
        (
            "GenerateDataKey",
            json!({ "KeyId": key, "KeySpec": "AES_256" }),
        ),
        (
            "GenerateDataKeyWithoutPlaintext",
            json!({ "KeyId": key, "KeySpec": "AES_256" }),
        ),
    ];
    let decrypting = [
        ("Decrypt", json!({ "CiphertextBlob": ciphertext })),
        (
            "ReEncrypt",
            json!({ "CiphertextBlob": ciphertext, "DestinationKeyId": key }),
        ),
    ];
    let more = [
        (
            Outcome::InvalidKeyUsage,
            Answer::error(400, "InvalidKeyUsageException"),
        ),
        (
            Outcome::KeyNotFound,
            Answer::error(404, "KeyNotFoundException"),
        ),
    ];
    let all: Vec<(Outcome, Answer)> = provocations().into_iter().chain(more).collect();
    for (operation, body) in encrypting.iter().chain(&decrypting) {
        for (outcome, answer) in &all {
            proxy.next(answer.clone());
            let refused = kms.refused(operation, body.clone()).await;
            let expected = expected(*outcome, "KMSInvalidStateException");
            assert_eq!(refused, expected, "{operation} {outcome:?}");
        }
    }
    // In the wrong place, this is malformed.
    let invalid = Answer::error(400, "InvalidCiphertextException");
    for (operations, outcome) in [
        (&encrypting[..], Outcome::Malformed),
        (&decrypting[..], Outcome::InvalidCiphertext),
    ] {
        for (operation, body) in operations {
            proxy.next(invalid.clone());
            let refused = kms.refused(operation, body.clone()).await;
            assert_eq!(refused, expected(outcome, "KMSInvalidStateException"));
        }
    }
}

#[tokio::test]
async fn parts_of_other_lengths_are_not_taken() {
    let Started {
        kms, proxy, key, ..
    } = Started::new().await;
    let encrypt = Kms::hello_for(&key);
    let changes: [fn(&mut Value); 6] = [
        |answer| answer["ciphertext"] = "aGVsbG8=".into(),
        |answer| answer["initializationVector"] = "aGVsbG8=".into(),
        |answer| answer["authenticationTag"] = "aGVsbG8=".into(),
        |answer| answer["ciphertextMetadata"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAA".into(),
        |answer| {
            answer["authenticationTag"] = Value::Null;
        },
        |answer| answer["ciphertext"] = "not Base64".into(),
    ];
    for change in changes {
        proxy.next(Answer::Changed(change));
        let refused = kms.refused("Encrypt", encrypt.clone()).await;
        assert_eq!(
            refused,
            expected(Outcome::Malformed, "KMSInvalidStateException")
        );
    }
}

#[tokio::test]
async fn an_integrity_value_is_verified() {
    let Started {
        kms, proxy, key, ..
    } = Started::new().await;
    let generate = json!({ "KeyId": key, "KeySpec": "AES_256" });
    let changes: [fn(&mut Value); 3] = [
        |answer| {
            answer
                .as_object_mut()
                .unwrap()
                .remove("ciphertextDataIntegrityValue");
        },
        |answer| {
            let other = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
            answer["ciphertextDataIntegrityValue"] = other.into();
        },
        // Of what was not sent.
        |answer| answer["ciphertextMetadata"] = "djI=".into(),
    ];
    for operation in ["GenerateDataKey", "GenerateDataKeyWithoutPlaintext"] {
        for change in changes {
            proxy.next(Answer::Changed(change));
            let refused = kms.refused(operation, generate.clone()).await;
            let expected = expected(Outcome::IntegrityValue, "KMSInvalidStateException");
            assert_eq!(refused, expected);
        }
    }
}

#[tokio::test]
async fn what_the_inner_layer_was_not_is_not_taken_for_it() {
    let Started {
        kms, proxy, key, ..
    } = Started::new().await;
    let encrypted = kms.ok("Encrypt", Kms::hello_for(&key)).await;
    let decrypt = json!({ "CiphertextBlob": encrypted["CiphertextBlob"] });
    let changes: [fn(&mut Value); 1] = [|answer| {
        let text = answer["plaintext"].as_str().unwrap();
        let other = if text.starts_with('A') { "B" } else { "A" };
        answer["plaintext"] = format!("{other}{}", &text[1..]).into();
    }];
    for change in changes {
        proxy.next(Answer::Changed(change));
        let refused = kms.refused("Decrypt", decrypt.clone()).await;
        assert_eq!(
            refused,
            expected(Outcome::InnerLayer, "KMSInvalidStateException")
        );
    }
    kms.ok("Decrypt", decrypt).await;
}

#[tokio::test]
async fn a_proxy_that_is_late_is_asked_once_more() {
    let Started {
        kms, proxy, key, ..
    } = Started::new().await;
    let encrypt = Kms::hello_for(&key);
    proxy.next(Answer::Late);
    kms.ok("Encrypt", encrypt.clone()).await;
    assert_eq!(proxy.take_calls().len(), 2);
    proxy.next(Answer::Late);
    proxy.next(Answer::Late);
    let refused = kms.refused("Encrypt", encrypt).await;
    assert_eq!(
        refused,
        expected(Outcome::TimedOut, "KMSInvalidStateException")
    );
    let calls = proxy.take_calls();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0].body, calls[1].body);
}

#[tokio::test]
async fn proxies_that_cannot_be_reached_are_told_apart() {
    let proxy = Proxy::start().await;
    // Nobody listens on port 1; the certificate is of another name.
    let other = format!("another-name.example.com={}", proxy.address);
    let resolve = [
        "--resolve",
        "nobody.example.com=127.0.0.1:1",
        "--resolve",
        &other,
    ];
    let kms = Kms::with(&proxy, &resolve).await;
    let mut create = Kms::key_store_of(&proxy);
    for (host, outcome) in [
        ("nobody.example.com", Outcome::NotReachable),
        ("another-name.example.com", Outcome::NoTls),
    ] {
        create["XksProxyUriEndpoint"] = format!("https://{host}").into();
        let refused = kms.refused("CreateCustomKeyStore", create.clone()).await;
        let name = outcome
            .consequences()
            .create_or_update
            .unwrap()
            .value
            .name();
        assert_eq!(refused, expected(outcome, name));
    }
}
