//! The smallest key backend: one AES key for each external key, kept by the host.
//!
//! Real backends also rotate keys, limit how often one may encrypt, and disable
//! them: see `plugins/backend-software`.

use claviger_sdk::key_storage::{self, StorageError};
use claviger_sdk::{
    AES_256, Call, DECRYPT, Decryption, ENCRYPT, Encryption, Error, ExternalKey, HealthReport,
    HealthStatus, KeyBackend, KeyManager, KeyStatus, KeySummary, ManagementError, Sealed,
};
use claviger_sdk::{aead::Key, settings::Table};

struct Minimal;

claviger_sdk::key_backend!(Minimal);

impl KeyBackend for Minimal {
    fn configure(_: &Table<'_>) -> Option<Self> {
        Some(Self)
    }

    fn lookup(&self, _: &Call, external_key_id: &str) -> Result<ExternalKey, Error> {
        let record = format!("key/{external_key_id}");
        key_storage::revision(&record)?.ok_or_else(Error::key_not_found)?;
        Ok(ExternalKey {
            handle: record.into_bytes(),
            key_spec: AES_256.into(),
            key_usage: vec![ENCRYPT.into(), DECRYPT.into()],
            key_status: KeyStatus::Enabled,
            ciphertext_metadata: Vec::new(),
            fresh_for_ms: 0,
            requests_at_once: 1,
            host_cipher: None,
        })
    }

    fn encrypt(&self, handle: &[u8], request: &Encryption) -> Result<Sealed, Error> {
        Ok(key(handle)?.seal(&request.additional_data, &request.plaintext)?)
    }

    fn decrypt(&self, handle: &[u8], request: &Decryption) -> Result<Vec<u8>, Error> {
        if !request.ciphertext_metadata.is_empty() {
            return Err(Error::invalid_ciphertext());
        }
        Ok(key(handle)?.open(&request.additional_data, &request.sealed)?)
    }

    /// On a key made for it, never on one that AWS KMS uses.
    fn check_health(&self, _: &Call) -> Result<HealthReport, Error> {
        // Fails when it is there already; `from_record` fails when it is not.
        let _ = key_storage::create_secret("health");
        let test_key = Key::from_record("health")?;
        test_key.open(b"", &test_key.seal(b"", b"test")?)?;
        Ok(HealthReport {
            vendor: "Example".into(),
            key_managers: vec![KeyManager {
                id: "minimal".into(),
                model: concat!("backend-minimal ", env!("CARGO_PKG_VERSION")).into(),
                health_status: HealthStatus::Active,
            }],
        })
    }

    fn create_key(&self, id: &str, key_usage: &[String]) -> Result<KeySummary, ManagementError> {
        if key_usage.len() != 2 {
            let problem = "keys of this backend always encrypt and decrypt";
            return Err(ManagementError::Invalid(problem.into()));
        }
        key_storage::create_secret(&format!("key/{id}")).map_err(|error| match error {
            StorageError::Conflict => ManagementError::AlreadyExists,
            other => ManagementError::Failed(other.to_string()),
        })?;
        Ok(KeySummary {
            external_key_id: id.into(),
            key_spec: AES_256.into(),
            key_usage: key_usage.to_vec(),
            key_status: KeyStatus::Enabled,
            current_version: 1,
            versions: 1,
        })
    }
}

fn key(handle: &[u8]) -> Result<Key, Error> {
    Ok(Key::from_record(&String::from_utf8_lossy(handle))?)
}

#[cfg(test)]
use claviger_sdk::testing;

#[test]
fn what_is_encrypted_is_decrypted() {
    let usage = [ENCRYPT.into(), DECRYPT.into()];
    Minimal.create_key("demo", &usage).unwrap();
    let handle = Minimal.lookup(&Call::default(), "demo").unwrap().handle;
    let sealed = Minimal
        .encrypt(&handle, &testing::encryption(b"", b"aad", b"text"))
        .unwrap();
    assert_eq!(
        Minimal
            .decrypt(&handle, &testing::decryption(b"", b"aad", &sealed))
            .unwrap(),
        b"text"
    );
    assert_eq!(
        Minimal.lookup(&Call::default(), "other"),
        Err(Error::key_not_found())
    );
}
