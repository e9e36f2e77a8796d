use super::*;
use claviger_sdk::pkcs11::{Pkcs11Error, TokenState};

const ENCRYPT: &str = "pkcs11.secret-key.encrypt";

#[test]
fn the_primary_is_asked_while_it_is_healthy() {
    let (primary, replica) = two_tokens();
    let plugin = plugin(TWO);
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
    encrypt(&plugin, &key, b"text").unwrap();
    assert_eq!(primary.calls(ENCRYPT), 1);
    assert_eq!(replica.all_calls(), 0);
}

#[test]
fn a_serving_replica_goes_before_a_degraded_primary() {
    let (primary, replica) = two_tokens();
    primary.set_state(TokenState::Degraded);
    let plugin = plugin(TWO);
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
    let sealed = encrypt(&plugin, &key, b"text").unwrap();
    assert_eq!((primary.all_calls(), replica.calls(ENCRYPT)), (0, 1));
    replica.set_state(TokenState::Degraded);
    // Equals again: the handle's token needs no search.
    let before = replica.all_calls();
    decrypt(&plugin, &key, &sealed).unwrap();
    assert_eq!((primary.all_calls(), replica.all_calls()), (0, before + 1));
    replica.set_state(TokenState::Unavailable);
    decrypt(&plugin, &key, &sealed).unwrap();
}

#[test]
fn what_one_token_fails_at_the_other_is_asked_once() {
    let (primary, replica) = two_tokens();
    let plugin = plugin(TWO);
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
    let sealed = encrypt(&plugin, &key, b"text").unwrap();
    for fault in [
        Pkcs11Error::Failed(0x30),
        Pkcs11Error::Throttled,
        Pkcs11Error::Unavailable,
    ] {
        primary.fails(Some(fault));
        encrypt(&plugin, &key, b"text").unwrap();
        assert_eq!(decrypt(&plugin, &key, &sealed).unwrap(), b"text");
        let key = plugin.lookup(&Call::default(), "demo").unwrap();
        encrypt(&plugin, &key, b"text").unwrap();
    }
    // One search there, for all of them, and one of the lookups.
    assert_eq!(replica.calls("pkcs11.token.find"), 2);
    replica.fails(Some(Pkcs11Error::Failed(0x6)));
    assert!(matches!(
        encrypt(&plugin, &key, b"text"),
        Err(Error {
            kind: FailureKind::DependencyTimeout,
            ..
        })
    ));
}

#[test]
fn after_the_deadline_no_other_token_is_asked() {
    let (primary, replica) = two_tokens();
    let plugin = plugin(TWO);
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
    primary.fails(Some(Pkcs11Error::Deadline));
    assert!(matches!(
        encrypt(&plugin, &key, b"text"),
        Err(Error {
            kind: FailureKind::DependencyTimeout,
            ..
        })
    ));
    assert!(matches!(
        plugin.lookup(&Call::default(), "demo"),
        Err(Error {
            kind: FailureKind::DependencyTimeout,
            ..
        })
    ));
    assert_eq!(replica.all_calls(), 0);
}

#[test]
fn xks_088_a_wrong_tag_is_not_asked_twice() {
    let (_primary, replica) = two_tokens();
    let plugin = plugin(TWO);
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
    let mut sealed = encrypt(&plugin, &key, b"text").unwrap();
    sealed.authentication_tag[0] ^= 1;
    assert_eq!(
        decrypt(&plugin, &key, &sealed),
        Err(Error::invalid_ciphertext())
    );
    assert_eq!(replica.all_calls(), 0);
}

#[test]
fn xks_056_only_the_primary_says_that_a_key_does_not_exist() {
    let (primary, replica) = two_tokens();
    primary.add(TestKey::new("new"));
    let plugin = plugin(TWO);
    assert_eq!(
        plugin.lookup(&Call::default(), "none"),
        Err(Error::key_not_found())
    );
    assert_eq!(replica.all_calls(), 0);
    // The replica is behind, and the primary is gone.
    primary.set_state(TokenState::Unavailable);
    assert!(matches!(
        plugin.lookup(&Call::default(), "new"),
        Err(Error {
            kind: FailureKind::DependencyTimeout,
            ..
        })
    ));
    plugin.lookup(&Call::default(), "demo").unwrap();
    // The replica is healthier, but the primary knows more.
    primary.set_state(TokenState::Degraded);
    plugin.lookup(&Call::default(), "new").unwrap();
    assert_eq!(
        plugin.lookup(&Call::default(), "none"),
        Err(Error::key_not_found())
    );
}

#[test]
fn xks_091_a_replica_without_the_newest_version_does_not_blame_the_ciphertext() {
    let settings = r#"{"tokens":["a","b"],"label":"{key}.{version}"}"#;
    let (primary, replica) = (TestToken::new("a"), TestToken::new("b"));
    primary.add(TestKey::new("k.1"));
    replica.replicate(&primary);
    primary.add(TestKey::new("k.2"));
    let plugin = plugin(settings);
    let key = plugin.lookup(&Call::default(), "k").unwrap();
    let sealed = encrypt(&plugin, &key, b"text").unwrap();
    primary.set_state(TokenState::Unavailable);
    let older = plugin.lookup(&Call::default(), "k").unwrap();
    assert_eq!(older.ciphertext_metadata, [0, 0, 0, 1]);
    encrypt(&plugin, &older, b"text").unwrap();
    let metadata = &key.ciphertext_metadata;
    for handle in [&key.handle, &older.handle] {
        let opened = plugin.decrypt(handle, &testing::decryption(metadata, b"aad", &sealed));
        assert!(
            matches!(
                opened,
                Err(Error {
                    kind: FailureKind::DependencyTimeout,
                    ..
                })
            ),
            "{opened:?}"
        );
    }
}

#[test]
fn tokens_that_are_both_gone_are_a_time_out() {
    let (primary, replica) = two_tokens();
    let plugin = plugin(TWO);
    primary.set_state(TokenState::Unavailable);
    replica.set_state(TokenState::Unavailable);
    assert!(matches!(
        plugin.lookup(&Call::default(), "demo"),
        Err(Error {
            kind: FailureKind::DependencyTimeout,
            ..
        })
    ));
}
