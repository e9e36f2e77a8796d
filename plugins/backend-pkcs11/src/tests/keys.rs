use super::*;
use claviger_sdk::log::Level;
use claviger_sdk::pkcs11::KeyReference;
use claviger_sdk::{KeyStatus, testing};

#[test]
fn xks_056_a_key_that_is_not_on_the_token_is_not_found() {
    hsm(&["demo"]);
    let plugin = plugin(ONE);
    plugin.lookup(&Call::default(), "demo").unwrap();
    for id in ["other", "DEMO", "", "..", "a/b"] {
        assert_eq!(
            plugin.lookup(&Call::default(), id),
            Err(Error::key_not_found()),
            "{id}"
        );
    }
}

#[test]
fn xks_006_of_two_keys_with_one_label_none_is_taken() {
    hsm(&["demo", "demo"]);
    assert_eq!(
        plugin(ONE).lookup(&Call::default(), "demo"),
        Err(Error::key_not_found())
    );
    let text = "token hsm has 2 keys with the label demo: none of them is used until all but \
                one are renamed or removed";
    assert_eq!(testing::logged(), [(Level::Error, text.to_owned())]);
}

#[test]
fn xks_006_a_second_key_is_seen_at_the_next_search() {
    let hsm = hsm(&["demo"]);
    let plugin = plugin(ONE);
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
    hsm.add(TestKey::new("demo"));
    hsm.restart();
    assert_eq!(encrypt(&plugin, &key, b"text"), Err(Error::key_not_found()));
    assert_eq!(
        plugin.lookup(&Call::default(), "demo"),
        Err(Error::key_not_found())
    );
}

#[test]
fn a_key_is_found_by_its_id_where_the_settings_say_so() {
    let hsm = hsm(&[]);
    hsm.add(TestKey::new("any label").id(b"demo"));
    let plugin = plugin(r#"{"tokens":["hsm"],"find_by":"id"}"#);
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
    encrypt(&plugin, &key, b"text").unwrap();
    assert_eq!(
        plugin.lookup(&Call::default(), "any"),
        Err(Error::key_not_found())
    );
}

#[test]
fn xks_051_the_key_spec_is_true() {
    let hsm = hsm(&["demo"]);
    hsm.add(TestKey::new("short").kind(0x1f, Some(16)));
    hsm.add(TestKey::new("des").kind(0x15, None));
    let plugin = plugin(ONE);
    let spec = |id| plugin.lookup(&Call::default(), id).unwrap().key_spec;
    assert_eq!(spec("demo"), "AES_256");
    assert_eq!(spec("short"), "AES_128");
    assert_eq!(spec("des"), "DES3");
}

#[test]
fn xks_052_the_key_usage_is_what_the_token_permits() {
    let hsm = hsm(&[]);
    for (id, encrypt, decrypt, usage) in [
        ("both", true, true, &["ENCRYPT", "DECRYPT"][..]),
        ("one", true, false, &["ENCRYPT"]),
        ("other", false, true, &["DECRYPT"]),
        ("none", false, false, &[]),
    ] {
        hsm.add(TestKey::new(id).permits(encrypt, decrypt));
        let key = plugin(ONE).lookup(&Call::default(), id).unwrap();
        assert_eq!(key.key_usage, usage);
        assert_eq!(key.key_status, KeyStatus::Enabled);
    }
}

#[test]
fn xks_052_a_usage_that_changes_is_seen_at_the_next_lookup() {
    let hsm = hsm(&["demo"]);
    let plugin = plugin(ONE);
    plugin.lookup(&Call::default(), "demo").unwrap();
    hsm.change("demo", |attributes| attributes.encrypt = false);
    assert_eq!(
        plugin.lookup(&Call::default(), "demo").unwrap().key_usage,
        ["DECRYPT"]
    );
}

#[test]
fn xks_072_a_key_that_is_not_aes_256_is_refused_when_it_is_used() {
    let hsm = hsm(&[]);
    hsm.add(TestKey::new("short").kind(0x1f, Some(16)));
    let plugin = plugin(ONE);
    let key = plugin.lookup(&Call::default(), "short").unwrap();
    let before = hsm.all_calls();
    assert!(matches!(
        encrypt(&plugin, &key, b"text"),
        Err(Error {
            kind: FailureKind::InvalidKeyUsage,
            ..
        })
    ));
    assert_eq!(hsm.all_calls(), before);
}

#[test]
fn xks_072_a_key_that_takes_the_place_of_another_is_checked_again() {
    let hsm = hsm(&["demo"]);
    let plugin = plugin(ONE);
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
    hsm.remove("demo");
    hsm.add(TestKey::new("demo").kind(0x1f, Some(24)));
    assert!(matches!(
        encrypt(&plugin, &key, b"text"),
        Err(Error {
            kind: FailureKind::InvalidKeyUsage,
            ..
        })
    ));
}

#[test]
fn xks_096_the_key_for_health_checks_is_no_external_key() {
    let hsm = hsm(&["claviger-health"]);
    assert_eq!(
        plugin(ONE).lookup(&Call::default(), "claviger-health"),
        Err(Error::key_not_found())
    );
    assert_eq!(hsm.all_calls(), 0);
    // Nor by the way of its id.
    hsm.change("claviger-health", |attributes| {
        attributes.id = b"demo".to_vec();
    });
    let plugin = plugin(r#"{"tokens":["hsm"],"find_by":"id"}"#);
    assert_eq!(
        plugin.lookup(&Call::default(), "demo"),
        Err(Error::key_not_found())
    );
}

#[test]
fn a_renamed_key_is_not_found_by_its_old_name() {
    let hsm = hsm(&["demo"]);
    let plugin = plugin(ONE);
    plugin.lookup(&Call::default(), "demo").unwrap();
    hsm.change("demo", |attributes| attributes.label = "other".into());
    assert_eq!(
        plugin.lookup(&Call::default(), "demo"),
        Err(Error::key_not_found())
    );
    plugin.lookup(&Call::default(), "other").unwrap();
}

#[test]
fn a_handle_of_other_settings_or_of_nobody_is_an_internal_fault() {
    hsm(&["demo"]);
    let plugin = plugin(ONE);
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
    let reference = Some(KeyReference {
        start: 1,
        object: 1,
    });
    let handle = |token, id, versions: usize| {
        crate::handle::Handle::to_bytes(token, true, id, &vec![reference; versions]).unwrap()
    };
    for wrong in [
        handle(1, "demo", 1),
        handle(0, "claviger-health", 1),
        handle(0, "demo", 2),
        Vec::new(),
        vec![0; 1024],
    ] {
        let key = ExternalKey {
            handle: wrong,
            ..key.clone()
        };
        assert!(matches!(
            encrypt(&plugin, &key, b"text"),
            Err(Error {
                kind: FailureKind::Internal,
                ..
            })
        ));
    }
}

#[test]
fn wrong_settings_are_faults_and_so_are_tokens_that_are_not_granted() {
    let faults = |text: &str| {
        let faults = settings::read(text, Pkcs11::configure).err().unwrap();
        let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
        faults
    };
    assert_eq!(
        faults(ONE),
        ["tokens[0]: no token of this name is granted; name a token of the plugin's grants"]
    );
    assert_eq!(faults("{}").len(), 1);
}
