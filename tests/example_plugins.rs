//! The crates in `examples/` are what they claim: short, built outside the
//! workspace with a plain `cargo build`, and serving.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::harness::guests::{build, repository};
use crate::harness::{Server, assert_xks_error, base64, plaintext};

/// The longest example, in lines, its tests left out.
const LONGEST: usize = 100;

fn table(toml: &str) -> Value {
    Value::Table(toml.parse().expect("TOML"))
}

#[test]
fn every_example_is_short_and_tested_here() {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(repository().join("examples")).unwrap() {
        let path = entry.unwrap().path();
        let Ok(source) = std::fs::read_to_string(path.join("src/lib.rs")) else {
            continue;
        };
        let lines = source
            .lines()
            .take_while(|line| !line.contains("test]"))
            .count();
        assert!(lines < LONGEST, "{}: {lines} lines", path.display());
        names.insert(path.file_name().unwrap().to_string_lossy().into_owned());
    }
    let tested = ["backend-minimal", "directory-prefix", "policy-region"].map(str::to_owned);
    assert_eq!(names, BTreeSet::from(tested));
}

#[tokio::test]
async fn the_example_backend_encrypts_and_decrypts() {
    let mut server = Server::start_with(|folder| {
        folder.set("plugin.example", build("examples/backend-minimal").plugin());
        folder.add_key_store("example");
        let backend = table("plugin = 'example'\ngrants = { aead = true, key-storage = 'main' }");
        folder
            .key_store("example")
            .insert("backend".to_owned(), backend);
        folder.save();
        folder.key("create", "example", "first");
        folder.key("create", "example", "second");
    });
    let store = server.key_store("example");
    let plaintext = plaintext();
    let call = store.encrypt("first", &plaintext).with_aad("context");
    let encrypted = server.send(call.with_integrity_value()).await.ok();
    let call = store.decrypt("first", &encrypted).with_aad("context");
    let decrypted = server.send(call).await.ok();
    assert_eq!(decrypted["plaintext"], base64(&plaintext));
    let response = server
        .send(store.decrypt("second", &encrypted).with_aad("context"))
        .await;
    assert_xks_error(&response, 400, "InvalidCiphertextException");
    let response = server.send(store.metadata("third")).await;
    assert_xks_error(&response, 404, "KeyNotFoundException");
    server.send(store.health()).await.ok();
    // It cannot rotate, and says so.
    let output = server
        .folder()
        .claviger(&["key", "rotate", "--key-store", "example", "first"]);
    assert!(!output.status.success());
}

#[tokio::test]
async fn the_example_policy_denies_other_regions() {
    let server = Server::start_with(|folder| {
        folder.set("plugin.region", build("examples/policy-region").plugin());
        let policy = table("plugin = 'region'\nsettings = { regions = ['us-east-2'] }");
        let policies = folder.main_key_store()["policy"].as_array_mut();
        policies.expect("dev has one policy").push(policy);
    });
    let call = server.store.encrypt("demo", plaintext());
    server.send(call.clone()).await.ok();
    server.send(server.store.metadata("demo")).await.ok();
    let elsewhere = "arn:aws:kms:eu-west-1:123456789012:key/1234";
    let call = call.with("requestMetadata/kmsKeyArn", elsewhere);
    let response = server.send(call).await;
    assert_xks_error(&response, 403, "AccessDeniedException");
    let audit = server.stop().audit;
    assert_eq!(audit[2]["policy"]["plugin"], "region", "{}", audit[2]);
    assert_eq!(audit[2]["policy"]["statement"], "regions", "{}", audit[2]);
}

#[tokio::test]
async fn the_example_directory_puts_a_prefix_in_front() {
    let server = Server::start_with(|folder| {
        folder.set("plugin.prefix", build("examples/directory-prefix").plugin());
        let directory = table("plugin = 'prefix'\nsettings = { prefix = 'demo-' }");
        folder
            .main_key_store()
            .insert("directory".to_owned(), directory);
    });
    let response = server.send(server.store.metadata("disabled")).await.ok();
    assert_eq!(response["keyStatus"], "DISABLED", "{response}");
    let response = server.send(server.store.metadata("demo")).await;
    assert_xks_error(&response, 404, "KeyNotFoundException");
}

#[test]
fn the_example_policy_reports_its_faults() {
    let mut folder = crate::harness::Folder::new(crate::harness::Deployment::software());
    folder.set("plugin.region", build("examples/policy-region").plugin());
    let mut policy = Table::new();
    policy.insert("plugin".to_owned(), "region".into());
    policy.insert(
        "settings".to_owned(),
        table("regions = ['eu-central-1', 'mars']"),
    );
    folder.main_key_store()["policy"] = Value::Array(vec![policy.into()]);
    let (good, stderr) = folder.check();
    assert!(!good);
    assert!(
        stderr.contains("key_store[0].policy[0].settings.regions[1]"),
        "{stderr}"
    );
}
