//! Keys in software under a key-encryption key that stays on a token.

use toml::Table;

use crate::harness::hsm::{self, HSMS, Hsm, LABELS};
use crate::harness::{Deployment, Folder, base64, plaintext};

const LABEL: &str = "claviger-kek";

/// A folder whose key store has keys in software, in a storage that does not
/// exist yet, under a key on the token `hsm`.
pub(crate) fn folder(on: &'static Hsm) -> Folder {
    let mut folder = Folder::new(Deployment::on(on));
    let backend: Table = r#"
        plugin = "software"
        grants = { log = true, random = true, aead = true, key-storage = "main" }
    "#
    .parse()
    .unwrap();
    folder.set("plugin.software.component", "builtin:backend-software");
    let key_store = folder.main_key_store();
    key_store.insert("backend".to_owned(), backend.into());
    key_store.remove("directory");
    folder.set("storage.main.path", "under-hsm.sqlite");
    name_key(&mut folder, "hsm", LABEL);
    make_key(&folder, LABELS[0], LABEL, "AES:32");
    folder
}

fn softhsm() -> Folder {
    folder(&HSMS[0])
}

fn name_key(folder: &mut Folder, token: &str, label: &str) {
    folder.set("storage.main.key_encryption_key.token", token);
    folder.set("storage.main.key_encryption_key.label", label);
}

/// The command that `examples/claviger.toml` names.
fn make_key(folder: &Folder, token: &str, label: &str, kind: &str) {
    let module = hsm::softhsm();
    let module = module.to_str().unwrap();
    let login = ["--module", module, "--token-label", token, "--login"];
    let key = ["--keygen", "--key-type", kind, "--label", label];
    let manner = ["--pin", hsm::PIN, "--private", "--sensitive"];
    let arguments = [&login[..], &key, &manner].concat();
    hsm::run(folder.directory(), "pkcs11-tool", &arguments);
}

#[track_caller]
fn refused(folder: &Folder, setting: &str, words: &str) {
    let stderr = folder.serve_refuses();
    assert!(stderr.lines().any(|line| line == setting), "{stderr}");
    assert!(stderr.contains(words), "{words}: {stderr}");
}

async fn survives_a_restart(mut folder: Folder) {
    // Only the operator's command makes a storage.
    refused(&folder, "storage.main.path", "does not exist");
    folder.create_key("billing");
    let (good, stderr) = folder.check();
    assert!(good, "{stderr}");

    let server = folder.serve();
    let plaintext = plaintext();
    let call = server.store.encrypt("billing", &plaintext);
    let encrypted = server.send(call).await.ok();
    // A command beside the server has the token open it too.
    let list = ["key", "list", "--key-store", "demo"];
    let listed = server.folder().claviger(&list);
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("billing"), "{listed}");
    folder = server.stop().folder;

    let server = folder.serve();
    let call = server.store.decrypt("billing", &encrypted);
    let decrypted = server.send(call).await.ok();
    assert_eq!(decrypted["plaintext"], base64(&plaintext));
}

#[tokio::test]
async fn keys_under_a_key_on_a_token_survive_a_restart() {
    survives_a_restart(softhsm()).await;
}

/// Each way to have an initialization vector made and carried.
#[tokio::test]
async fn they_do_so_with_every_profile() {
    for hsm in &HSMS[1..] {
        survives_a_restart(folder(hsm)).await;
    }
}

#[test]
fn without_its_token_and_key_a_storage_is_not_served() {
    let mut folder = softhsm();
    folder.create_key("billing");
    let at = |key: &str| format!("storage.main.key_encryption_key.{key}");

    // The file in another host, whose token has a key of the same label.
    make_key(&folder, LABELS[1], LABEL, "AES:32");
    name_key(&mut folder, "other", LABEL);
    refused(&folder, &at("label"), "does not open");
    let (good, stderr) = folder.check();
    assert!(!good && stderr.contains(&at("label")), "{stderr}");
    let output = folder.claviger(&["key", "list", "--key-store", "demo"]);
    assert!(!output.status.success());

    name_key(&mut folder, "hsm", "nothing");
    refused(&folder, &at("label"), "no secret key with this label");
    make_key(&folder, LABELS[0], "short", "AES:16");
    name_key(&mut folder, "hsm", "short");
    refused(&folder, &at("label"), "not an AES key of 256 bits");
    make_key(&folder, LABELS[0], LABEL, "AES:32");
    name_key(&mut folder, "hsm", LABEL);
    refused(&folder, &at("label"), "2 secret keys");
}

#[test]
fn a_token_that_cannot_be_reached_is_a_fault_and_not_an_empty_storage() {
    let mut folder = folder(Hsm::called("cloudhsm").unwrap());
    folder.create_key("billing");
    folder.simulator("hsm").set("device", "lost");
    let setting = "storage.main.key_encryption_key.token";
    refused(&folder, setting, "no session of the token works: ");
}

#[test]
fn a_pin_that_is_refused_is_one_fault_at_its_own_setting() {
    let mut folder = softhsm();
    folder.create_key("billing");
    folder.write_private("credentials/wrong.pin", "not-the-pin");
    folder.set("tokens.hsm.pin_file", "credentials/wrong.pin");
    refused(&folder, "tokens.hsm.pin_file", "the PIN is refused");
    let (_, stderr) = folder.check();
    assert!(!stderr.contains("storage.main"), "{stderr}");
}

#[test]
fn a_storage_made_with_a_file_refuses_a_token_and_the_other_way_round() {
    let mut folder = softhsm();
    folder.create_key("billing");
    let storage = folder.config["storage"]["main"].as_table_mut().unwrap();
    let on_token = storage.remove("key_encryption_key").unwrap();
    folder.write_private("keys.kek", &base64([7; 32]));
    folder.set("storage.main.key_encryption_key_file", "keys.kek");
    let setting = "storage.main.key_encryption_key_file";
    refused(&folder, setting, "made with a key on a token");

    folder.set("storage.main.path", "under-file.sqlite");
    folder.create_key("billing");
    let storage = folder.config["storage"]["main"].as_table_mut().unwrap();
    storage.remove("key_encryption_key_file");
    storage.insert("key_encryption_key".to_owned(), on_token);
    let setting = "storage.main.key_encryption_key";
    refused(&folder, setting, "made with a key in a file");
}

#[test]
fn a_key_that_cannot_be_used_makes_no_storage() {
    let mut folder = softhsm();
    name_key(&mut folder, "hsm", "nothing");
    folder.save();
    let output = folder.claviger(&["key", "create", "--key-store", "demo", "billing"]);
    assert!(!output.status.success());
    assert!(!folder.path("under-hsm.sqlite").exists());
}
