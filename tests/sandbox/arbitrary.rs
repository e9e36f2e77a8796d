//! Whatever plugins return: FLT-10, FLT-68, XKS-101, XKS-109.
//!
//! Backend, policy and directory are plugins whose answers are drawn from what they are
//! asked, right for the most part and wrong in every way that their contract can say.
//! What AWS KMS hears of it must always be an answer of the specification, and never
//! one that the plugin did not give. `CLAVIGER_DRAWS` is how many keys are asked for,
//! for a longer run.

use std::collections::BTreeMap;

use serde_json::Value;
use toml::Table;

use crate::harness::guests::build;
use crate::harness::http1::Http1;
use crate::harness::response::ERRORS;
use crate::harness::{Call, Deployment, Folder, Response, assert_xks_error, from_base64};

/// Keys that are asked for as a rule.
const DRAWS: usize = 300;

/// Makes the key store's plugins those that draw.
fn draw(folder: &mut Folder, seed: usize) {
    let mut usage = |role: &str, grants: &[&str]| {
        let name = format!("arbitrary-{role}");
        let guest = build(&format!("tests/plugins/{name}"));
        folder.set(&format!("plugin.{name}"), guest.plugin());
        let mut usage = Table::new();
        usage.insert("plugin".to_owned(), name.into());
        let grants = grants.iter().map(|&grant| (grant.to_owned(), true.into()));
        usage.insert("grants".to_owned(), grants.collect::<Table>().into());
        usage
    };
    let (mut backend, policy, directory) = (
        usage("backend", &["aead"]),
        usage("policy", &[]),
        usage("directory", &[]),
    );
    let settings = Table::from_iter([("seed".to_owned(), seed.to_string().into())]);
    backend.insert("settings".to_owned(), settings.into());
    let key_store = folder.main_key_store();
    key_store.insert("backend".to_owned(), backend.into());
    key_store.insert("policy".to_owned(), vec![policy].into());
    key_store.insert("directory".to_owned(), directory.into());
}

/// What came back, by name and how often.
#[derive(Default)]
struct Seen(BTreeMap<String, usize>);

impl Seen {
    /// Checks that an answer is one of the specification; returns its members when it
    /// is a good one.
    fn note(&mut self, what: &str, response: &Response, may_be_absent: bool) -> Option<Value> {
        if response.status == 200 {
            *self.0.entry(format!("{what} 200")).or_default() += 1;
            return Some(response.ok());
        }
        let body: Value = serde_json::from_slice(&response.body).expect("JSON");
        let name = body["errorName"].as_str().expect("a name").to_owned();
        let known = ERRORS.iter().find(|(known, _)| *known == name);
        let (name, status) = *known.unwrap_or_else(|| panic!("{}", response.text()));
        assert_xks_error(response, status, name);
        let definite = ["KeyNotFoundException", "InvalidCiphertextException"];
        assert!(may_be_absent || !definite.contains(&name), "{what}: {name}");
        assert_ne!(status, 401, "{what}");
        *self.0.entry(format!("{what} {name}")).or_default() += 1;
        None
    }
}

async fn ask(connection: &mut Http1, call: Call, draw: usize) -> Response {
    let call = call.with("requestMetadata/kmsRequestId", format!("draw {draw}"));
    connection.send(&call.into()).await
}

#[tokio::test]
async fn flt_10_whatever_plugins_return_kms_hears_an_answer_of_the_specification() {
    let draws = std::env::var("CLAVIGER_DRAWS").ok();
    let draws = draws.map_or(DRAWS, |draws| draws.parse().expect("a number"));
    let mut folder = Folder::new(Deployment::software());
    draw(&mut folder, draws);
    let server = folder.serve();
    let mut connection = server.connect().await;
    let mut seen = Seen::default();
    let plaintext = b"a plaintext of 32 bytes, exactly";
    for number in 0..draws {
        let any = number % 2 == 0;
        let key = &*format!("{}-{number}", if any { "any" } else { "true" });
        let metadata = ask(&mut connection, server.store.metadata(key), number).await;
        if let Some(metadata) = seen.note("metadata", &metadata, any) {
            let words = metadata["keyUsage"].as_array().unwrap();
            assert!(words.len() <= 10, "{metadata}");
        }
        let call = server.store.encrypt(key, plaintext).with_integrity_value();
        let encrypted = ask(&mut connection, call, number).await;
        let Some(encrypted) = seen.note("encrypt", &encrypted, any) else {
            continue;
        };
        let length = |name: &str| {
            from_base64(encrypted[name].as_str().unwrap())
                .unwrap()
                .len()
        };
        assert_eq!(length("ciphertext"), plaintext.len(), "{key}");
        assert_eq!(length("authenticationTag"), 16, "{key}");
        assert!([12, 16].contains(&length("initializationVector")), "{key}");
        let call = server.store.decrypt(key, &encrypted);
        let decrypted = ask(&mut connection, call, number).await;
        if let Some(decrypted) = seen.note("decrypt", &decrypted, any) {
            let decrypted = from_base64(decrypted["plaintext"].as_str().unwrap()).unwrap();
            assert_eq!(decrypted, plaintext, "{key}");
        }
    }
    let health = server.send(server.store.health()).await;
    seen.note("health", &health, true);
    let log = server.stop().stderr;
    assert!(!log.contains("panicked"), "{log}");
    let count = |what: &str| seen.0.get(what).copied().unwrap_or_default();
    // It is no test of one answer alone.
    for often in ["metadata 200", "encrypt 200", "decrypt 200"] {
        assert!(count(often) > draws / 50, "{often}: {:?}", seen.0);
    }
    for seldom in ["encrypt InternalException", "encrypt AccessDeniedException"] {
        assert!(count(seldom) > draws / 100, "{seldom}: {:?}", seen.0);
    }
}

#[test]
fn flt_68_whatever_a_backend_lists_the_command_line_prints_it_safely() {
    for seed in 0..12 {
        let mut folder = Folder::new(Deployment::software());
        draw(&mut folder, seed);
        folder.save();
        let name = folder.deployment.key_store;
        let list = &["key", "list", "--key-store", name][..];
        for action in [list, &["key", "show", "--key-store", name, "any-1"]] {
            let output = folder.claviger(action);
            let code = output.status.code();
            assert!(matches!(code, Some(0 | 1)), "{seed} {action:?}: {code:?}");
            for printed in [&output.stdout, &output.stderr] {
                let text = String::from_utf8_lossy(printed);
                let harmless = |character: char| character == '\n' || !character.is_control();
                assert!(text.chars().all(harmless), "{seed} {action:?}: {text:?}");
                assert!(!text.contains("panicked"), "{seed} {action:?}: {text}");
                assert!(text.len() < 1 << 20, "{seed} {action:?}: {}", text.len());
            }
        }
    }
}
