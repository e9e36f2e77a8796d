//! Encrypting, decrypting and generating.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::harness::{Kms, Proxy, Refused, Started};

const HELLO: &str = "aGVsbG8=";

#[tokio::test]
async fn what_is_encrypted_is_decrypted() {
    let Started { kms, key, arn, .. } = Started::new().await;
    let own = kms.create_own_key().await;
    for key in [&key, &own] {
        for plaintext in ["aA==".to_owned(), STANDARD.encode([b'p'; 4096])] {
            let encrypted = kms
                .ok("Encrypt", json!({ "KeyId": key, "Plaintext": plaintext }))
                .await;
            assert_eq!(encrypted["EncryptionAlgorithm"], "SYMMETRIC_DEFAULT");
            let ciphertext = encrypted["CiphertextBlob"].as_str().unwrap();
            assert!(STANDARD.decode(ciphertext).unwrap().len() <= 6144);
            let decrypted = kms
                .ok("Decrypt", json!({ "CiphertextBlob": ciphertext }))
                .await;
            assert_eq!(decrypted["Plaintext"], plaintext);
            assert_eq!(decrypted["KeyId"], encrypted["KeyId"]);
        }
    }
    let named = kms
        .ok("Encrypt", json!({ "KeyId": arn, "Plaintext": HELLO }))
        .await;
    assert_eq!(named["KeyId"], arn.as_str());
}

#[tokio::test]
async fn the_proxy_sees_neither_the_plaintext_nor_the_context() {
    let Started {
        kms, proxy, key, ..
    } = Started::new().await;
    let plaintext = STANDARD.encode("a plaintext that is not to be seen");
    let context = json!({ "customer": "somebody that is not to be seen" });
    let encrypt = json!({ "KeyId": key, "Plaintext": plaintext, "EncryptionContext": context });
    let encrypted = kms.ok("Encrypt", encrypt).await;
    let call = &proxy.take_calls()[0];
    let sent = STANDARD
        .decode(call.body["plaintext"].as_str().unwrap())
        .unwrap();
    assert_eq!(sent.len(), 34 + 12 + 16);
    let ciphertext = encrypted["CiphertextBlob"].as_str().unwrap();
    for bytes in [sent, STANDARD.decode(ciphertext).unwrap()] {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("not to be seen"), "{text}");
    }
}

#[tokio::test]
async fn the_encryption_context_has_to_be_the_same() {
    let Started {
        kms, proxy, key, ..
    } = Started::new().await;
    let own = kms.create_own_key().await;
    let context = json!({ "a": "1", "b": "2" });
    let of_proxy = Refused::new(
        "KMSInvalidStateException",
        "The external key store proxy rejected the request because the specified ciphertext or \
         additional authenticated data is corrupted, missing, or otherwise invalid.",
    );
    let of_kms = Refused::silent("InvalidCiphertextException");
    for (key, refusal, calls) in [(&key, of_proxy, 1), (&own, of_kms, 0)] {
        let encrypt = json!({ "KeyId": key, "Plaintext": HELLO, "EncryptionContext": context });
        let encrypted = kms.ok("Encrypt", encrypt).await;
        let ciphertext = &encrypted["CiphertextBlob"];
        proxy.take_calls();
        for other in [
            json!({}),
            json!({ "a": "1" }),
            json!({ "a": "2", "b": "1" }),
            json!({ "A": "1", "b": "2" }),
        ] {
            let decrypt = json!({ "CiphertextBlob": ciphertext, "EncryptionContext": other });
            assert_eq!(kms.refused("Decrypt", decrypt).await, refusal);
            assert_eq!(proxy.take_calls().len(), calls);
        }
        let decrypt =
            json!({ "CiphertextBlob": ciphertext, "EncryptionContext": { "b": "2", "a": "1" } });
        kms.ok("Decrypt", decrypt).await;
    }
}

