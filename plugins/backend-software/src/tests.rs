use super::Software;
use claviger_sdk::settings;
use claviger_sdk::{
    Error, ExternalKey, HealthStatus, KeyBackend, KeyStatus, ManagementError, Sealed, key_storage,
    testing,
};

const BOTH_SIDES: [&str; 2] = [r#"{"cipher":"host"}"#, r#"{"cipher":"guest"}"#];

fn plugin(settings: &str) -> Software {
    settings::read(settings, Software::configure).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn words(usage: &[&str]) -> Vec<String> {
    usage.iter().map(|word| (*word).to_owned()).collect()
}

/// A plugin with the key `demo` and what `lookup` says of it.
fn with_demo(settings: &str) -> (Software, ExternalKey) {
    let plugin = plugin(settings);
    let id = format!("demo-{}", testing::calls("key-storage.create-secret"));
    plugin.create_key(&id, &words(&["ENCRYPT", "DECRYPT"])).unwrap();
    let key = plugin.lookup(&id).unwrap();
    (plugin, key)
}

fn encrypt(plugin: &Software, key: &ExternalKey, text: &[u8]) -> Result<Sealed, Error> {
    plugin.encrypt(&key.handle, &key.ciphertext_metadata, b"aad", text)
}

fn decrypt(plugin: &Software, key: &ExternalKey, sealed: &Sealed) -> Result<Vec<u8>, Error> {
    plugin.decrypt(&key.handle, &key.ciphertext_metadata, b"aad", sealed)
}

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
            assert_eq!(decrypt(&plugin, &key, &flipped), Err(Error::InvalidCiphertext));
        }
    }
}

#[test]
fn xks_084_other_additional_data_is_invalid_ciphertext() {
    for settings in BOTH_SIDES {
        let (plugin, key) = with_demo(settings);
        let sealed = encrypt(&plugin, &key, b"text").unwrap();
        let opened = plugin.decrypt(&key.handle, &key.ciphertext_metadata, b"AAD", &sealed);
        assert_eq!(opened, Err(Error::InvalidCiphertext));
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
            assert_eq!(decrypt(&plugin, &key, &other), Err(Error::InvalidCiphertext));
        }
        for length in [0, 12, 15, 17] {
            let mut other = sealed.clone();
            other.authentication_tag.resize(length, 0);
            assert_eq!(decrypt(&plugin, &key, &other), Err(Error::InvalidCiphertext));
        }
    }
}

#[test]
fn xks_091_unknown_versions_and_other_metadata_are_invalid_ciphertext() {
    let (plugin, mut key) = with_demo("{}");
    let sealed = encrypt(&plugin, &key, b"text").unwrap();
    for metadata in [&[][..], &[0, 0, 1], &[0, 0, 0, 0], &[0, 0, 0, 2], &[0, 0, 0, 1, 0], &[9; 19]] {
        key.ciphertext_metadata = metadata.to_vec();
        assert_eq!(decrypt(&plugin, &key, &sealed), Err(Error::InvalidCiphertext));
        assert!(matches!(
            encrypt(&plugin, &key, b"text"),
            Err(Error::Internal(_))
        ) || metadata == [0, 0, 0, 1]);
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

        let after = plugin.lookup(id).unwrap();
        assert_eq!(after.ciphertext_metadata, [0, 0, 0, 2]);
        let opened = plugin.decrypt(&after.handle, &before.ciphertext_metadata, b"aad", &sealed);
        assert_eq!(opened.unwrap(), b"old");
        let resealed = encrypt(&plugin, &after, b"new").unwrap();
        assert_eq!(decrypt(&plugin, &before, &resealed), Err(Error::InvalidCiphertext));
    }
}

#[test]
fn a_handle_works_in_an_instance_that_never_looked_the_key_up() {
    let (one, key) = with_demo("{}");
    let sealed = encrypt(&one, &key, b"text").unwrap();
    assert_eq!(decrypt(&plugin("{}"), &key, &sealed).unwrap(), b"text");
}

#[test]
fn an_instance_that_missed_a_rotation_learns_of_it_from_the_handle() {
    let (one, before) = with_demo("{}");
    let id = std::str::from_utf8(&before.handle[8..]).unwrap();
    let other = plugin("{}");
    other.rotate_key(id).unwrap();
    let after = other.lookup(id).unwrap();
    let sealed = encrypt(&one, &after, b"text").unwrap();
    assert_eq!(decrypt(&other, &after, &sealed).unwrap(), b"text");
}

