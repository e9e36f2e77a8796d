//! Plugins in other languages than Rust: FLT-90, FLT-91. `examples/languages` builds them.

use toml::{Table, Value};

use crate::harness::deployment::{program, shared_directory};
use crate::harness::guests::Guest;
use crate::harness::{Deployment, Folder, Server, assert_xks_error, base64, hex, plaintext};

/// What is said when a component is not there.
const BUILD: &str = "build the examples first: bash examples/languages js, python and c";

fn component(role: &str, language: &str) -> Guest {
    use sha2::{Digest as _, Sha256};
    let target = shared_directory();
    let target = target.parent().expect("a folder of the target");
    let path = target.join(format!("languages/{role}-{language}.wasm"));
    let bytes = std::fs::read(&path).expect(BUILD);
    Guest {
        path,
        digest: format!("sha256:{}", hex(&Sha256::digest(bytes))),
    }
}

pub(crate) fn plugin(role: &str, language: &str) -> Table {
    let mut table = component(role, language).plugin();
    table.insert("memory_mib".to_owned(), 32.into());
    // This build of the host compiles slowly.
    let compile: Table = "seconds = 600\nmemory_mib = 4096".parse().unwrap();
    table.insert("compile".to_owned(), compile.into());
    table
}

pub(crate) fn table(toml: &str) -> Value {
    Value::Table(toml.parse().expect("TOML"))
}

fn inspected(role: &str, language: &str, world: &str) {
    let output = program()
        .args(["plugin", "inspect", "--json"])
        .arg(component(role, language).path)
        .output()
        .expect("the program starts");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["world"], world, "{report}");
    assert!(report["plugin"]["name"].is_string(), "{report}");
}

async fn a_policy_decides(language: &str) {
    inspected("policy", language, "authorization-policy");
    let server = Server::start_with(|folder| {
        folder.set("plugin.operations", plugin("policy", language));
        let policy = "plugin = 'operations'\nsettings = { operations = ['Decrypt'] }";
        let policies = folder.main_key_store()["policy"].as_array_mut().unwrap();
        policies.push(table(policy));
    });
    for _ in 0..20 {
        let denied = server.send(server.store.encrypt("demo", plaintext())).await;
        assert_xks_error(&denied, 403, "AccessDeniedException");
    }
    let call = server.store.encrypt("demo", plaintext());
    let allowed = call.with("requestMetadata/kmsOperation", "Decrypt");
    server.send(allowed).await.ok();
    let audit = server.stop().audit;
    let denial = audit.iter().find(|record| record["status"] == 403).unwrap();
    assert_eq!(denial["policy"]["plugin"], "operations", "{denial}");
    let reason = denial["policy"]["reason"].as_str().unwrap();
    assert!(reason.contains("Encrypt"), "{denial}");

    // Every fault of the settings, with its path.
    let mut folder = Folder::new(Deployment::software());
    folder.set("plugin.operations", plugin("policy", language));
    let policy = "plugin = 'operations'\nsettings = { operations = ['Encrypt', 7], more = 1 }";
    let policies = folder.main_key_store()["policy"].as_array_mut().unwrap();
    policies.push(table(policy));
    let (good, said) = folder.check();
    assert!(!good, "{said}");
    for path in ["settings.operations[1]", "settings.more"] {
        let path = format!("key_store[0].policy[1].{path}");
        assert!(said.contains(&path), "{path}: {said}");
    }
}

async fn a_backend_encrypts(language: &str) {
    inspected("backend", language, "key-backend");
    let mut server = Server::start_with(|folder| {
        folder.set("plugin.example", plugin("backend", language));
        folder.add_key_store("example");
        let backend = table("plugin = 'example'\ngrants = { aead = true, key-storage = 'main' }");
        folder
            .key_store("example")
            .insert("backend".to_owned(), backend);
        folder.save();
        for key in ["first", "second"] {
            folder.key("create", "example", key);
        }
        let list = folder.claviger(&["key", "list", "--key-store", "example"]);
        let list = String::from_utf8(list.stdout).unwrap();
        assert!(list.contains("first") && list.contains("second"), "{list}");
    });
    let store = server.key_store("example");
    for _ in 0..20 {
        let plaintext = plaintext();
        let call = store.encrypt("first", &plaintext).with_aad("context");
        let encrypted = server.send(call.with_integrity_value()).await.ok();
        let call = store.decrypt("first", &encrypted).with_aad("context");
        let decrypted = server.send(call).await.ok();
        assert_eq!(decrypted["plaintext"], base64(&plaintext));
        let wrong = store.decrypt("second", &encrypted).with_aad("context");
        let wrong = server.send(wrong).await;
        assert_xks_error(&wrong, 400, "InvalidCiphertextException");
    }
    let missing = server.send(store.encrypt("third", plaintext())).await;
    assert_xks_error(&missing, 404, "KeyNotFoundException");
    let health = server.send(store.health()).await.ok();
    assert_eq!(
        health["ekmFleetDetails"][0]["healthStatus"], "ACTIVE",
        "{health}"
    );
    server.stop();
}

#[tokio::test]
async fn flt_91_a_policy_in_javascript() {
    a_policy_decides("js").await;
}

#[tokio::test]
async fn flt_91_a_backend_in_javascript() {
    a_backend_encrypts("js").await;
}

#[tokio::test]
async fn flt_90_a_policy_in_python() {
    a_policy_decides("python").await;
}

#[tokio::test]
async fn flt_90_a_backend_in_python() {
    a_backend_encrypts("python").await;
}

#[tokio::test]
async fn flt_90_a_policy_in_c() {
    a_policy_decides("c").await;
}

#[tokio::test]
async fn flt_90_a_backend_in_c() {
    a_backend_encrypts("c").await;
}