#[tokio::test]
async fn a_key_id_has_to_be_that_of_the_ciphertext() {
    let Started {
        kms,
        proxy,
        key,
        arn,
        ..
    } = Started::new().await;
    let own = kms.create_own_key().await;
    let encrypted = kms
        .ok("Encrypt", json!({ "KeyId": key, "Plaintext": HELLO }))
        .await;
    let ciphertext = &encrypted["CiphertextBlob"];
    kms.ok(
        "CreateAlias",
        json!({ "AliasName": "alias/a", "TargetKeyId": key }),
    )
    .await;
    for name in [
        key.as_str(),
        &arn,
        "alias/a",
        "arn:aws:kms:us-east-1:111122223333:alias/a",
    ] {
        kms.ok(
            "Decrypt",
            json!({ "CiphertextBlob": ciphertext, "KeyId": name }),
        )
        .await;
    }
    proxy.take_calls();
    let incorrect = Refused::new(
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.",
    );
    let decrypt = json!({ "CiphertextBlob": ciphertext, "KeyId": own });
    assert_eq!(kms.refused("Decrypt", decrypt).await, incorrect);
    let move_it =
        json!({ "CiphertextBlob": ciphertext, "SourceKeyId": own, "DestinationKeyId": own });
    assert_eq!(kms.refused("ReEncrypt", move_it).await, incorrect);
    assert_eq!(proxy.take_calls(), []);
}

#[tokio::test]
async fn a_changed_ciphertext_is_not_decrypted() {
    let Started { kms, key, .. } = Started::new().await;
    let own = kms.create_own_key().await;
    for key in [&key, &own] {
        let encrypted = kms
            .ok("Encrypt", json!({ "KeyId": key, "Plaintext": HELLO }))
            .await;
        let whole = STANDARD
            .decode(encrypted["CiphertextBlob"].as_str().unwrap())
            .unwrap();
        for index in 0..whole.len() {
            let mut changed = whole.clone();
            changed[index] ^= 1;
            let decrypt = json!({ "CiphertextBlob": STANDARD.encode(changed) });
            let refused = kms.refused("Decrypt", decrypt).await;
            let expected = [
                "InvalidCiphertextException",
                "KMSInvalidStateException",
                // The key id was changed.
                "NotFoundException",
            ];
            assert!(expected.contains(&refused.name.as_str()), "{refused:?}");
        }
    }
    let nothing = json!({ "CiphertextBlob": HELLO });
    let refused = kms.refused("Decrypt", nothing).await;
    assert_eq!(refused, Refused::silent("InvalidCiphertextException"));
}

#[tokio::test]
async fn ciphertexts_of_another_region_are_not_known() {
    let Started { mut kms, key, .. } = Started::new().await;
    let encrypted = kms
        .ok("Encrypt", json!({ "KeyId": key, "Plaintext": HELLO }))
        .await;
    kms.region = "eu-west-1";
    let decrypt = json!({ "CiphertextBlob": encrypted["CiphertextBlob"] });
    let message = format!("Key 'arn:aws:kms:eu-west-1:111122223333:key/{key}' does not exist");
    let refused = kms.refused("Decrypt", decrypt).await;
    assert_eq!(refused, Refused::new("NotFoundException", message));
}

#[tokio::test]
async fn data_keys_have_the_length_that_was_asked_for() {
    let Started { kms, key, .. } = Started::new().await;
    for (body, length) in [
        (json!({ "KeyId": key, "KeySpec": "AES_128" }), 16),
        (json!({ "KeyId": key, "KeySpec": "AES_256" }), 32),
        (json!({ "KeyId": key, "NumberOfBytes": 1024 }), 1024),
    ] {
        let generated = kms.ok("GenerateDataKey", body.clone()).await;
        let plaintext = generated["Plaintext"].as_str().unwrap();
        assert_eq!(STANDARD.decode(plaintext).unwrap().len(), length);
        let decrypt = json!({ "CiphertextBlob": generated["CiphertextBlob"] });
        assert_eq!(kms.ok("Decrypt", decrypt).await["Plaintext"], plaintext);
        let without = kms.ok("GenerateDataKeyWithoutPlaintext", body).await;
        assert_eq!(without.get("Plaintext"), None);
        let decrypt = json!({ "CiphertextBlob": without["CiphertextBlob"] });
        let decrypted = kms.ok("Decrypt", decrypt).await;
        assert_eq!(
            STANDARD
                .decode(decrypted["Plaintext"].as_str().unwrap())
                .unwrap()
                .len(),
            length
        );
    }
    let message = "Please specify either number of bytes or key spec.";
    for body in [
        json!({ "KeyId": key }),
        json!({ "KeyId": key, "KeySpec": "AES_128", "NumberOfBytes": 16 }),
    ] {
        let refused = kms.refused("GenerateDataKey", body).await;
        assert_eq!(refused, Refused::new("ValidationException", message));
    }
}