#[test]
fn a_known_key_costs_one_host_call_to_look_up_and_none_of_the_storage_to_use() {
    let (plugin, key) = with_demo("{}");
    encrypt(&plugin, &key, b"text").unwrap();
    let calls = || {
        ["read", "revision", "names", "counter.open"]
            .map(|call| testing::calls(&format!("key-storage.{call}")))
    };
    let before = calls();
    let id = std::str::from_utf8(&key.handle[8..]).unwrap();
    let key = plugin.lookup(id).unwrap();
    let sealed = encrypt(&plugin, &key, b"text").unwrap();
    decrypt(&plugin, &key, &sealed).unwrap();
    let after = calls();
    assert_eq!(after, [before[0], before[1] + 1, before[2], before[3]]);
    assert_eq!(testing::calls("aead.key.from-record"), 1);
}

#[test]
fn in_host_mode_key_bytes_never_enter_the_plugin() {
    let (plugin, key) = with_demo("{}");
    let sealed = encrypt(&plugin, &key, b"text").unwrap();
    decrypt(&plugin, &key, &sealed).unwrap();
    plugin.check_health().unwrap();
    // The only record whose value was asked for is the key record.
    assert_eq!(testing::calls("key-storage.read"), 1);
}

#[test]
fn xks_056_a_key_that_does_not_exist_is_not_found() {
    let (plugin, key) = with_demo("{}");
    assert_eq!(plugin.lookup("other"), Err(Error::KeyNotFound));
    assert_eq!(plugin.show_key("other"), Err(ManagementError::NotFound));
    testing::remove_record("key/demo-0");
    assert_eq!(plugin.lookup("demo-0"), Err(Error::KeyNotFound));
    assert_eq!(encrypt(&plugin, &key, b"text"), Err(Error::KeyNotFound));
}

#[test]
fn xks_109_damaged_storage_is_an_internal_fault() {
    for settings in BOTH_SIDES {
        let (plugin, key) = with_demo(settings);
        let id = std::str::from_utf8(&key.handle[8..]).unwrap();
        testing::remove_record(&format!("secret/{id}/1"));
        assert!(matches!(encrypt(&plugin, &key, b"text"), Err(Error::Internal(_))));
        let record = format!("key/{id}");
        key_storage::compare_and_set(&record, key_storage::revision(&record), b"{}").unwrap();
        assert!(matches!(plugin.lookup(id), Err(Error::Internal(_))));
    }
}

#[test]
fn xks_070_a_disabled_key_says_so_at_the_next_lookup() {
    let (plugin, key) = with_demo("{}");
    assert_eq!(key.key_status, KeyStatus::Enabled);
    let disabled = plugin.set_key_status("demo-0", KeyStatus::Disabled).unwrap();
    assert_eq!(disabled.key_status, KeyStatus::Disabled);
    assert_eq!(plugin.lookup("demo-0").unwrap().key_status, KeyStatus::Disabled);
    plugin.set_key_status("demo-0", KeyStatus::Enabled).unwrap();
    assert_eq!(plugin.lookup("demo-0").unwrap().key_status, KeyStatus::Enabled);
}

#[test]
fn xks_052_keys_have_the_usage_they_were_made_with() {
    let plugin = plugin("{}");
    for (id, usage) in [
        ("both", &["ENCRYPT", "DECRYPT"][..]),
        ("one", &["ENCRYPT"]),
        ("other", &["DECRYPT"]),
        ("none", &[]),
    ] {
        let made = plugin.create_key(id, &words(usage)).unwrap();
        assert_eq!(made.key_usage, usage);
        assert_eq!(plugin.lookup(id).unwrap().key_usage, usage);
    }
    let ids: Vec<_> = plugin.list_keys().unwrap().into_iter().map(|key| key.external_key_id).collect();
    assert_eq!(ids, ["both", "none", "one", "other"]);
}

