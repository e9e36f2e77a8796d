use super::*;

#[test]
fn xks_067_the_three_parts_have_their_lengths() {
    for settings in BOTH_SIDES {
        let (plugin, key) = with_demo(settings);
        for length in [1, 32, 4300] {
            let text = vec![7; length];
            let sealed = encrypt(&plugin, &key, &text).unwrap();
            assert_eq!(sealed.ciphertext.len(), length);
            assert_eq!(sealed.initialization_vector.len(), 12);
            assert_eq!(sealed.authentication_tag.len(), 16);
            assert_eq!(decrypt(&plugin, &key, &sealed).unwrap(), text);
        }
    }
}

#[test]
fn what_one_side_encrypts_the_other_decrypts() {
    let (host, key) = with_demo(BOTH_SIDES[0]);
    let guest = plugin(BOTH_SIDES[1]);
    let sealed = encrypt(&host, &key, b"text").unwrap();
    assert_eq!(decrypt(&guest, &key, &sealed).unwrap(), b"text");
    let sealed = encrypt(&guest, &key, b"text").unwrap();
    assert_eq!(decrypt(&host, &key, &sealed).unwrap(), b"text");
}

#[test]
fn xks_088_a_flipped_bit_anywhere_is_invalid_ciphertext() {
    for settings in BOTH_SIDES {
        let (plugin, key) = with_demo(settings);
        let sealed = encrypt(&plugin, &key, b"text").unwrap();
        let flips: [fn(&mut Sealed); 3] = [
            |sealed| sealed.ciphertext[0] ^= 1,
            |sealed| sealed.initialization_vector[11] ^= 0x80,
            |sealed| sealed.authentication_tag[5] ^= 4,
        ];
        for flip in flips {
            let mut flipped = sealed.clone();
            flip(&mut flipped);
            assert_eq!(
                decrypt(&plugin, &key, &flipped),
                Err(Error::invalid_ciphertext())
            );
        }
    }
}

#[test]
fn xks_084_other_additional_data_is_invalid_ciphertext() {
    for settings in BOTH_SIDES {
        let (plugin, key) = with_demo(settings);
        let sealed = encrypt(&plugin, &key, b"text").unwrap();
        let opened = plugin.decrypt(
            &key.handle,
            &testing::decryption(&key.ciphertext_metadata, b"AAD", &sealed),
        );
        assert_eq!(opened, Err(Error::invalid_ciphertext()));
    }
}

#[test]
fn xks_087_parts_of_other_lengths_are_invalid_ciphertext() {
    for settings in BOTH_SIDES {
        let (plugin, key) = with_demo(settings);
        let sealed = encrypt(&plugin, &key, b"text").unwrap();
        for length in [0, 11, 13, 16] {
            let mut other = sealed.clone();
            other.initialization_vector.resize(length, 0);
            assert_eq!(
                decrypt(&plugin, &key, &other),
                Err(Error::invalid_ciphertext())
            );
        }
        for length in [0, 12, 15, 17] {
            let mut other = sealed.clone();
            other.authentication_tag.resize(length, 0);
            assert_eq!(
                decrypt(&plugin, &key, &other),
                Err(Error::invalid_ciphertext())
            );
        }
    }
}

#[test]
fn xks_091_unknown_versions_and_other_metadata_are_invalid_ciphertext() {
    let (plugin, mut key) = with_demo("{}");
    let sealed = encrypt(&plugin, &key, b"text").unwrap();
    for metadata in [
        &[][..],
        &[0, 0, 1],
        &[0, 0, 0, 0],
        &[0, 0, 0, 2],
        &[0, 0, 0, 1, 0],
        &[9; 19],
    ] {
        key.ciphertext_metadata = metadata.to_vec();
        assert_eq!(
            decrypt(&plugin, &key, &sealed),
            Err(Error::invalid_ciphertext())
        );
        assert!(
            matches!(
                encrypt(&plugin, &key, b"text"),
                Err(Error {
                    kind: FailureKind::Internal,
                    ..
                })
            ) || metadata == [0, 0, 0, 1]
        );
    }
}