#[tokio::test]
async fn a_dry_run_fails_as_the_run_would() {
    let Started {
        kms, proxy, key, ..
    } = Started::new().await;
    let encrypted = kms
        .ok("Encrypt", json!({ "KeyId": key, "Plaintext": HELLO }))
        .await;
    let ciphertext = &encrypted["CiphertextBlob"];
    proxy.take_calls();
    let dry = [
        (
            "Encrypt",
            json!({ "KeyId": key, "Plaintext": HELLO, "DryRun": true }),
        ),
        (
            "Decrypt",
            json!({ "CiphertextBlob": ciphertext, "DryRun": true }),
        ),
        (
            "Decrypt",
            json!({ "KeyId": key, "DryRun": true, "DryRunModifiers": ["IGNORE_CIPHERTEXT"] }),
        ),
        (
            "ReEncrypt",
            json!({ "CiphertextBlob": ciphertext, "DestinationKeyId": key, "DryRun": true }),
        ),
        (
            "GenerateDataKey",
            json!({ "KeyId": key, "KeySpec": "AES_128", "DryRun": true }),
        ),
    ];
    let message = "The request would have succeeded, but the DryRun option is set.";
    let success = Refused::new("DryRunOperationException", message);
    for (operation, body) in dry.clone() {
        assert_eq!(kms.refused(operation, body).await, success, "{operation}");
    }
    kms.ok("DisableKey", json!({ "KeyId": key })).await;
    for (operation, body) in dry {
        assert_eq!(kms.refused(operation, body).await.name, "DisabledException");
    }
    assert_eq!(proxy.take_calls(), []);
}

#[tokio::test]
async fn asymmetric_algorithms_are_not_for_these_keys() {
    let Started {
        kms, proxy, key, ..
    } = Started::new().await;
    let algorithm = "RSAES_OAEP_SHA_256";
    let encrypt = json!({ "KeyId": key, "Plaintext": HELLO, "EncryptionAlgorithm": algorithm });
    let message = "Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.";
    let refused = kms.refused("Encrypt", encrypt).await;
    assert_eq!(refused, Refused::new("InvalidKeyUsageException", message));
    assert_eq!(proxy.take_calls(), []);
}

#[tokio::test]
async fn an_encryption_context_is_as_long_as_a_proxy_takes() {
    let Started {
        kms, proxy, key, ..
    } = Started::new().await;
    // 8192 bytes, less the header of 29 and twice the length of four.
    let most = 8192 - 29 - 8 - 1;
    let encrypt = |length: usize| {
        let context = json!({ "n": "v".repeat(length) });
        json!({ "KeyId": key, "Plaintext": HELLO, "EncryptionContext": context })
    };
    kms.ok("Encrypt", encrypt(most)).await;
    let aad = proxy.take_calls()[0].body["additionalAuthenticatedData"].clone();
    assert_eq!(STANDARD.decode(aad.as_str().unwrap()).unwrap().len(), 8192);
    assert_eq!(
        kms.refused("Encrypt", encrypt(most + 1)).await.name,
        "ValidationException"
    );
}

