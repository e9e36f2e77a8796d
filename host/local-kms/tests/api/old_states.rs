//! State folders and ciphertexts of earlier formats are read by every later version.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Kms, Proxy};

const PLAINTEXT: &str = "aGVsbG8=";
const ALIASES: [&str; 2] = ["alias/external", "alias/own"];

fn folders() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/old-states")
}

/// Copies a folder to where it may be written.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[tokio::test]
async fn ciphertexts_of_old_states_are_decrypted() {
    let mut formats = 0;
    for entry in fs::read_dir(folders()).unwrap() {
        let format = entry.unwrap().path();
        if !format.is_dir() {
            continue;
        }
        formats += 1;
        let directory = TempDir::new().unwrap();
        copy(&format, directory.path());
        let state = directory.path().join("state");
        let proxy = Proxy::start().await;
        let kms = Kms::with(&proxy, &["--dir", state.to_str().unwrap()]).await;
        let ciphertexts = fs::read(format.join("ciphertexts.json")).unwrap();
        let ciphertexts: Value = serde_json::from_slice(&ciphertexts).unwrap();
        for alias in ALIASES {
            let decrypt = json!({
                "CiphertextBlob": ciphertexts[alias],
                "KeyId": alias,
                "EncryptionContext": { "a": "b", "c": "d" },
            });
            let decrypted = kms.ok("Decrypt", decrypt).await;
            assert_eq!(
                decrypted["Plaintext"],
                PLAINTEXT,
                "{} {alias}",
                format.display()
            );
        }
    }
    assert!(formats > 0);
}

/// Makes the folder of the format of this version:
/// `cargo test -p claviger-local-kms --test api old_states -- --ignored`
#[tokio::test]
#[ignore = "writes into the repository"]
async fn make() {
    let folder = folders().join("1");
    let state = folder.join("state");
    let proxy = Proxy::start().await;
    let kms = Kms::with(&proxy, &["--dir", state.to_str().unwrap()]).await;
    let store = kms.create_key_store(&proxy).await;
    kms.connect(&store).await;
    let keys = [
        kms.create_key(&store, "demo").await,
        kms.create_own_key().await,
    ];
    let mut ciphertexts = json!({});
    for (alias, key) in ALIASES.into_iter().zip(&keys) {
        kms.ok(
            "CreateAlias",
            json!({ "AliasName": alias, "TargetKeyId": key }),
        )
        .await;
        let encrypt = json!({
            "KeyId": key,
            "Plaintext": PLAINTEXT,
            "EncryptionContext": { "a": "b", "c": "d" },
        });
        ciphertexts[alias] = kms.ok("Encrypt", encrypt).await["CiphertextBlob"].clone();
    }
    let tags = json!([{ "TagKey": "a", "TagValue": "b" }]);
    kms.ok("TagResource", json!({ "KeyId": keys[0], "Tags": tags }))
        .await;
    let grant = json!({
        "KeyId": keys[0],
        "GranteePrincipal": "arn:aws:iam::111122223333:role/one",
        "Operations": ["Encrypt"],
    });
    kms.ok("CreateGrant", grant).await;
    kms.ok("RotateKeyOnDemand", json!({ "KeyId": keys[1] }))
        .await;
    kms.ok("EnableKeyRotation", json!({ "KeyId": keys[1] }))
        .await;
    kms.stop().await;
    let written = format!("{ciphertexts:#}\n");
    fs::write(folder.join("ciphertexts.json"), written).unwrap();
}
