use super::*;
use claviger_sdk::pkcs11::Pkcs11Error;
use claviger_sdk::{KeyStatus, KeySummary, ManagementError, testing};

fn both() -> Vec<String> {
    words(&["ENCRYPT", "DECRYPT"])
}

fn lines(keys: &[KeySummary]) -> Vec<String> {
    let line = |key: &KeySummary| {
        format!(
            "{} {} {} {}/{}",
            key.external_key_id,
            key.key_spec,
            key.key_usage.join(","),
            key.current_version,
            key.versions
        )
    };
    keys.iter().map(line).collect()
}

#[test]
fn xks_052_a_key_is_made_with_its_usage() {
    let hsm = hsm(&[]);
    let plugin = plugin(ONE);
    for (id, usage) in [
        ("a", &["ENCRYPT", "DECRYPT"][..]),
        ("b", &["DECRYPT"]),
        ("c", &[]),
    ] {
        let made = plugin.create_key(id, &words(usage)).unwrap();
        assert_eq!(made.key_usage, usage);
        assert_eq!(
            plugin.lookup(&Call::default(), id).unwrap().key_usage,
            usage
        );
        assert_eq!(plugin.show_key(id), Ok(made));
    }
    assert_eq!(hsm.keys()[0].label, "a");
    assert_eq!(hsm.keys()[0].id, b"a");
    assert_eq!(
        plugin.create_key("a", &both()),
        Err(ManagementError::AlreadyExists)
    );
    assert_eq!(hsm.keys().len(), 3);
}

#[test]
fn wrong_requests_make_no_key() {
    let hsm = hsm(&[]);
    let plugin = plugin(LISTED);
    for usage in [&["SIGN"][..], &["encrypt"], &["ENCRYPT", "ENCRYPT"]] {
        let made = plugin.create_key("a", &words(usage));
        assert!(
            matches!(made, Err(ManagementError::Invalid(_))),
            "{usage:?}"
        );
    }
    for id in ["", "..", "a/b"] {
        let made = plugin.create_key(id, &both());
        assert!(matches!(made, Err(ManagementError::Invalid(_))), "{id}");
    }
    assert_eq!(hsm.keys(), []);
    assert_eq!(plugin.show_key("none"), Err(ManagementError::NotFound));
}

#[test]
fn xks_091_a_rotated_key_has_one_version_more() {
    let hsm = hsm(&[]);
    let plugin = plugin(VERSIONED);
    plugin.create_key("demo", &words(&["ENCRYPT"])).unwrap();
    let rotated = plugin.rotate_key("demo").unwrap();
    assert_eq!(lines(&[rotated]), ["demo AES_256 ENCRYPT 2/2"]);
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
    assert_eq!(key.ciphertext_metadata, [0, 0, 0, 2]);
    let made: Vec<_> = hsm
        .keys()
        .into_iter()
        .map(|key| (key.label, key.id))
        .collect();
    let made_as = |label: &str| (label.to_owned(), b"demo".to_vec());
    assert_eq!(made, [made_as("demo.v1"), made_as("demo.v2")]);
    assert_eq!(plugin.rotate_key("none"), Err(ManagementError::NotFound));
}

