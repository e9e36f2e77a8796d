//! What earlier commits have encrypted is decrypted, and the state that they left is
//! opened: `old-states/README.md` says what there is.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::harness::certificates::Authority;
use crate::harness::guests::repository;
use crate::harness::hsm::{self, Hsm};
use crate::harness::{Deployment, Folder, Server, assert_xks_error, base64, plaintext, text};

/// The state folder of this name that this commit made, ready to be served.
fn state(commit: &str, name: &str, deployment: Deployment) -> Folder {
    let made = repository()
        .join("tests/old-states")
        .join(commit)
        .join(name);
    let folder = Folder::copy_of(&made, deployment);
    keep_private(folder.directory());
    // The certificates of that day have expired.
    let authority = Authority::new("Claviger development CA");
    let identity = authority.server(&rcgen::PKCS_ECDSA_P256_SHA256);
    fs::create_dir(folder.path("tls")).unwrap();
    fs::write(folder.path("ca.pem"), authority.pem()).unwrap();
    fs::write(folder.path("tls/server.pem"), &identity.chain).unwrap();
    folder.write_private("tls/server.key", &identity.key);
    folder
}

/// Gives files the mode that they had, which Git does not keep.
fn keep_private(directory: &Path) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let mode = if path.is_dir() { 0o700 } else { 0o600 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        if path.is_dir() {
            keep_private(&path);
        }
    }
}

/// With keys in software alone.
fn software(commit: &str) -> Folder {
    state(commit, "software", Deployment::software())
}

/// With a `SoftHSM` token.
fn token(commit: &str) -> Folder {
    let deployment = Deployment {
        key_store: "ledgers",
        ..Deployment::on(Hsm::called("softhsm").unwrap())
    };
    let mut folder = state(commit, "token", deployment);
    hsm::point_to_tokens(folder.directory());
    // Where this machine has the library.
    folder.set("tokens.hsm.module", text(&hsm::softhsm()));
    move_the_profile(&mut folder);
    accept_the_shared_token(&mut folder);
    folder
}

/// The token of a storage's key could be granted to plugins, and must be said to be.
fn accept_the_shared_token(folder: &mut Folder) {
    let setting = "storage.under-token.key_encryption_key.open_to_plugins";
    let (good, faults) = folder.check();
    assert!(!good && faults.contains(setting), "{faults}");
    folder.set(setting, true);
}

/// The profile of an HSM stood where the token was used, and belongs to the token
/// now. The faults tell an operator to do this.
fn move_the_profile(folder: &mut Folder) {
    let (good, faults) = folder.check();
    assert!(!good && faults.contains("tokens.hsm.profile"), "{faults}");
    let key_of_storage = &mut folder.config["storage"]["under-token"]["key_encryption_key"];
    let key_of_storage = key_of_storage.as_table_mut().unwrap();
    let profile = key_of_storage.remove("profile").unwrap();
    for key_store in folder.config["key_store"].as_array_mut().unwrap() {
        if let Some(settings) = key_store["backend"].get_mut("settings") {
            settings.as_table_mut().unwrap().remove("profile");
        }
    }
    folder.set("tokens.hsm.profile", profile);
}

/// What the commit encrypted.
fn ciphertexts(folder: &Folder) -> Vec<Value> {
    let file = fs::read_to_string(folder.path("ciphertexts.json")).unwrap();
    serde_json::from_str(&file).unwrap()
}

/// Decrypts each of them, or is refused as it has to be.
async fn decrypt_all(server: &mut Server, ciphertexts: &[Value]) {
    for made in ciphertexts {
        let member = |name: &str| made[name].as_str();
        let store = server.key_store(member("key_store").unwrap());
        let mut call = store.decrypt(member("key").unwrap(), &made["encrypted"]);
        if let Some(aad) = member("aad") {
            call = call.with("additionalAuthenticatedData", aad);
        }
        let response = server.send(call.clone()).await;
        if let Some(refused) = member("refused") {
            assert_xks_error(&response, 400, refused);
            continue;
        }
        assert_eq!(response.ok()["plaintext"], made["plaintext"], "{made}");
        let response = server.send(call.with_aad("another context")).await;
        assert_xks_error(&response, 400, "InvalidCiphertextException");
    }
}

