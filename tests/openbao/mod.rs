//! `backend-vault` on a real OpenBao: what a server, its operator and the network do to
//! it. The conformance tests run on it, too (`tests/conformance.rs`).

mod faults;
mod logins;
mod seen;

use serde_json::{Value, json};

use crate::harness::demo::{decrypts, round_trip, until};
use crate::harness::openbao::{OpenBao, ROOT, mount_of, settle_on};
use crate::harness::{Deployment, Folder, Response, assert_xks_error, base64, plaintext};

/// The policy of a proxy: it reads, encrypts and decrypts, and makes nothing.
const POLICY: &str = r#"
    path "+/keys/+" { capabilities = ["read"] }
    path "+/encrypt/+" { capabilities = ["update"] }
    path "+/decrypt/+" { capabilities = ["update"] }
"#;

/// A folder whose keys are on this server, where the root token is not used.
fn folder_on(server: &OpenBao) -> Folder {
    let mut folder = Folder::new(Deployment::software());
    let directory = folder.directory().to_owned();
    settle_on(server, &directory, &mut folder.config);
    folder.deployment = Deployment::openbao();
    write_policy(server, POLICY);
    folder
}

fn write_policy(server: &OpenBao, policy: &str) {
    let body = json!({ "policy": policy });
    server.ok("POST", "sys/policies/acl/claviger", &body);
}

/// Has the folder's backend log in by a role of this server, whose tokens live so long.
fn log_in_by_role(folder: &mut Folder, server: &OpenBao, ttl: &str, most: &str) {
    server.ok("POST", "sys/auth/approle", &json!({ "type": "approle" }));
    let role = json!({
        "token_policies": "claviger",
        "token_ttl": ttl,
        "token_max_ttl": most,
    });
    server.ok("POST", "auth/approle/role/claviger", &role);
    let id = server.ok("GET", "auth/approle/role/claviger/role-id", &Value::Null);
    let secret = server.ok("POST", "auth/approle/role/claviger/secret-id", &json!({}));
    let secret = secret["data"]["secret_id"].as_str().unwrap();
    folder.write_private("credentials/secret-id", secret);
    folder.set("secret.secret-id.file", "credentials/secret-id");
    folder.set("secret.secret-id.reveal", true);
    let backend = &mut folder.main_key_store()["backend"];
    backend["grants"]["secrets"] = vec!["secret-id"].into();
    let login = format!(
        "method = \"approle\"\nrole_id = {}\nsecret_id = \"secret-id\"",
        id["data"]["role_id"]
    );
    let login: toml::Table = login.parse().unwrap();
    backend["settings"]["login"] = login.into();
}

#[tokio::test]
async fn a_rotation_on_the_server_is_followed_and_old_versions_decrypt() {
    let bao = OpenBao::start();
    let server = folder_on(&bao).serve();
    let mount = mount_of(&server.folder().config["key_store"][0]);
    let text = plaintext();
    let before = server.send(server.store.encrypt("demo", &text)).await.ok();
    bao.ok("POST", &format!("{mount}/keys/demo/rotate"), &json!({}));
    let rotated =
        |response: &Response| response.ok()["ciphertextMetadata"] != before["ciphertextMetadata"];
    let after = until(&server, rotated).await.ok();
    for encrypted in [&before, &after] {
        decrypts(&server, encrypted).await;
    }
    let opened = server
        .send(server.store.decrypt("demo", &before))
        .await
        .ok();
    assert_eq!(opened["plaintext"], base64(&text));
    // What the operator has taken back is refused as that, and not as a wrong ciphertext.
    let config = json!({ "min_decryption_version": 2 });
    bao.ok("POST", &format!("{mount}/keys/demo/config"), &config);
    let archived = server.send(server.store.decrypt("demo", &before)).await;
    assert_xks_error(&archived, 400, "InvalidStateException");
    server.send(server.store.decrypt("demo", &after)).await.ok();
    server.stop();
}

#[tokio::test]
async fn as_many_requests_as_there_are_instances_do_not_wait_for_one_another() {
    let bao = OpenBao::start();
    let mut folder = folder_on(&bao);
    // A request that held one from its lookup on would leave none for its encryption.
    folder.set("plugin.vault.instances", 1);
    let server = folder.serve();
    for _ in 0..10 {
        round_trip(&server).await;
    }
    server.stop();
}

#[tokio::test]
async fn xks_056_encrypting_makes_no_key() {
    let bao = OpenBao::start();
    // Even where the token may: it is the root's.
    let server = folder_on(&bao).serve();
    let mount = mount_of(&server.folder().config["key_store"][0]);
    for key in ["no-such-key", "Demo", "demo-", ".demo"] {
        let response = server.send(server.store.encrypt(key, plaintext())).await;
        assert_xks_error(&response, 404, "KeyNotFoundException");
    }
    let answer = bao.ask(
        "GET",
        &format!("{mount}/keys/no-such-key"),
        &Value::Null,
        ROOT,
    );
    assert_eq!(answer.status, 404);
    server.stop();
}

#[tokio::test]
async fn the_operator_sees_keys_and_is_told_how_to_make_them() {
    let bao = OpenBao::start();
    let folder = folder_on(&bao);
    folder.save();
    let list = folder.claviger(&["key", "list", "--key-store", "demo"]);
    let list = String::from_utf8(list.stdout).unwrap();
    for key in ["demo ", "demo-encrypt-only", "demo-disabled"] {
        assert!(list.contains(key), "{list}");
    }
    assert!(!list.contains("claviger-health"), "{list}");
    let made = folder.claviger(&["key", "create", "--key-store", "demo", "new"]);
    let told = String::from_utf8(made.stderr).unwrap();
    assert!(
        !made.status.success() && told.contains("bao write -f transit-"),
        "{told}"
    );
}
