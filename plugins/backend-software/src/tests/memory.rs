use super::*;

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
    let after = other.lookup(&Call::default(), id).unwrap();
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
    let key = plugin.lookup(&Call::default(), id).unwrap();
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
    plugin.check_health(&Call::default()).unwrap();
    // The only record whose value was asked for is the key record.
    assert_eq!(testing::calls("key-storage.read"), 1);
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
            encrypt(
                &plugin,
                &plugin.lookup(&Call::default(), &id).unwrap(),
                b"text",
            )
            .unwrap();
        }
    }
}

#[test]
fn more_versions_than_are_remembered_all_decrypt() {
    let (plugin, first) = with_demo("{}");
    let mut sealed = vec![(
        first.ciphertext_metadata.clone(),
        encrypt(&plugin, &first, b"text").unwrap(),
    )];
    for _ in 0..9 {
        plugin.rotate_key("demo-0").unwrap();
        let key = plugin.lookup(&Call::default(), "demo-0").unwrap();
        sealed.push((
            key.ciphertext_metadata.clone(),
            encrypt(&plugin, &key, b"text").unwrap(),
        ));
    }
    let key = plugin.lookup(&Call::default(), "demo-0").unwrap();
    for (metadata, sealed) in &sealed {
        assert_eq!(
            plugin
                .decrypt(&key.handle, &testing::decryption(metadata, b"aad", sealed))
                .unwrap(),
            b"text"
        );
    }
}
