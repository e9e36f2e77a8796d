use super::*;

#[test]
fn xks_066_the_newest_version_encrypts_and_is_the_metadata() {
    hsm(&["demo.v1", "demo.v2", "demo.v3", "demo"]);
    let versioned = plugin(VERSIONED);
    let key = versioned.lookup(&Call::default(), "demo").unwrap();
    assert_eq!(key.ciphertext_metadata, [0, 0, 0, 3]);
    hsm(&["demo"]);
    let key = plugin(ONE).lookup(&Call::default(), "demo").unwrap();
    assert!(key.ciphertext_metadata.is_empty());
    hsm(&["old key", "new key"]);
    let key = plugin(LISTED).lookup(&Call::default(), "demo").unwrap();
    assert_eq!(key.ciphertext_metadata, [0, 0, 0, 2]);
}

#[test]
fn xks_091_earlier_versions_keep_decrypting_after_rotation() {
    let hsm = hsm(&["demo.v1"]);
    let plugin = plugin(VERSIONED);
    let before = plugin.lookup(&Call::default(), "demo").unwrap();
    let sealed = encrypt(&plugin, &before, b"old").unwrap();
    hsm.add(TestKey::new("demo.v2"));
    let after = plugin.lookup(&Call::default(), "demo").unwrap();
    assert_eq!(after.ciphertext_metadata, [0, 0, 0, 2]);
    let metadata = &before.ciphertext_metadata;
    let opened = plugin.decrypt(
        &after.handle,
        &testing::decryption(metadata, b"aad", &sealed),
    );
    assert_eq!(opened.unwrap(), b"old");
}

#[test]
fn xks_091_a_version_newer_than_the_handle_is_found() {
    let hsm = hsm(&["demo.v1"]);
    let plugin = plugin(VERSIONED);
    let before = plugin.lookup(&Call::default(), "demo").unwrap();
    hsm.add(TestKey::new("demo.v2"));
    let after = plugin.lookup(&Call::default(), "demo").unwrap();
    let sealed = encrypt(&plugin, &after, b"new").unwrap();
    let metadata = &after.ciphertext_metadata;
    let opened = plugin.decrypt(
        &before.handle,
        &testing::decryption(metadata, b"aad", &sealed),
    );
    assert_eq!(opened.unwrap(), b"new");
}

#[test]
fn xks_091_unknown_versions_and_other_metadata_are_invalid_ciphertext() {
    hsm(&["demo.v1", "demo.v2"]);
    let versioned = plugin(VERSIONED);
    let key = versioned.lookup(&Call::default(), "demo").unwrap();
    let sealed = encrypt(&versioned, &key, b"text").unwrap();
    for metadata in [
        &[0, 0, 2][..],
        &[0, 0, 0, 0],
        &[0, 0, 0, 1],
        &[0, 0, 0, 3],
        &[0, 0, 0, 65],
        &[0xff; 4],
        &[0, 0, 0, 2, 0],
        &[9; 19],
    ] {
        let opened =
            versioned.decrypt(&key.handle, &testing::decryption(metadata, b"aad", &sealed));
        assert_eq!(opened, Err(Error::invalid_ciphertext()), "{metadata:?}");
        let sealed =
            versioned.encrypt(&key.handle, &testing::encryption(metadata, b"aad", b"text"));
        assert!(
            matches!(
                sealed,
                Err(Error {
                    kind: FailureKind::Internal,
                    ..
                })
            ),
            "{metadata:?}"
        );
    }

    hsm(&["demo"]);
    let plain = plugin(ONE);
    let key = plain.lookup(&Call::default(), "demo").unwrap();
    let sealed = encrypt(&plain, &key, b"text").unwrap();
    let opened = plain.decrypt(
        &key.handle,
        &testing::decryption(&[0, 0, 0, 1], b"aad", &sealed),
    );
    assert_eq!(opened, Err(Error::invalid_ciphertext()));
}

