use super::*;
use claviger_sdk::HostCipher;
use claviger_sdk::pkcs11::{Pkcs11Error, Token};
use claviger_sdk::testing;

type Expected = fn(&Error) -> bool;

#[test]
fn the_host_is_given_the_newest_version_of_an_aes_256_key_and_no_other() {
    let hsm = hsm(&["demo.v1", "demo.v2"]);
    hsm.add(TestKey::new("short.v1").kind(0x1f, Some(16)));
    let plugin = plugin(VERSIONED);
    let Some(HostCipher::OnToken(named)) =
        plugin.lookup(&Call::default(), "demo").unwrap().host_cipher
    else {
        panic!("no key for the host")
    };
    let newest = Token::open("hsm").unwrap().key(named.key);
    assert_eq!(named.token, "hsm");
    assert_eq!(newest.attributes().unwrap().label, "demo.v2");
    assert_eq!(
        plugin
            .lookup(&Call::default(), "short")
            .unwrap()
            .host_cipher,
        None
    );
}

#[test]
fn xks_067_the_three_parts_have_their_lengths() {
    for vector in [12, 16] {
        let hsm = hsm(&["demo"]);
        if vector == 16 {
            hsm.makes_long_vectors();
        }
        let plugin = plugin(ONE);
        let key = plugin.lookup(&Call::default(), "demo").unwrap();
        for length in [1, 32, 4300] {
            let text = vec![7; length];
            let sealed = encrypt(&plugin, &key, &text).unwrap();
            assert_eq!(sealed.ciphertext.len(), length);
            assert_eq!(sealed.initialization_vector.len(), vector);
            assert_eq!(sealed.authentication_tag.len(), 16);
            assert_eq!(decrypt(&plugin, &key, &sealed).unwrap(), text);
        }
    }
}

#[test]
fn xks_088_a_flipped_bit_and_another_key_are_invalid_ciphertext() {
    hsm(&["demo", "other"]);
    let plugin = plugin(ONE);
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
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
    let other = plugin.lookup(&Call::default(), "other").unwrap();
    assert_eq!(
        decrypt(&plugin, &other, &sealed),
        Err(Error::invalid_ciphertext())
    );
}

#[test]
fn xks_084_other_additional_data_is_invalid_ciphertext() {
    hsm(&["demo"]);
    let plugin = plugin(ONE);
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
    let sealed = encrypt(&plugin, &key, b"text").unwrap();
    let opened = plugin.decrypt(
        &key.handle,
        &testing::decryption(&key.ciphertext_metadata, b"AAD", &sealed),
    );
    assert_eq!(opened, Err(Error::invalid_ciphertext()));
}

#[test]
fn xks_080_a_key_that_lost_a_usage_is_refused_at_once() {
    let hsm = hsm(&["demo"]);
    let plugin = plugin(ONE);
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
    let sealed = encrypt(&plugin, &key, b"text").unwrap();
    hsm.change("demo", |attributes| attributes.decrypt = false);
    assert!(matches!(
        decrypt(&plugin, &key, &sealed),
        Err(Error {
            kind: FailureKind::InvalidKeyUsage,
            ..
        })
    ));
}

#[test]
fn xks_109_a_fault_of_the_token_blames_neither_key_nor_ciphertext() {
    let hsm = hsm(&["demo"]);
    let plugin = plugin(ONE);
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
    let sealed = encrypt(&plugin, &key, b"text").unwrap();
    let internal: Expected = |error| {
        matches!(
            error,
            Error {
                kind: FailureKind::Internal,
                ..
            }
        )
    };
    let timeout: Expected = |error| {
        matches!(
            error,
            Error {
                kind: FailureKind::DependencyTimeout,
                ..
            }
        )
    };
    let throttling: Expected = |error| {
        matches!(
            error,
            Error {
                kind: FailureKind::Throttling,
                ..
            }
        )
    };
    for (fault, expected) in [
        (Pkcs11Error::Failed(0x6), internal),
        (Pkcs11Error::Failed(0x40), internal),
        (Pkcs11Error::StaleKey, internal),
        (Pkcs11Error::Deadline, timeout),
        (Pkcs11Error::Unavailable, timeout),
        (Pkcs11Error::Throttled, throttling),
    ] {
        hsm.fails(Some(fault.clone()));
        for error in [
            plugin.lookup(&Call::default(), "demo").unwrap_err(),
            plugin.lookup(&Call::default(), "never-seen").unwrap_err(),
            encrypt(&plugin, &key, b"text").unwrap_err(),
            decrypt(&plugin, &key, &sealed).unwrap_err(),
        ] {
            assert!(expected(&error), "{fault}: {error}");
        }
    }
    hsm.fails(None);
    decrypt(&plugin, &key, &sealed).unwrap();
}

#[test]
fn xks_109_a_tag_cannot_be_wrong_when_encrypting() {
    let hsm = hsm(&["demo"]);
    let plugin = plugin(ONE);
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
    hsm.fails(Some(Pkcs11Error::AuthenticationFailed));
    assert!(matches!(
        encrypt(&plugin, &key, b"text"),
        Err(Error {
            kind: FailureKind::Internal,
            ..
        })
    ));
}

#[test]
fn xks_116_what_fails_over_a_plaintext_is_said_at_the_next_lookup() {
    let hsm = hsm(&["demo"]);
    let plugin = plugin(ONE);
    let key = plugin.lookup(&Call::default(), "demo").unwrap();
    hsm.fails(Some(Pkcs11Error::Failed(0x30)));
    for _ in 0..3 {
        encrypt(&plugin, &key, b"secret").unwrap_err();
    }
    assert_eq!(testing::logged(), []);
    hsm.fails(None);
    plugin.lookup(&Call::default(), "demo").unwrap();
    let lines = testing::logged();
    assert_eq!(lines.len(), 1);
    assert_eq!(
        lines[0].1,
        "token hsm: encrypt: it answered CKR_DEVICE_ERROR (0x30) (3 times)"
    );
}
