//! AES-256-GCM with named, versioned keys in the host's key storage.
//!
//! The setting `cipher` says who computes: `host`, the default, uses the
//! capability `aead`, so that key bytes never enter the sandbox; `guest` computes
//! here. Ciphertexts are the same, and the setting can change at any time. With
//! `host` the host even encrypts without calling this plugin, under the key that
//! `lookup` names; what reaches `decrypt` then carries an earlier version.
//!
//! A key's version is its ciphertext metadata: rotation adds a version, and the
//! earlier ones keep decrypting what they encrypted (XKS-091).

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test that meets the unexpected should panic"
    )
)]

mod cipher;
mod health;
mod initialization_vectors;
mod keys;
mod management;
mod names;
mod record;
mod use_limit;

use cipher::Side;
use claviger_sdk::settings::Table;
use claviger_sdk::{
    AES_256, Call, Decryption, Encryption, Error, ExternalKey, HealthReport, HostCipher,
    KeyBackend, KeyList, KeyStatus, KeySummary, ManagementError, Sealed, StoredKey, log,
};
use initialization_vectors::InitializationVectors;
use keys::{Key, Keys};
use names::{Handle, metadata_of, version_of};
use std::rc::Rc;

/// The plugin.
struct Software {
    side: Side,
    keys: Keys,
}

/// With the host's watch on the storage, a change is seen within half a second.
const FRESH_FOR_MS: u32 = 250;

claviger_sdk::key_backend!(Software);

impl KeyBackend for Software {
    const VENDOR: &'static str = "Claviger";
    const SETTINGS_SCHEMA: Option<&'static str> = Some(include_str!("../settings.schema.json"));

    fn configure(settings: &Table<'_>) -> Option<Self> {
        log::panics();
        let guest = settings.choice("cipher", &[("host", false), ("guest", true)]);
        let side = if guest.unwrap_or_default() {
            Side::Guest(Rc::new(InitializationVectors::default()))
        } else {
            Side::Host
        };
        Some(Self {
            keys: Keys::new(side.clone()),
            side,
        })
    }

    fn lookup(&self, _: &Call, external_key_id: &str) -> Result<ExternalKey, Error> {
        let key = self.keys.now(external_key_id)?;
        key.warn_if_nearly_used_up();
        let handle = Handle {
            revision: key.revision,
            id: &key.id,
        };
        Ok(ExternalKey {
            handle: handle.to_bytes(),
            key_spec: AES_256.to_owned(),
            key_usage: key
                .record
                .usage
                .iter()
                .map(|usage| usage.word().to_owned())
                .collect(),
            key_status: key.record.status.into(),
            ciphertext_metadata: metadata_of(key.record.current),
            fresh_for_ms: FRESH_FOR_MS,
            requests_at_once: 1,
            host_cipher: self.host_cipher(&key),
        })
    }

    fn encrypt(&self, handle: &[u8], request: &Encryption) -> Result<Sealed, Error> {
        let key = self.keys.of(parse(handle)?)?;
        // What `lookup` gave out, so anything else is a fault of the host.
        let unknown = || Error::internal("encryption under a version that the key does not have");
        let version = version_of(&request.ciphertext_metadata).ok_or_else(unknown)?;
        let version = self.keys.version(&key, version)?.ok_or_else(unknown)?;
        version.limit.count()?;
        version
            .cipher
            .seal(&request.additional_data, &request.plaintext)
    }

    fn decrypt(&self, handle: &[u8], request: &Decryption) -> Result<Vec<u8>, Error> {
        let key = self.keys.of(parse(handle)?)?;
        let version = version_of(&request.ciphertext_metadata).ok_or(Error::invalid_ciphertext())?;
        let version = self
            .keys
            .version(&key, version)?
            .ok_or(Error::invalid_ciphertext())?;
        version
            .cipher
            .open_sealed(&request.additional_data, &request.sealed)
    }

    fn check_health(&self, _: &Call) -> Result<HealthReport, Error> {
        Ok(health::check(&self.side))
    }

    fn create_key(
        &self,
        external_key_id: &str,
        key_usage: &[String],
    ) -> Result<KeySummary, ManagementError> {
        management::create(external_key_id, key_usage)
    }

    fn list_keys(&self, after: Option<&str>, limit: u32) -> Result<KeyList, ManagementError> {
        management::list(after, limit)
    }

    fn show_key(&self, external_key_id: &str) -> Result<KeySummary, ManagementError> {
        management::show(external_key_id)
    }

    fn set_key_status(
        &self,
        external_key_id: &str,
        key_status: KeyStatus,
    ) -> Result<KeySummary, ManagementError> {
        management::set_status(external_key_id, key_status)
    }

    fn rotate_key(&self, external_key_id: &str) -> Result<KeySummary, ManagementError> {
        management::rotate(external_key_id)
    }
}

impl Software {
    /// What the host needs to encrypt without this plugin.
    fn host_cipher(&self, key: &Key) -> Option<HostCipher> {
        let current = key.record.current;
        match self.side {
            Side::Guest(_) => None,
            Side::Host => Some(HostCipher::Stored(StoredKey {
                key_record: key.record.version(current)?.secret.clone(),
                counter: use_limit::counter(&key.id, current),
            })),
        }
    }
}

fn parse(handle: &[u8]) -> Result<Handle<'_>, Error> {
    Handle::parse(handle).ok_or_else(|| Error::internal("a handle that this plugin never made"))
}

#[cfg(test)]
mod tests;