#[test]
fn by_id_the_id_has_the_version() {
    let hsm = hsm(&[]);
    let plugin = plugin(r#"{"tokens":["hsm"],"find_by":"id","label":"{key}/{version}"}"#);
    plugin.create_key("demo", &both()).unwrap();
    plugin.rotate_key("demo").unwrap();
    let ids: Vec<_> = hsm.keys().into_iter().map(|key| key.id).collect();
    assert_eq!(ids, [b"demo/1", b"demo/2"]);
    assert_eq!(
        lines(&plugin.list_keys(None, 1000).unwrap().keys),
        ["demo AES_256 ENCRYPT,DECRYPT 2/2"]
    );
}

#[test]
fn without_numbered_versions_rotation_says_what_to_do() {
    hsm(&["demo", "old key", "new key"]);
    for (settings, expected) in [(ONE, "{version}"), (LISTED, "append")] {
        match plugin(settings).rotate_key("demo") {
            Err(ManagementError::Unsupported(text)) => assert!(text.contains(expected), "{text}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_last_object_of_a_list_is_made() {
    let hsm = hsm(&["old key"]);
    let plugin = plugin(LISTED);
    let made = plugin.create_key("demo", &both()).unwrap();
    assert_eq!(lines(&[made]), ["demo AES_256 ENCRYPT,DECRYPT 2/2"]);
    assert_eq!(hsm.keys()[1].label, "new key");
    assert_eq!(
        plugin.create_key("demo", &both()),
        Err(ManagementError::AlreadyExists)
    );
}

#[test]
fn xks_006_a_key_with_two_objects_of_one_version_is_a_failure() {
    let hsm = hsm(&["demo.v1"]);
    let plugin = plugin(VERSIONED);
    hsm.add(TestKey::new("demo.v3"));
    hsm.add(TestKey::new("demo.v3"));
    plugin.rotate_key("demo").unwrap_err();
    assert!(
        testing::logged()[0]
            .1
            .contains("2 keys with the label demo.v3")
    );
}

#[test]
fn no_status_can_be_set() {
    hsm(&["demo"]);
    let set = plugin(ONE).set_key_status("demo", KeyStatus::Disabled);
    assert!(matches!(set, Err(ManagementError::Unsupported(_))));
}

#[test]
fn all_external_keys_are_listed_and_nothing_else() {
    let hsm = hsm(&[
        "b.v2",
        "b.v1",
        "a.v1",
        "claviger-health",
        "a",
        "c.v2",
        "é.v1",
        "d.v1",
        "d.v1",
    ]);
    hsm.add(TestKey::new("e.v1").kind(0x15, None).permits(false, false));
    hsm.add(TestKey::new("b.v4"));
    let keys = plugin(VERSIONED).list_keys(None, 1000).unwrap().keys;
    assert_eq!(
        lines(&keys),
        [
            "a AES_256 ENCRYPT,DECRYPT 1/1",
            "b AES_256 ENCRYPT,DECRYPT 2/2",
            "e DES3  1/1"
        ]
    );
    let said: Vec<_> = testing::logged()
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    assert_eq!(
        said,
        [
            "key c is left out: it has no version 1",
            "key d is left out: several objects have the name of its newest version"
        ]
    );
}

#[test]
fn a_list_is_one_key() {
    hsm(&["new key", "other", "old key"]);
    let keys = plugin(LISTED).list_keys(None, 1000).unwrap().keys;
    assert_eq!(
        lines(&keys),
        [
            "demo AES_256 ENCRYPT,DECRYPT 2/2",
            "other AES_256 ENCRYPT,DECRYPT 1/1"
        ]
    );
}

#[test]
fn keys_are_made_on_the_primary_and_the_health_key_wherever_it_is_missing() {
    let (primary, replica) = two_tokens();
    let plugin = plugin(TWO);
    plugin.create_key("new", &both()).unwrap();
    assert_eq!((primary.keys().len(), replica.keys().len()), (2, 1));
    primary.add(TestKey::new("claviger-health"));
    let made = plugin.create_key("claviger-health", &[]).unwrap();
    assert_eq!(
        lines(&[made]),
        ["claviger-health AES_256 ENCRYPT,DECRYPT 1/1"]
    );
    assert_eq!((primary.keys().len(), replica.keys().len()), (3, 2));
    assert_eq!(
        plugin.create_key("claviger-health", &[]),
        Err(ManagementError::AlreadyExists)
    );
    plugin.check_health(&Call::default()).unwrap();
}

#[test]
fn a_token_that_fails_makes_nothing_and_says_so() {
    let (primary, replica) = two_tokens();
    let plugin = plugin(TWO);
    primary.fails(Some(Pkcs11Error::Failed(0xb5)));
    let made = plugin.create_key("new", &both());
    let text = "token a: it answered CKR_SESSION_READ_ONLY (0xb5)";
    assert_eq!(made, Err(ManagementError::Failed(text.into())));
    assert_eq!(replica.keys().len(), 1);
    // To look, the other one will do.
    assert_eq!(plugin.list_keys(None, 1000).unwrap().keys.len(), 1);
    plugin.show_key("demo").unwrap();
}
