//! `claviger key` and `claviger check` with keys on a token.

use std::process::Output;

use super::folder;
use crate::harness::hsm::{FOREIGN_LABEL, PIN, make_key};
use crate::harness::{Folder, Server, base64, plaintext};

/// A folder whose configuration is written.
fn saved() -> Folder {
    let folder = folder("softhsm");
    folder.save();
    folder
}

fn key(folder: &Folder, arguments: &[&str]) -> Output {
    folder.claviger(&[&["key"], arguments, &["--key-store", "demo"]].concat())
}

#[track_caller]
fn answer(folder: &Folder, arguments: &[&str]) -> String {
    let output = key(folder, arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[track_caller]
fn refusal(folder: &Folder, arguments: &[&str]) -> String {
    let output = key(folder, arguments);
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).expect("UTF-8")
}

#[test]
fn keys_are_made_listed_shown_and_rotated() {
    let folder = saved();
    let line = "made-here  AES_256  ENCRYPT,DECRYPT  ENABLED   version 1 of 1\n";
    assert_eq!(answer(&folder, &["create", "made-here"]), line);
    assert_eq!(answer(&folder, &["show", "made-here"]), line);
    let line = "made-here  AES_256  ENCRYPT,DECRYPT  ENABLED   version 2 of 2\n";
    assert_eq!(answer(&folder, &["rotate", "made-here"]), line);
    let line = "only  AES_256  ENCRYPT          ENABLED   version 1 of 1\n";
    assert_eq!(
        answer(&folder, &["create", "only", "--usage", "encrypt"]),
        line
    );
    assert_eq!(
        answer(&folder, &["list"]),
        "demo               AES_256  ENCRYPT,DECRYPT  ENABLED   version 1 of 1\n\
         demo-decrypt-only  AES_256  DECRYPT          ENABLED   version 1 of 1\n\
         demo-disabled      AES_256  ENCRYPT,DECRYPT  ENABLED   version 1 of 1\n\
         demo-encrypt-only  AES_256  ENCRYPT          ENABLED   version 1 of 1\n\
         demo-no-usage      AES_256  NONE             ENABLED   version 1 of 1\n\
         made-here          AES_256  ENCRYPT,DECRYPT  ENABLED   version 2 of 2\n\
         only               AES_256  ENCRYPT          ENABLED   version 1 of 1\n"
    );
}

#[test]
fn what_a_token_cannot_do_is_said() {
    let folder = saved();
    let report = refusal(&folder, &["create", "demo"]);
    assert!(
        report.contains("demo: there is a key of this id already"),
        "{report}"
    );
    let report = refusal(&folder, &["create", "claviger-health"]);
    assert!(
        report.contains("there is a key of this id already"),
        "{report}"
    );
    for action in ["show", "rotate"] {
        let report = refusal(&folder, &[action, "nothing"]);
        assert!(
            report.contains("nothing: there is no key of this id"),
            "{report}"
        );
    }
    let report = refusal(&folder, &["disable", "demo"]);
    let said = "demo: the backend cannot do this: a PKCS#11 token has no switch for a key: list \
                the id in `disabled` of a `directory-map`, deny it by a policy, or take \
                CKA_ENCRYPT and CKA_DECRYPT away with the HSM's own tool";
    assert!(report.contains(said), "{report}");
}

#[test]
fn a_key_without_versions_is_not_rotated() {
    let mut folder = folder("softhsm");
    folder.main_key_store()["backend"]["settings"]["label"] = "{key}".into();
    folder.save();
    answer(&folder, &["create", "plain"]);
    let report = refusal(&folder, &["rotate", "plain"]);
    let said = "plain: the backend cannot do this: the key has no versions: list its objects in \
                the setting `keys`, or put {version} into the setting `label`";
    assert!(report.contains(said), "{report}");
}

/// Without its key the health check can only say that it could not look.
#[tokio::test]
async fn the_key_for_health_checks_is_made_when_asked_for() {
    let status = async |folder: Folder| {
        let server = folder.serve();
        let answer = server.send(server.store.health()).await.ok();
        let manager = answer["ekmFleetDetails"][0].clone();
        (manager["healthStatus"].clone(), server.stop())
    };
    let mut folder = folder("softhsm");
    let settings = folder.main_key_store()["backend"]["settings"].as_table_mut();
    settings
        .unwrap()
        .insert("health_key".to_owned(), "pulse".into());
    let (health, stopped) = status(folder).await;
    assert_eq!(health, "DEGRADED");
    let said = "token hsm: it has no key for health checks; make it: claviger key create pulse";
    assert!(stopped.stderr.contains(said), "{}", stopped.stderr);
    answer(&stopped.folder, &["create", "pulse"]);
    let (health, _) = status(stopped.folder).await;
    assert_eq!(health, "ACTIVE");
}

/// What an operator makes with the tool of `OpenSC`.
#[tokio::test]
async fn a_key_of_another_tool_is_used() {
    let mut folder = folder("softhsm");
    folder.main_key_store().remove("directory");
    folder.main_key_store()["backend"]["settings"]["label"] = "{key}".into();
    make_key(folder.directory(), "AES:32", "by-hand");
    make_key(folder.directory(), "AES:16", "too-short");
    let server = folder.serve();
    let plaintext = plaintext();
    let call = server
        .store
        .encrypt("by-hand", &plaintext)
        .with_integrity_value();
    let encrypted = server.send(call).await.ok();
    let call = server.store.decrypt("by-hand", &encrypted);
    assert_eq!(
        server.send(call).await.ok()["plaintext"],
        base64(&plaintext)
    );
    // A key of another length says so, and is not used.
    let answer = server.send(server.store.metadata("too-short")).await.ok();
    assert_eq!(answer["keySpec"], "AES_128");
    let response = server
        .send(server.store.encrypt("too-short", "plaintext"))
        .await;
    crate::harness::assert_xks_error(&response, 400, "InvalidKeyUsageException");
}

/// Two objects of one label: which is meant is not known, so neither is used.
#[tokio::test]
async fn an_ambiguous_label_is_no_key() {
    let mut folder = folder("softhsm");
    folder.create_key("twice");
    make_key(folder.directory(), "AES:32", "twice.v1");
    let server = folder.serve();
    let response = server.send(server.store.metadata("twice")).await;
    crate::harness::assert_xks_error(&response, 404, "KeyNotFoundException");
    let stderr = server.stop().stderr;
    let said = "token hsm has 2 keys with the label twice.v1: none of them is used until all but \
                one are renamed or removed";
    assert!(stderr.contains(said), "{stderr}");
}

/// The report of `claviger check` about one setting that is wrong.
#[track_caller]
fn fault(change: impl FnOnce(&mut Folder)) -> String {
    let mut folder = folder("softhsm");
    change(&mut folder);
    let (good, report) = folder.check();
    assert!(!good, "{report}");
    assert!(
        !report.contains(PIN) && !report.contains(FOREIGN_LABEL),
        "{report}"
    );
    report
}

#[test]
fn check_accepts_a_token() {
    let (good, report) = folder("softhsm").check();
    assert!(good, "{report}");
}

#[test]
fn check_names_a_library_that_is_missing_or_none() {
    let report = fault(|folder| folder.set("tokens.hsm.module", "nowhere.so"));
    let entry = "tokens.hsm.module
  problem: cannot be loaded: No such file or directory (os error 2)
  fix:     name the vendor's PKCS#11 library
";
    assert!(report.contains(entry), "{report}");
    let report = fault(|folder| folder.set("tokens.hsm.module", "claviger.toml"));
    let entry = "tokens.hsm.module\n  problem: cannot be loaded: ";
    assert!(report.contains(entry), "{report}");
}

#[test]
fn check_names_a_pin_that_is_refused() {
    let report = fault(|folder| folder.write_private("credentials/hsm.pin", "not-the-right-one"));
    let entry = "tokens.hsm.pin_file
  problem: the PIN is refused (return value 0xa0, PinIncorrect)
  fix:     write the PIN of the token's user; too many attempts lock it
";
    assert!(report.contains(entry), "{report}");
    assert!(!report.contains("not-the-right-one"), "{report}");
}

#[test]
fn check_names_a_token_that_is_not_there() {
    let report = fault(|folder| folder.set("tokens.hsm.token_label", "nobody"));
    let entry = "tokens.hsm.token_label
  problem: the library has no such token
  fix:     ask the vendor's tools what it is called, or `pkcs11-tool --list-slots`
";
    assert!(report.contains(entry), "{report}");
    let report = fault(|folder| {
        let token = folder.config["tokens"]["hsm"].as_table_mut().unwrap();
        token.remove("token_label");
        token.insert("slot".to_owned(), 987_654_321.into());
    });
    let entry = "tokens.hsm.slot\n  problem: the library has no such token\n";
    assert!(report.contains(entry), "{report}");
}

#[test]
fn check_reports_all_faults_of_tokens_at_once() {
    let report = fault(|folder| {
        folder.set("tokens.hsm.token_label", "nobody");
        folder.set("tokens.other.module", "nowhere.so");
        folder.add_key_store("other");
    });
    for path in ["tokens.hsm.token_label", "tokens.other.module"] {
        assert!(report.contains(path), "{report}");
    }
}

/// A configuration of the time when a plugin, and a storage, said it.
#[test]
fn flt_55_check_says_where_a_profile_belongs() {
    let report = fault(|folder| {
        let token = folder.config["tokens"]["hsm"].as_table_mut().unwrap();
        let profile = token.remove("profile").unwrap();
        folder.set("storage.main.path", "keys.sqlite");
        folder.set("storage.main.key_encryption_key.token", "hsm");
        folder.set("storage.main.key_encryption_key.label", "kek");
        folder.set("storage.main.key_encryption_key.profile", profile);
    });
    for text in [
        "tokens.hsm.profile\n  problem: missing\n",
        "storage.main.key_encryption_key.profile\n",
        "move it to tokens.hsm.profile\n",
    ] {
        assert!(report.contains(text), "{text}: {report}");
    }
    let report = fault(|folder| {
        folder.main_key_store()["backend"]["settings"]
            .as_table_mut()
            .unwrap()
            .insert("profile".to_owned(), "softhsm".into());
    });
    for text in [
        "key_store[0].backend.settings.profile\n",
        "move it to the host's setting tokens.NAME.profile\n",
    ] {
        assert!(report.contains(text), "{text}: {report}");
    }
}

/// A device that does not answer may do so later: a warning, and service without it.
#[tokio::test]
async fn a_device_that_is_lost_is_no_fault_of_the_configuration() {
    let folder = folder("cloudhsm");
    let simulator = folder.simulator("hsm");
    simulator.set("device", "lost");
    let (good, report) = folder.check();
    assert!(good, "{report}");
    assert!(
        report.contains(
            "tokens.hsm\n  problem: the token cannot be reached (return value 0x30, DeviceError)\n"
        ),
        "{report}"
    );
    let server = folder.serve();
    let call = server.store.encrypt(server.keys().usable, plaintext());
    let response = server.send(call.clone()).await;
    crate::harness::assert_xks_error(&response, 503, "DependencyTimeoutException");
    simulator.set("device", "present");
    served(&server, call).await;
}

async fn served(server: &Server, call: crate::harness::Call) {
    let start = std::time::Instant::now();
    while server.send(call.clone()).await.status != 200 {
        assert!(start.elapsed().as_secs() < 2, "not back");
    }
}
