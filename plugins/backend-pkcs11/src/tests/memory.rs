use super::*;
use claviger_sdk::pkcs11::Pkcs11Error;

const FIND: &str = "pkcs11.token.find";

#[test]
fn an_encryption_costs_one_call_of_the_token() {
    let hsm = hsm(&["demo"]);
    let looked_up = plugin(ONE);
    let key = looked_up.lookup(&Call::default(), "demo").unwrap();
    // In an instance that never saw the key.
    let plugin = plugin(ONE);
    let before = hsm.all_calls();
    let sealed = encrypt(&plugin, &key, b"text").unwrap();
    assert_eq!(hsm.all_calls(), before + 1);
    decrypt(&plugin, &key, &sealed).unwrap();
    assert_eq!(hsm.all_calls(), before + 2);
}

#[test]
fn a_known_key_is_looked_up_again_without_a_search() {
    let hsm = hsm(&["demo"]);
    let plugin = plugin(ONE);
    let first = plugin.lookup(&Call::default(), "demo").unwrap();
    let before = (hsm.calls(FIND), hsm.all_calls());
    assert_eq!(plugin.lookup(&Call::default(), "demo").unwrap(), first);
    assert_eq!((hsm.calls(FIND), hsm.all_calls()), (before.0, before.1 + 1));
}

#[test]
fn a_known_key_with_versions_is_searched_for_the_next_one_only() {
    let hsm = hsm(&["demo.v1", "demo.v2", "demo.v3"]);
    let plugin = plugin(VERSIONED);
    plugin.lookup(&Call::default(), "demo").unwrap();
    assert_eq!(hsm.calls(FIND), 4);
    plugin.lookup(&Call::default(), "demo").unwrap();
    assert_eq!(hsm.calls(FIND), 5);
}

#[test]
fn a_stale_handle_is_searched_for_once_and_then_remembered() {
    let hsm = hsm(&["demo"]);
    let plugin = plugin(ONE);
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
    let sealed = encrypt(&plugin, &key, b"text").unwrap();
    hsm.restart();
    let before = hsm.calls(FIND);
    for _ in 0..5 {
        encrypt(&plugin, &key, b"text").unwrap();
        assert_eq!(decrypt(&plugin, &key, &sealed).unwrap(), b"text");
    }
    assert_eq!(hsm.calls(FIND), before + 1);
    hsm.restart();
    encrypt(&plugin, &key, b"text").unwrap();
    assert_eq!(hsm.calls(FIND), before + 2);
    plugin.lookup(&Call::default(), "demo").unwrap();
    assert_eq!(hsm.calls(FIND), before + 3);
}

#[test]
fn a_key_that_stays_stale_is_not_searched_for_without_end() {
    let hsm = hsm(&["demo"]);
    let plugin = plugin(ONE);
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
    for _ in 0..2 {
        hsm.fails_once("pkcs11.secret-key.encrypt", Pkcs11Error::StaleKey);
    }
    let before = hsm.calls(FIND);
    assert!(matches!(
        encrypt(&plugin, &key, b"text"),
        Err(Error {
            kind: FailureKind::Internal,
            ..
        })
    ));
    assert_eq!(hsm.calls(FIND), before + 1);
    encrypt(&plugin, &key, b"text").unwrap();
}

#[test]
fn a_library_that_starts_again_during_a_lookup_is_no_fault() {
    let hsm = hsm(&["demo"]);
    let plugin = plugin(ONE);
    hsm.fails_once("pkcs11.secret-key.attributes", Pkcs11Error::StaleKey);
    plugin.lookup(&Call::default(), "demo").unwrap();
}

#[test]
fn more_keys_than_are_remembered_all_work() {
    let labels: Vec<_> = (0..400).map(|number| format!("key-{number}")).collect();
    let labels: Vec<_> = labels.iter().map(String::as_str).collect();
    let hsm = hsm(&labels);
    let plugin = plugin(ONE);
    for _ in 0..2 {
        for label in &labels {
            encrypt(
                &plugin,
                &plugin.lookup(&Call::default(), label).unwrap(),
                b"text",
            )
            .unwrap();
        }
    }
    hsm.restart();
    for label in &labels {
        encrypt(
            &plugin,
            &plugin.lookup(&Call::default(), label).unwrap(),
            b"text",
        )
        .unwrap();
    }
}
