//! AES-256-GCM with keys in a key manager that speaks KMIP 1.4, 2.0 or 2.1.
//!
//! ```toml
//! grants = { log = true, metrics = true, random = true, streams = ["kmip"], secrets = [] }
//! ```
//!
//! | setting | is |
//! |---|---|
//! | `upstream` | the granted upstream, `kmip` unless set: `tls://` with the client's certificate |
//! | `version` | `"1.4"`, `"2.0"` or `"2.1"`; found out unless set, 1.4 first |
//! | `keys` | what external key ids are to the server: `"names"` unless set, or `"identifiers"` |
//! | `key_prefix` | what names of keys have in front of the external key id; nothing unless set |
//! | `health_key` | the key for health checks, by its name, `claviger-health` unless set, or by its identifier |
//! | `login` | `{ user = "…", password = "SECRET" }`, where the certificate does not say who asks |
//! | `initialization_vectors` | who makes them: `"server"` unless set, or `"host"` |
//! | `earlier` | identifiers that keys had before, the latest first: `{ demo = ["…"] }` |
//! | `usage` | what keys may be used for, where it is less than the server allows: `{ old = ["DECRYPT"] }` |
//! | `batch` | requests of AWS KMS in one message to the server, 32 unless set |
//!
//! The Unique Identifier of a key is its ciphertext metadata, so that ciphertexts of a
//! key that was replaced on the server still find theirs: by the links that Re-key leaves
//! behind, or by `earlier`.
//!
//! Before a key is used the server is tried out with the key for health checks: which
//! version it has, which operations, whether it takes several items in one message,
//! whether it authenticates additional data, and how it refuses a wrong tag. All
//! instances know of it through the secrets that the host keeps.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test that meets the unexpected should panic"
    )
)]

mod crypto;
mod earlier;
mod health;
mod keys;
mod management;
mod names;
mod refusal;
mod server;
mod session;
mod settings;
#[cfg(test)]
mod tests;
mod trial;

use claviger_sdk::settings::Table;
use claviger_sdk::{
    Call, Decryption, Encryption, Error, ExternalKey, HealthReport, KeyBackend, KeyList, KeyStatus,
    KeySummary, ManagementError, Sealed, log,
};
use session::Session;
use settings::Settings;
use std::time::Duration;

/// The plugin.
struct Kmip {
    settings: Settings,
    session: Session,
    health: health::Health,
}

claviger_sdk::key_backend!(Kmip);

impl KeyBackend for Kmip {
    const VENDOR: &'static str = "Claviger";
    const SETTINGS_SCHEMA: Option<&'static str> = Some(include_str!("../settings.schema.json"));

    fn configure(settings: &Table<'_>) -> Option<Self> {
        log::panics();
        let settings = Settings::read(settings)?;
        Some(Self {
            session: Session::new(&settings),
            settings,
            health: health::Health::default(),
        })
    }

    fn lookup(&self, _: &Call, external_key_id: &str) -> Result<ExternalKey, Error> {
        self.find(external_key_id)
    }

    fn encrypt(&self, handle: &[u8], request: &Encryption) -> Result<Sealed, Error> {
        only(self.encrypt_all(handle, std::slice::from_ref(request)))
    }

    fn decrypt(&self, handle: &[u8], request: &Decryption) -> Result<Vec<u8>, Error> {
        only(self.decrypt_all(handle, std::slice::from_ref(request)))
    }

    fn encrypt_all(&self, handle: &[u8], requests: &[Encryption]) -> Vec<Result<Sealed, Error>> {
        let sealed = self.seal_all(handle, requests);
        sealed.unwrap_or_else(|error| requests.iter().map(|_| Err(error.clone())).collect())
    }

    fn decrypt_all(&self, handle: &[u8], requests: &[Decryption]) -> Vec<Result<Vec<u8>, Error>> {
        let opened = self.open_all(handle, requests);
        opened.unwrap_or_else(|error| requests.iter().map(|_| Err(error.clone())).collect())
    }

    fn upkeep(&self, _: &Call) -> Option<Duration> {
        self.try_server()
    }

    fn check_health(&self, _: &Call) -> Result<HealthReport, Error> {
        self.report()
    }

    fn create_key(&self, _: &str, _: &[String]) -> Result<KeySummary, ManagementError> {
        Err(elsewhere(
            "make a 256-bit AES key of this name for Encrypt and Decrypt there, and activate it",
        ))
    }

    fn list_keys(&self, after: Option<&str>, limit: u32) -> Result<KeyList, ManagementError> {
        self.list(after, limit)
    }

    fn show_key(&self, id: &str) -> Result<KeySummary, ManagementError> {
        self.show(id)
    }

    fn set_key_status(&self, _: &str, _: KeyStatus) -> Result<KeySummary, ManagementError> {
        Err(elsewhere(
            "revoke the key there, which is for ever; or use `claviger key disable` and \
             `claviger key enable` on the hosts",
        ))
    }

    fn rotate_key(&self, _: &str) -> Result<KeySummary, ManagementError> {
        Err(elsewhere("re-key it there"))
    }
}

/// What the operator does with the server's own tools: the certificate of a proxy should
/// not be allowed to.
fn elsewhere(what: &str) -> ManagementError {
    ManagementError::Unsupported(format!("keys are managed on the KMIP server: {what}"))
}

/// The answer to the only request.
fn only<T>(answers: Vec<Result<T, Error>>) -> Result<T, Error> {
    let mut answers = answers.into_iter();
    let only = answers.next();
    only.unwrap_or_else(|| Err(Error::internal("no answer")))
}