#[test]
fn xks_091_a_version_that_was_destroyed_is_invalid_ciphertext_and_a_key_is_not_found() {
    let hsm = hsm(&["old key", "new key"]);
    let plugin = plugin(LISTED);
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
    let sealed = encrypt(&plugin, &key, b"text").unwrap();
    hsm.remove("old key");
    let opened = plugin.decrypt(
        &key.handle,
        &testing::decryption(&[0, 0, 0, 1], b"aad", &sealed),
    );
    assert_eq!(opened, Err(Error::invalid_ciphertext()));
    hsm.remove("new key");
    assert_eq!(decrypt(&plugin, &key, &sealed), Err(Error::key_not_found()));
    assert_eq!(
        plugin.lookup(&Call::default(), "demo"),
        Err(Error::key_not_found())
    );
}

#[test]
fn xks_091_a_ciphertext_without_metadata_belongs_to_the_oldest_object() {
    hsm(&["old key", "new key"]);
    let plain = r#"{"tokens":["hsm"],"label":"old {key}"}"#;
    let plain = plugin(plain);
    let before = plain.lookup(&Call::default(), "key").unwrap();
    let sealed = encrypt(&plain, &before, b"text").unwrap();
    let listed = plugin(LISTED);
    let after = listed.lookup(&Call::default(), "demo").unwrap();
    let opened = listed.decrypt(&after.handle, &testing::decryption(&[], b"aad", &sealed));
    assert_eq!(opened.unwrap(), b"text");
}

#[test]
fn the_newest_object_of_a_list_that_is_there_encrypts() {
    let hsm = hsm(&["old key"]);
    let plugin = plugin(LISTED);
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
    assert_eq!(key.ciphertext_metadata, [0, 0, 0, 1]);
    hsm.add(TestKey::new("new key"));
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
    assert_eq!(key.ciphertext_metadata, [0, 0, 0, 2]);
    encrypt(&plugin, &key, b"text").unwrap();
}

#[test]
fn xks_006_two_objects_of_the_newest_version_are_no_key() {
    let hsm = hsm(&["demo.v1", "demo.v2"]);
    let plugin = plugin(VERSIONED);
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
    let sealed = encrypt(&plugin, &key, b"text").unwrap();
    hsm.add(TestKey::new("demo.v2"));
    hsm.restart();
    assert_eq!(
        plugin.lookup(&Call::default(), "demo"),
        Err(Error::key_not_found())
    );
    // An older one with two objects is a fault, and not the ciphertext's.
    hsm.add(TestKey::new("demo.v3"));
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
    let opened = plugin.decrypt(
        &key.handle,
        &testing::decryption(&[0, 0, 0, 2], b"aad", &sealed),
    );
    assert!(
        matches!(
            opened,
            Err(Error {
                kind: FailureKind::Internal,
                ..
            })
        ),
        "{opened:?}"
    );
}

#[test]
fn more_versions_than_a_handle_has_room_for_all_decrypt() {
    let hsm = TestToken::new("hsm");
    let id = "x".repeat(128);
    let mut sealed = Vec::new();
    let plugin = plugin(VERSIONED);
    for version in 1..=64_u32 {
        hsm.add(TestKey::new(&format!("{id}.v{version}")));
        let key = plugin.lookup(&Call::default(), &id).unwrap();
        assert_eq!(key.ciphertext_metadata, version.to_be_bytes());
        sealed.push(encrypt(&plugin, &key, b"text").unwrap());
    }
    hsm.add(TestKey::new(&format!("{id}.v65")));
    let key = plugin.lookup(&Call::default(), &id).unwrap();
    assert_eq!(key.ciphertext_metadata, 64_u32.to_be_bytes());
    assert!(key.handle.len() <= 1024);
    for (version, sealed) in (1_u32..).zip(&sealed) {
        let metadata = version.to_be_bytes();
        let opened = plugin.decrypt(&key.handle, &testing::decryption(&metadata, b"aad", sealed));
        assert_eq!(opened.unwrap(), b"text", "{version}");
    }
}