#[test]
fn wrong_requests_make_no_key() {
    let plugin = plugin("{}");
    for usage in [&["SIGN"][..], &["encrypt"], &["ENCRYPT", "ENCRYPT"]] {
        let made = plugin.create_key("demo", &words(usage));
        assert!(matches!(made, Err(ManagementError::Invalid(_))), "{usage:?}");
    }
    for id in ["", "..", "a/b"] {
        assert!(matches!(plugin.create_key(id, &[]), Err(ManagementError::Invalid(_))), "{id}");
    }
    assert_eq!(plugin.list_keys(), Ok(Vec::new()));
    plugin.create_key("demo", &[]).unwrap();
    assert_eq!(plugin.create_key("demo", &[]), Err(ManagementError::AlreadyExists));
}

#[test]
fn a_key_is_made_although_an_earlier_attempt_left_its_secret() {
    key_storage::create_secret("secret/demo/1").unwrap();
    let plugin = plugin("{}");
    plugin.create_key("demo", &words(&["ENCRYPT"])).unwrap();
    encrypt(&plugin, &plugin.lookup("demo").unwrap(), b"text").unwrap();
}

#[test]
fn storage_that_fails_changes_nothing_and_says_so() {
    let (plugin, key) = with_demo("{}");
    testing::storage_fails(true);
    assert!(matches!(plugin.rotate_key("demo-0"), Err(ManagementError::Failed(_))));
    assert!(matches!(encrypt(&plugin, &key, b"text"), Err(Error::Internal(_))));
    testing::storage_fails(false);
    assert_eq!(plugin.show_key("demo-0").unwrap().versions, 1);
}

#[test]
fn more_keys_than_are_remembered_all_work() {
    let plugin = plugin("{}");
    for round in 0..2 {
        for number in 0..200 {
            let id = format!("key-{number}");
            if round == 0 {
                plugin.create_key(&id, &words(&["ENCRYPT"])).unwrap();
            }
            encrypt(&plugin, &plugin.lookup(&id).unwrap(), b"text").unwrap();
        }
    }
}

#[test]
fn more_versions_than_are_remembered_all_decrypt() {
    let (plugin, first) = with_demo("{}");
    let mut sealed = vec![(first.ciphertext_metadata.clone(), encrypt(&plugin, &first, b"text").unwrap())];
    for _ in 0..9 {
        plugin.rotate_key("demo-0").unwrap();
        let key = plugin.lookup("demo-0").unwrap();
        sealed.push((key.ciphertext_metadata.clone(), encrypt(&plugin, &key, b"text").unwrap()));
    }
    let key = plugin.lookup("demo-0").unwrap();
    for (metadata, sealed) in &sealed {
        assert_eq!(plugin.decrypt(&key.handle, metadata, b"aad", sealed).unwrap(), b"text");
    }
}

#[test]
fn xks_096_health_is_checked_on_a_key_of_its_own() {
    for settings in BOTH_SIDES {
        let plugin = plugin(settings);
        let report = plugin.check_health().unwrap();
        assert_eq!(report.vendor, "Claviger");
        assert_eq!(report.key_managers.len(), 1);
        assert_eq!(report.key_managers[0].health_status, HealthStatus::Active);
        assert!(report.key_managers[0].model.starts_with("Claviger software keys 0."));
        assert_eq!(plugin.list_keys(), Ok(Vec::new()));
    }
}

#[test]
fn xks_100_a_failed_health_check_is_a_report_of_unavailable() {
    testing::storage_fails(true);
    let report = plugin("{}").check_health().unwrap();
    assert_eq!(report.key_managers[0].health_status, HealthStatus::Unavailable);
    assert_eq!(testing::logged().len(), 1);
}

#[test]
fn xks_068_a_version_that_is_used_up_encrypts_no_more_but_decrypts() {
    let (plugin, key) = with_demo("{}");
    let sealed = encrypt(&plugin, &key, b"text").unwrap();
    testing::set_counter("count/demo-0/1", 1 << 32);
    assert!(matches!(encrypt(&plugin, &key, b"text"), Err(Error::Internal(_))));
    assert_eq!(decrypt(&plugin, &key, &sealed).unwrap(), b"text");
    plugin.rotate_key("demo-0").unwrap();
    encrypt(&plugin, &plugin.lookup("demo-0").unwrap(), b"text").unwrap();
}

#[test]
fn wrong_settings_are_faults() {
    let text = r#"{"cipher":"hsm","size":1}"#;
    let faults = settings::read(text, Software::configure).err().unwrap();
    let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(paths, ["cipher", "size"]);
}