#[test]
fn xks_091_earlier_versions_keep_decrypting_after_rotation() {
    for settings in BOTH_SIDES {
        let (plugin, before) = with_demo(settings);
        let id = std::str::from_utf8(&before.handle[8..]).unwrap();
        let sealed = encrypt(&plugin, &before, b"old").unwrap();
        let summary = plugin.rotate_key(id).unwrap();
        assert_eq!((summary.current_version, summary.versions), (2, 2));

        let after = plugin.lookup(&Call::default(), id).unwrap();
        assert_eq!(after.ciphertext_metadata, [0, 0, 0, 2]);
        let opened = plugin.decrypt(
            &after.handle,
            &testing::decryption(&before.ciphertext_metadata, b"aad", &sealed),
        );
        assert_eq!(opened.unwrap(), b"old");
        let resealed = encrypt(&plugin, &after, b"new").unwrap();
        assert_eq!(
            decrypt(&plugin, &before, &resealed),
            Err(Error::invalid_ciphertext())
        );
    }
}

#[test]
fn xks_109_damaged_storage_is_an_internal_fault() {
    for settings in BOTH_SIDES {
        let (plugin, key) = with_demo(settings);
        let id = std::str::from_utf8(&key.handle[8..]).unwrap();
        testing::remove_record(&format!("secret/{id}/1"));
        assert!(matches!(
            encrypt(&plugin, &key, b"text"),
            Err(Error {
                kind: FailureKind::Internal,
                ..
            })
        ));
        let record = format!("key/{id}");
        let revision = key_storage::revision(&record).unwrap();
        key_storage::compare_and_set(&record, revision, b"{}").unwrap();
        assert!(matches!(
            plugin.lookup(&Call::default(), id),
            Err(Error {
                kind: FailureKind::Internal,
                ..
            })
        ));
    }
}

#[test]
fn xks_068_a_version_that_is_used_up_encrypts_no_more_but_decrypts() {
    let (plugin, key) = with_demo("{}");
    let sealed = encrypt(&plugin, &key, b"text").unwrap();
    testing::set_counter("count/demo-0/1", 1 << 32);
    assert!(matches!(
        encrypt(&plugin, &key, b"text"),
        Err(Error {
            kind: FailureKind::Internal,
            ..
        })
    ));
    assert_eq!(decrypt(&plugin, &key, &sealed).unwrap(), b"text");
    plugin.rotate_key("demo-0").unwrap();
    encrypt(
        &plugin,
        &plugin.lookup(&Call::default(), "demo-0").unwrap(),
        b"text",
    )
    .unwrap();
}

fn stored_key(key: &ExternalKey) -> StoredKey {
    match key.host_cipher.clone() {
        Some(HostCipher::Stored(key)) => key,
        other => panic!("{other:?}"),
    }
}

#[test]
fn xks_068_the_host_encrypts_under_the_current_version_and_counts_it() {
    let (plugin, key) = with_demo(r#"{"cipher":"host"}"#);
    let cipher = stored_key(&key);
    assert_eq!(cipher.counter, "count/demo-0/1");
    assert_eq!(
        key_storage::read(&cipher.key_record)
            .unwrap()
            .unwrap()
            .value
            .len(),
        32
    );

    plugin.rotate_key("demo-0").unwrap();
    let rotated = stored_key(&plugin.lookup(&Call::default(), "demo-0").unwrap());
    assert_eq!(rotated.counter, "count/demo-0/2");
    assert_ne!(rotated.key_record, cipher.key_record);
}

#[test]
fn the_sandbox_keeps_its_keys_when_it_encrypts_itself() {
    let (_, key) = with_demo(r#"{"cipher":"guest"}"#);
    assert_eq!(key.host_cipher, None);
}
