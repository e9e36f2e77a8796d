//! What stops a plugin before it runs: contract, digest, grants, settings.

use crate::harness::guests::{misbehaving, misbehaving_guest, wrong_contract_guest};
use crate::harness::{Deployment, Folder};

fn folder() -> Folder {
    Folder::new(Deployment::software())
}

#[test]
fn another_contract_version_is_refused_by_name() {
    let mut folder = folder();
    folder.set("plugin.stranger", wrong_contract_guest().plugin());
    let backend = &mut folder.main_key_store()["backend"];
    backend["plugin"] = "stranger".into();
    let stderr = folder.serve_refuses();
    assert!(stderr.contains("plugin.stranger"), "{stderr}");
    assert!(stderr.contains("0.1.0"), "the host's version: {stderr}");
    assert!(stderr.contains("0.9.0"), "the plugin's version: {stderr}");
}

#[test]
fn another_digest_is_refused() {
    let mut folder = folder();
    misbehaving(&mut folder);
    let digest = format!("sha256:{}", "0".repeat(64));
    folder.set("plugin.misbehaving.digest", digest);
    let stderr = folder.serve_refuses();
    assert!(stderr.contains("plugin.misbehaving.digest"), "{stderr}");
    // It says what it found: to be copied, when that is what was meant.
    assert!(stderr.contains(&misbehaving_guest().digest), "{stderr}");
}

#[test]
fn a_file_that_is_no_component_is_refused() {
    for contents in [&b""[..], b"not wasm", b"\0asm\x01\0\0\0"] {
        let mut folder = folder();
        misbehaving(&mut folder);
        std::fs::write(folder.path("broken.wasm"), contents).unwrap();
        folder.set("plugin.misbehaving.component", "broken.wasm");
        folder.set("plugin.misbehaving.digest", "unchecked");
        let stderr = folder.serve_refuses();
        assert!(stderr.contains("plugin.misbehaving"), "{stderr}");
    }
}

#[test]
fn an_unknown_builtin_is_refused() {
    let mut folder = folder();
    folder.set("plugin.software.component", "builtin:backend-nothing");
    let stderr = folder.serve_refuses();
    assert!(stderr.contains("plugin.software.component"), "{stderr}");
    assert!(
        stderr.contains("backend-software"),
        "what there is: {stderr}"
    );
}

#[test]
fn a_grant_that_is_missing_is_named() {
    for grant in ["random", "key-storage"] {
        let mut folder = folder();
        let grants = folder.main_key_store()["backend"]["grants"].as_table_mut();
        grants.unwrap().remove(grant).expect("dev grants it");
        let stderr = folder.serve_refuses();
        let path = "key_store[0].backend.grants";
        assert!(stderr.contains(path), "{stderr}");
        assert!(stderr.contains(grant), "{stderr}");
    }
}

#[test]
fn a_grant_that_is_superfluous_is_named() {
    let mut folder = folder();
    let policy = folder.main_key_store()["policy"][0].as_table_mut().unwrap();
    let mut grants = toml::Table::new();
    grants.insert("key-storage".to_owned(), "main".into());
    policy.insert("grants".to_owned(), grants.into());
    let stderr = folder.serve_refuses();
    assert!(stderr.contains("key_store[0].policy[0].grants"), "{stderr}");
    assert!(stderr.contains("key-storage"), "{stderr}");
}

#[test]
fn a_plugin_in_the_wrong_role_is_refused() {
    let mut folder = folder();
    folder.main_key_store()["backend"]["plugin"] = "allow-list".into();
    let stderr = folder.serve_refuses();
    assert!(stderr.contains("key_store[0].backend"), "{stderr}");
    assert!(stderr.contains("authorization-policy"), "{stderr}");
}

#[test]
fn faults_of_plugin_settings_stop_the_start_with_their_key_paths() {
    let mut folder = folder();
    let backend = folder.main_key_store()["backend"].as_table_mut().unwrap();
    let mut settings = toml::Table::new();
    settings.insert("cipher".to_owned(), "rot13".into());
    settings.insert("cypher".to_owned(), "host".into());
    backend.insert("settings".to_owned(), settings.into());
    let stderr = folder.serve_refuses();
    for key in ["cipher", "cypher"] {
        let path = format!("key_store[0].backend.settings.{key}");
        assert!(stderr.contains(&path), "{stderr}");
    }
}

#[test]
fn serve_makes_no_storage() {
    let mut folder = folder();
    folder.set("storage.main.path", "another.sqlite");
    let stderr = folder.serve_refuses();
    assert!(stderr.contains("storage.main.path"), "{stderr}");
    assert!(!folder.path("another.sqlite").exists());
}

#[test]
fn a_key_encryption_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder();
    let readable = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(folder.path("keys.kek"), readable).unwrap();
    let stderr = folder.serve_refuses();
    assert!(stderr.contains("key_encryption_key_file"), "{stderr}");
    assert!(
        stderr.contains("0600") || stderr.contains("600"),
        "{stderr}"
    );
}

#[test]
fn another_key_encryption_key_opens_nothing() {
    let folder = folder();
    folder.write_private("keys.kek", &crate::harness::base64([7; 32]));
    folder.save();
    let output = folder.claviger(&["key", "list", "--key-store", "demo"]);
    assert!(!output.status.success());
}
