mod crypto;
mod failover;
mod health;
mod keys;
mod management;
mod memory;
mod versions;

use crate::backend::Pkcs11;
use claviger_sdk::settings;
use claviger_sdk::testing::{TestKey, TestToken};
use claviger_sdk::{Call, Error, ExternalKey, FailureKind, KeyBackend, Sealed, testing};

const ONE: &str = r#"{"tokens":["hsm"]}"#;
const TWO: &str = r#"{"tokens":["a","b"]}"#;
const VERSIONED: &str = r#"{"tokens":["hsm"],"label":"{key}.v{version}"}"#;
const LISTED: &str = r#"{"tokens":["hsm"],"keys":{"demo":["old key","new key"]}}"#;

fn plugin(settings: &str) -> Pkcs11 {
    settings::read(settings, Pkcs11::configure).ok().unwrap()
}

/// A token `hsm` with keys of these labels.
fn hsm(labels: &[&str]) -> TestToken {
    let hsm = TestToken::new("hsm");
    for label in labels {
        hsm.add(TestKey::new(label));
    }
    hsm
}

/// The tokens `a` and `b` with the same key `demo`.
fn two_tokens() -> (TestToken, TestToken) {
    let (primary, replica) = (TestToken::new("a"), TestToken::new("b"));
    primary.add(TestKey::new("demo"));
    replica.replicate(&primary);
    (primary, replica)
}

fn words(usage: &[&str]) -> Vec<String> {
    usage.iter().map(|word| (*word).to_owned()).collect()
}

fn encrypt(plugin: &Pkcs11, key: &ExternalKey, text: &[u8]) -> Result<Sealed, Error> {
    plugin.encrypt(
        &key.handle,
        &testing::encryption(&key.ciphertext_metadata, b"aad", text),
    )
}

fn decrypt(plugin: &Pkcs11, key: &ExternalKey, sealed: &Sealed) -> Result<Vec<u8>, Error> {
    plugin.decrypt(
        &key.handle,
        &testing::decryption(&key.ciphertext_metadata, b"aad", sealed),
    )
}
