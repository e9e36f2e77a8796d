//! A key backend that takes as much of its storage as it is given, in the way that the
//! external key id names, for as long as a call may take.

use claviger_sdk::key_storage::{self, Counter, StorageError};
use claviger_sdk::settings::Table;
use claviger_sdk::{
    AES_256, Call, DECRYPT, Decryption, ENCRYPT, Encryption, Error, ExternalKey, HealthReport,
    HealthStatus, KeyBackend, KeyManager, KeyStatus, Sealed, random,
};

struct Hoarder;

claviger_sdk::key_backend!(Hoarder);

/// A name that no other call has used.
fn new_name() -> String {
    random::bytes(16)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Until the storage refuses.
fn hoard(way: &str) -> StorageError {
    let mut held = Vec::new();
    loop {
        let done = match way {
            "opens-counters" => Counter::open(&new_name()).map(drop),
            "holds-counters" => Counter::open(&new_name()).map(|counter| held.push(counter)),
            "uses-counters" => {
                Counter::open(&new_name()).and_then(|counter| counter.next().map(drop))
            }
            "writes" => key_storage::compare_and_set(&new_name(), None, &[0; 60_000]).map(drop),
            // Of one record, as small as can be.
            _ => {
                let revision = key_storage::revision("one").unwrap_or_default();
                match key_storage::compare_and_set("one", revision, b"") {
                    Err(StorageError::Conflict) => Ok(()),
                    written => written.map(drop),
                }
            }
        };
        if let Err(error) = done {
            return error;
        }
    }
}

impl KeyBackend for Hoarder {
    fn configure(_: &Table<'_>) -> Option<Self> {
        Some(Self)
    }

    fn lookup(&self, _: &Call, id: &str) -> Result<ExternalKey, Error> {
        Ok(ExternalKey {
            handle: id.into(),
            key_spec: AES_256.into(),
            key_usage: vec![ENCRYPT.into(), DECRYPT.into()],
            key_status: KeyStatus::Enabled,
            ciphertext_metadata: Vec::new(),
            fresh_for_ms: 500,
            requests_at_once: 1,
            host_cipher: None,
        })
    }

    fn encrypt(&self, handle: &[u8], _: &Encryption) -> Result<Sealed, Error> {
        Err(hoard(std::str::from_utf8(handle).unwrap_or_default()).into())
    }

    fn decrypt(&self, _: &[u8], _: &Decryption) -> Result<Vec<u8>, Error> {
        Err(Error::invalid_ciphertext())
    }

    fn check_health(&self, _: &Call) -> Result<HealthReport, Error> {
        Ok(HealthReport {
            vendor: "Claviger tests".into(),
            key_managers: vec![KeyManager {
                id: "hoarder".into(),
                model: "hoarder 1".into(),
                health_status: HealthStatus::Active,
            }],
        })
    }
}