/// The key versions that have encrypted: key store, key, and the metadata of their
/// ciphertexts, which names the version.
fn versions(ciphertexts: &[Value]) -> Vec<String> {
    let version = |made: &Value| {
        ["/key_store", "/key", "/encrypted/ciphertextMetadata"]
            .map(|path| made.pointer(path).and_then(Value::as_str).unwrap_or("none"))
            .join(" ")
    };
    let mut versions: Vec<_> = ciphertexts.iter().map(version).collect();
    versions.dedup();
    versions
}

/// Encrypts under a version that the commit did not have, and decrypts it.
async fn encrypt_under_a_new_version(
    server: &mut Server,
    key_store: &str,
    key: &str,
    old: &[Value],
) {
    let store = server.key_store(key_store);
    let text = plaintext();
    let call = store.encrypt(key, &text).with_aad("context");
    let encrypted = server.send(call.with_integrity_value()).await.ok();
    let metadata = &encrypted["ciphertextMetadata"];
    let known = old
        .iter()
        .filter(|made| made["key_store"] == key_store && made["key"] == key)
        .any(|made| made["encrypted"]["ciphertextMetadata"] == *metadata);
    assert!(!known, "{metadata}");
    let call = store.decrypt(key, &encrypted).with_aad("context");
    assert_eq!(server.send(call).await.ok()["plaintext"], base64(text));
}

/// Changes a key where the key store has it.
fn key(folder: &Folder, action: &str, key_store: &str, key: &str) {
    folder.save();
    folder.key(action, key_store, key);
}

#[tokio::test]
async fn state_of_8d8a863_opens_and_every_ciphertext_decrypts() {
    let folder = software("8d8a863");
    let made = ciphertexts(&folder);
    let expected = ["demo", "guest"].into_iter().flat_map(|key_store| {
        [
            "demo AQAAAAE=",
            "demo AQAAAAI=",
            "demo AQAAAAM=",
            "demo-encrypt-only AQAAAAE=",
            "retired AQAAAAE=",
        ]
        .map(|version| format!("{key_store} {version}"))
    });
    assert_eq!(versions(&made), expected.collect::<Vec<_>>());

    let mut server = folder.serve();
    decrypt_all(&mut server, &made).await;
    let folder = server.stop().folder;

    // Keys can be changed, and what was disabled opens again.
    for key_store in ["demo", "guest"] {
        key(&folder, "rotate", key_store, "demo");
        key(&folder, "enable", key_store, "retired");
    }
    let mut server = folder.serve();
    let made: Vec<_> = made.into_iter().map(enabled).collect();
    decrypt_all(&mut server, &made).await;
    for key_store in ["demo", "guest"] {
        encrypt_under_a_new_version(&mut server, key_store, "demo", &made).await;
    }
}

#[tokio::test]
async fn token_of_8d8a863_opens_and_every_ciphertext_decrypts() {
    let folder = token("8d8a863");
    let made = ciphertexts(&folder);
    assert_eq!(
        versions(&made),
        [
            "ledgers orders AQAAAAE=",
            "ledgers orders AQAAAAI=",
            "under-token demo AQAAAAE=",
            "under-token demo AQAAAAI=",
            "moved billing none",
            "ledgers closed AQAAAAE=",
        ]
    );

    let mut server = folder.serve();
    decrypt_all(&mut server, &made).await;
    let stopped = server.stop();
    let theirs = |record: &Value| record["aad_convention"] == "sample-proxy";
    assert!(stopped.audit.iter().any(theirs));
    let mut folder = stopped.folder;

    key(&folder, "rotate", "ledgers", "orders");
    key(&folder, "rotate", "under-token", "demo");
    let directory = &mut folder.key_store("ledgers")["directory"];
    directory["settings"]["disabled"] = Vec::<toml::Value>::new().into();
    // The step of the migration guide after the one at which they were made.
    let moved = folder.key_store("moved");
    moved.insert("aad_convention".to_owned(), "decrypt-sample-proxy".into());
    let mut server = folder.serve();
    let made: Vec<_> = made.into_iter().map(enabled).collect();
    decrypt_all(&mut server, &made).await;
    encrypt_under_a_new_version(&mut server, "ledgers", "orders", &made).await;
    encrypt_under_a_new_version(&mut server, "under-token", "demo", &made).await;
}

/// The ciphertext of a disabled key, once the key is enabled.
fn enabled(mut made: Value) -> Value {
    if made["refused"] == "InvalidStateException" {
        made.as_object_mut().unwrap().remove("refused");
    }
    made
}
