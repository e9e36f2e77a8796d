mod crypto;
mod management;
mod memory;

use super::Software;
use claviger_sdk::settings;
use claviger_sdk::{
    Call, Error, ExternalKey, FailureKind, HealthStatus, HostCipher, KeyBackend, KeyList,
    KeyStatus, ManagementError, Sealed, StoredKey, key_storage, testing,
};

const BOTH_SIDES: [&str; 2] = [r#"{"cipher":"host"}"#, r#"{"cipher":"guest"}"#];

fn plugin(settings: &str) -> Software {
    settings::read(settings, Software::configure).ok().unwrap()
}

fn words(usage: &[&str]) -> Vec<String> {
    usage.iter().map(|word| (*word).to_owned()).collect()
}

/// A plugin with the key `demo` and what `lookup` says of it.
fn with_demo(settings: &str) -> (Software, ExternalKey) {
    let plugin = plugin(settings);
    let id = format!("demo-{}", testing::calls("key-storage.create-secret"));
    plugin
        .create_key(&id, &words(&["ENCRYPT", "DECRYPT"]))
        .unwrap();
    let key = plugin.lookup(&Call::default(), &id).unwrap();
    (plugin, key)
}

fn encrypt(plugin: &Software, key: &ExternalKey, text: &[u8]) -> Result<Sealed, Error> {
    plugin.encrypt(
        &key.handle,
        &testing::encryption(&key.ciphertext_metadata, b"aad", text),
    )
}

fn decrypt(plugin: &Software, key: &ExternalKey, sealed: &Sealed) -> Result<Vec<u8>, Error> {
    plugin.decrypt(
        &key.handle,
        &testing::decryption(&key.ciphertext_metadata, b"aad", sealed),
    )
}