#[tokio::test]
async fn random_bytes_come_from_the_service_itself() {
    let Started {
        kms,
        proxy,
        key_store,
        ..
    } = Started::new().await;
    let generated = kms
        .ok("GenerateRandom", json!({ "NumberOfBytes": 20 }))
        .await;
    assert_eq!(
        STANDARD
            .decode(generated["Plaintext"].as_str().unwrap())
            .unwrap()
            .len(),
        20
    );
    let required = Refused::new("ValidationException", "NumberOfBytes is required.");
    assert_eq!(kms.refused("GenerateRandom", json!({})).await, required);
    for (store, name) in [
        (key_store.as_str(), "UnsupportedOperationException"),
        ("cks-0", "CustomKeyStoreNotFoundException"),
    ] {
        let body = json!({ "NumberOfBytes": 20, "CustomKeyStoreId": store });
        assert_eq!(kms.refused("GenerateRandom", body).await.name, name);
    }
    assert_eq!(proxy.take_calls(), []);
}

#[tokio::test]
async fn keys_of_kms_itself_are_rotated_and_keep_decrypting() {
    let proxy = Proxy::start().await;
    let kms = Kms::with(&proxy, &[]).await;
    let key = kms.create_own_key().await;
    let id = json!({ "KeyId": key });
    let encrypted = kms
        .ok("Encrypt", json!({ "KeyId": key, "Plaintext": HELLO }))
        .await;
    let material = |described: Value| described["KeyMetadata"]["CurrentKeyMaterialId"].clone();
    let first = material(kms.ok("DescribeKey", id.clone()).await);
    kms.ok("RotateKeyOnDemand", id.clone()).await;
    let second = material(kms.ok("DescribeKey", id.clone()).await);
    assert_ne!(first, second);
    let decrypt = json!({ "CiphertextBlob": encrypted["CiphertextBlob"] });
    assert_eq!(kms.ok("Decrypt", decrypt.clone()).await["Plaintext"], HELLO);

    assert_eq!(
        kms.ok("GetKeyRotationStatus", id.clone()).await["KeyRotationEnabled"],
        false
    );
    let enable = json!({ "KeyId": key, "RotationPeriodInDays": 90 });
    assert_eq!(kms.ok("EnableKeyRotation", enable).await, Value::Null);
    let status = kms.ok("GetKeyRotationStatus", id.clone()).await;
    assert_eq!(
        (
            &status["KeyRotationEnabled"],
            &status["RotationPeriodInDays"]
        ),
        (&json!(true), &json!(90))
    );
    kms.pass_days(90);
    kms.service.sweep().await;
    let listed = kms.ok("ListKeyRotations", id.clone()).await;
    let types: Vec<&Value> = listed["Rotations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["RotationType"])
        .collect();
    assert_eq!(types, ["ON_DEMAND", "AUTOMATIC"]);
    let all = json!({ "KeyId": key, "IncludeKeyMaterial": "ALL_KEY_MATERIAL" });
    let listed = kms.ok("ListKeyRotations", all).await;
    assert_eq!(listed["Rotations"][0]["KeyMaterialId"], first);
    assert_eq!(listed["Rotations"][2]["KeyMaterialState"], "CURRENT");
    assert_eq!(kms.ok("Decrypt", decrypt).await["Plaintext"], HELLO);
    kms.ok("DisableKeyRotation", id.clone()).await;
    assert_eq!(
        kms.ok("GetKeyRotationStatus", id).await["KeyRotationEnabled"],
        false
    );
}

#[tokio::test]
async fn the_last_use_of_a_key_is_remembered() {
    let Started { kms, key, .. } = Started::new().await;
    let id = json!({ "KeyId": key });
    let before = kms.ok("GetKeyLastUsage", id.clone()).await;
    assert_eq!(before["KeyLastUsage"], json!({}));
    kms.ok(
        "GenerateDataKey",
        json!({ "KeyId": key, "KeySpec": "AES_256" }),
    )
    .await;
    let after = kms.ok("GetKeyLastUsage", id).await;
    assert_eq!(after["KeyLastUsage"]["Operation"], "GenerateDataKey");
}
