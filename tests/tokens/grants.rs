//! What a plugin sees of tokens that it is not granted, and what nobody is told of
//! a token: nothing.

use super::folder;
use crate::harness::hsm::{FOREIGN_LABEL, PIN};
use crate::harness::{Server, base64, plaintext};

#[test]
fn a_token_that_is_not_granted_looks_like_none() {
    let mut reports = Vec::new();
    for token in ["other", "nowhere"] {
        let mut folder = folder("softhsm");
        let settings = &mut folder.main_key_store()["backend"]["settings"];
        settings["tokens"] = vec![token].into();
        let report = folder.serve_refuses();
        let place = report.find("key_store[0].backend.settings.tokens[0]");
        reports.push(report[place.expect("it is named")..].to_owned());
    }
    let expected = "key_store[0].backend.settings.tokens[0]
  problem: no token of this name is granted
  fix:     name a token of the plugin's grants
";
    assert_eq!(reports[0].trim_end(), expected.trim_end());
    assert_eq!(reports[0], reports[1]);
}

#[test]
fn without_the_grant_the_plugin_is_not_started() {
    let mut folder = folder("softhsm");
    let grants = folder.main_key_store()["backend"]["grants"].as_table_mut();
    grants.unwrap().remove("pkcs11").expect("it is granted");
    let report = folder.serve_refuses();
    let fault = "the plugin needs the capability `pkcs11`, and it is not granted";
    assert!(report.contains("key_store[0].backend.grants"), "{report}");
    assert!(report.contains(fault), "{report}");
}

#[test]
fn a_plugin_that_has_no_use_for_tokens_is_not_granted_any() {
    let mut folder = folder("softhsm");
    let policy = folder.main_key_store()["policy"][0].as_table_mut().unwrap();
    let mut grants = toml::Table::new();
    grants.insert("pkcs11".to_owned(), vec!["hsm"].into());
    policy.insert("grants".to_owned(), grants.into());
    let report = folder.serve_refuses();
    let path = "key_store[0].policy[0].grants.pkcs11";
    assert!(report.contains(path), "{report}");
}

#[test]
fn a_grant_names_a_token_that_there_is() {
    let mut folder = folder("softhsm");
    folder.main_key_store()["backend"]["grants"]["pkcs11"] = vec!["hsm", "nowhere"].into();
    let report = folder.serve_refuses();
    let path = "key_store[0].backend.grants.pkcs11";
    assert!(
        report.contains(path) && report.contains("nowhere"),
        "{report}"
    );
}

#[tokio::test]
async fn tokens_that_nobody_is_granted_are_left_alone() {
    let mut folder = folder("softhsm");
    folder.set("tokens.other.module", "there-is-no-such-library.so");
    let server = folder.serve();
    let call = server.store.encrypt(server.keys().usable, plaintext());
    server.send(call).await.ok();
}

/// Every server searches its log and its answers for the PIN, the module's path
/// and the label of the key that is not its own: here it has much to say.
#[tokio::test]
async fn neither_answers_nor_logs_tell_what_is_behind() {
    let server = folder("cloudhsm").serve();
    let simulator = server.folder().simulator("hsm");
    let keys = server.keys();
    let encrypted = server.send(server.store.encrypt(keys.usable, plaintext()));
    let encrypted = encrypted.await.ok();
    let bad = server.store.decrypt(keys.usable, &encrypted);
    let bad = bad.with("authenticationTag", base64([0; 16]));
    let mut errors = Vec::new();
    for (setting, value) in [
        ("device", "present"),
        ("throttle_every", "1"),
        ("stale_objects", "1"),
        ("lose_sessions", "1"),
        ("lost_sessions", "reinitialise"),
        ("device", "lost"),
    ] {
        simulator.set(setting, value);
        for key in [keys.usable, keys.encrypt_only, keys.no_usage, keys.unknown] {
            for call in [
                server
                    .store
                    .encrypt(key, plaintext())
                    .with_integrity_value(),
                server.store.decrypt(key, &encrypted),
                server.store.metadata(key),
                server.store.health(),
                bad.clone(),
            ] {
                let response = server.send(call).await;
                if response.status != 200 {
                    errors.push(response.text());
                }
            }
        }
    }
    assert!(errors.len() > 20, "{errors:#?}");
    let module = crate::harness::text(&server.folder().path("hsm.so"));
    for error in &errors {
        let labels = ["demo.v1", "demo-no-usage", "claviger-health", FOREIGN_LABEL];
        let others = ["claviger", PIN, "0x", "CKR", "PKCS", &module];
        for told in labels.iter().chain(&others) {
            assert!(!error.contains(told), "{told} in {error}");
        }
    }
    let listed = server
        .folder()
        .claviger(&["key", "list", "--key-store", "demo"]);
    let listed = String::from_utf8([listed.stdout, listed.stderr].concat()).unwrap();
    assert!(
        !listed.contains(FOREIGN_LABEL) && !listed.contains(PIN),
        "{listed}"
    );
    assert_forbidden(&server, &[PIN, &module, FOREIGN_LABEL]);
    let stopped = server.stop();
    assert!(
        stopped.stderr.contains("hsm"),
        "the log names the token: {}",
        stopped.stderr
    );
}

/// The search at the end of every server is one for these.
fn assert_forbidden(server: &Server, texts: &[&str]) {
    for text in texts {
        let forbidden = server.forbidden.clone();
        let written = format!("a log line with {text} in it");
        let search = move || forbidden.assert_absent("a test", written.as_bytes());
        let found = std::thread::spawn(search).join();
        assert!(found.is_err(), "nobody would notice {text} in a log");
    }
}
