//! What is there at the start.

use std::path::Path;

use serde_json::json;
use tempfile::TempDir;

use crate::harness::proxy::HOST;
use crate::harness::{Kms, Proxy};

const KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
const OWN: &str = "1234abcd-12ab-34cd-56ef-1234567890ac";

fn write(folder: &Path, proxy: &Proxy) -> String {
    let secret = proxy.credential.secret_access_key.reveal();
    std::fs::write(folder.join("demo.secret"), format!("{secret}\n")).unwrap();
    let id = &proxy.credential.access_key_id;
    let seed = format!(
        r#"
        [[key_store]]
        id = "cks-1234567890abcdef0"
        name = "demo"
        endpoint = "https://{HOST}"
        path = "/test/kms/xks/v1"
        access_key_id = "{id}"
        secret_access_key_file = "demo.secret"

        [[key]]
        id = "{KEY}"
        key_store = "cks-1234567890abcdef0"
        external_key = "demo"
        description = "from a seed"
        aliases = ["alias/demo"]
        tags = {{ team = "payments" }}
        key_material = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

        [[key]]
        id = "{OWN}"
        key_material = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

        [[caller]]
        access_key_id = "test"
        principal = "arn:aws:iam::111122223333:role/payments"
        source_vpce = "vpce-1"
        "#
    );
    let path = folder.join("seed.toml");
    std::fs::write(&path, seed).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_seed_makes_key_stores_keys_and_callers() {
    let (proxy, folder) = (Proxy::start().await, TempDir::new().unwrap());
    let seed = write(folder.path(), &proxy);
    let kms = Kms::with(&proxy, &["--seed", &seed]).await;
    let entry = kms.settled("cks-1234567890abcdef0").await;
    assert_eq!(entry["ConnectionState"], "CONNECTED");
    let described = kms
        .ok("DescribeKey", json!({ "KeyId": "alias/demo" }))
        .await;
    assert_eq!(described["KeyMetadata"]["KeyId"], KEY);
    assert_eq!(described["KeyMetadata"]["Description"], "from a seed");
    let tags = kms.ok("ListResourceTags", json!({ "KeyId": KEY })).await;
    assert_eq!(tags["Tags"][0]["TagValue"], "payments");
    proxy.take_calls();
    let mut ciphertexts = Vec::new();
    for key in [KEY, OWN] {
        let encrypted = kms.ok("Encrypt", Kms::hello_for(key)).await;
        ciphertexts.push(encrypted["CiphertextBlob"].clone());
    }
    let told = proxy.take_calls()[0].metadata().clone();
    assert_eq!(
        told["awsPrincipalArn"],
        "arn:aws:iam::111122223333:role/payments"
    );
    assert_eq!(told["awsSourceVpce"], "vpce-1");
    // What a request says itself comes first.
    let said = [("x-claviger-principal", "ec2.amazonaws.com")];
    let encrypt = Kms::hello_for(KEY);
    kms.call_with("Encrypt", encrypt, &said).await.unwrap();
    assert_eq!(
        proxy.take_calls()[0].metadata()["awsPrincipalArn"],
        "ec2.amazonaws.com"
    );
    kms.stop().await;

    // The same seed makes the same keys: they decrypt, though nothing was kept.
    let kms = Kms::with(&proxy, &["--seed", &seed]).await;
    kms.settled("cks-1234567890abcdef0").await;
    for ciphertext in ciphertexts {
        let decrypted = kms
            .ok("Decrypt", json!({ "CiphertextBlob": ciphertext }))
            .await;
        assert_eq!(decrypted["Plaintext"], "aGVsbG8=");
    }
}

#[tokio::test]
async fn what_is_there_already_stays_as_it_is() {
    let (proxy, folder) = (Proxy::start().await, TempDir::new().unwrap());
    let seed = write(folder.path(), &proxy);
    let state = folder.path().join("state");
    let arguments = ["--seed", &seed, "--dir", state.to_str().unwrap()];
    let kms = Kms::with(&proxy, &arguments).await;
    kms.settled("cks-1234567890abcdef0").await;
    kms.ok(
        "UpdateKeyDescription",
        json!({ "KeyId": KEY, "Description": "changed" }),
    )
    .await;
    kms.ok(
        "UpdateAlias",
        json!({ "AliasName": "alias/demo", "TargetKeyId": OWN }),
    )
    .await;
    kms.disconnect("cks-1234567890abcdef0").await;
    kms.stop().await;
    let kms = Kms::with(&proxy, &arguments).await;
    let described = kms.ok("DescribeKey", json!({ "KeyId": KEY })).await;
    assert_eq!(described["KeyMetadata"]["Description"], "changed");
    assert_eq!(described["KeyMetadata"]["KeyState"], "Unavailable");
    let described = kms
        .ok("DescribeKey", json!({ "KeyId": "alias/demo" }))
        .await;
    assert_eq!(described["KeyMetadata"]["KeyId"], OWN);
}

#[tokio::test]
async fn a_seed_that_does_not_fit_is_one_report() {
    let (proxy, folder) = (Proxy::start().await, TempDir::new().unwrap());
    let path = folder.path().join("seed.json");
    let seed = json!({
        "key": [
            { "id": KEY, "key_store": "cks-0", "external_key": "demo" },
            { "id": OWN, "key_store": "cks-1", "external_key": "demo" },
        ],
    });
    std::fs::write(&path, seed.to_string()).unwrap();
    let arguments = ["--seed", path.to_str().unwrap()];
    let refused = Kms::try_with(&proxy, &arguments)
        .await
        .err()
        .unwrap()
        .to_string();
    for text in ["key[0]", "key[1]", "CustomKeyStoreNotFoundException"] {
        assert!(refused.contains(text), "{refused}");
    }
    std::fs::write(&path, "{").unwrap();
    let refused = Kms::try_with(&proxy, &arguments)
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(refused.contains("not JSON at line 1"), "{refused}");
}
