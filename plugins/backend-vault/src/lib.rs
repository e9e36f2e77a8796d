//! AES-256-GCM with keys in the transit engine of OpenBao or HashiCorp Vault.
//!
//! ```toml
//! grants = { http = ["vault"], secrets = ["secret-id"], log = true, metrics = true }
//! settings.login = { method = "approle", role_id = "…", secret_id = "secret-id" }
//! ```
//!
//! | setting | is |
//! |---|---|
//! | `upstream` | the granted upstream, `vault` unless set |
//! | `mount` | where the transit engine is mounted, `transit` unless set |
//! | `namespace` | the namespace of requests; none unless set |
//! | `key_prefix` | what names of keys have in front of the external key id; nothing unless set |
//! | `login` | `{ method = "token", token = "SECRET" }`, `{ method = "approle", role_id = "…", secret_id = "SECRET" }` or `{ method = "cert", role = "…" }`, each with its `mount` |
//! | `health_key` | the key for health checks, `claviger-health` unless set |
//! | `usage` | what keys may be used for, where it is less than the server allows: `{ old = ["DECRYPT"] }` |
//! | `batch` | requests of AWS KMS in one request to the server, 32 unless set |
//!
//! The version of a key is its ciphertext metadata: a rotation on the server is followed
//! with the next lookup, and earlier versions decrypt what they encrypted. A key is
//! looked up before it encrypts, and is never made by encrypting.
//!
//! One instance logs in for all: the token is kept by the host, and renewed in the
//! background before it expires.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test that meets the unexpected should panic"
    )
)]

mod api;
mod ciphertext;
mod crypto;
mod health;
mod keys;
mod login;
mod management;
mod names;
mod settings;
mod state;
#[cfg(test)]
mod tests;

use api::Api;
use claviger_sdk::settings::Table;
use claviger_sdk::{
    Call, Decryption, Encryption, Error, ExternalKey, HealthReport, KeyBackend, KeyList, KeyStatus,
    KeySummary, ManagementError, Sealed, log,
};
use settings::Settings;
use std::time::Duration;

/// The plugin.
struct Vault {
    settings: Settings,
    api: Api,
    health: health::Health,
}

claviger_sdk::key_backend!(Vault);

impl KeyBackend for Vault {
    const VENDOR: &'static str = "Claviger";
    const SETTINGS_SCHEMA: Option<&'static str> = Some(include_str!("../settings.schema.json"));

    fn configure(settings: &Table<'_>) -> Option<Self> {
        log::panics();
        let settings = Settings::read(settings)?;
        Some(Self {
            api: Api::new(&settings),
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
        self.seal_all(handle, requests)
    }

    fn decrypt_all(&self, handle: &[u8], requests: &[Decryption]) -> Vec<Result<Vec<u8>, Error>> {
        self.open_all(handle, requests)
    }

    fn upkeep(&self, call: &Call) -> Option<Duration> {
        Some(self.keep_logged_in(call.now))
    }

    fn check_health(&self, call: &Call) -> Result<HealthReport, Error> {
        self.report(call)
    }

    fn create_key(&self, id: &str, _: &[String]) -> Result<KeySummary, ManagementError> {
        Err(self.elsewhere("write -f", id, ""))
    }

    fn list_keys(&self, after: Option<&str>, limit: u32) -> Result<KeyList, ManagementError> {
        self.list(after, limit)
    }

    fn show_key(&self, id: &str) -> Result<KeySummary, ManagementError> {
        self.show(id)
    }

    fn set_key_status(&self, _: &str, _: KeyStatus) -> Result<KeySummary, ManagementError> {
        Err(ManagementError::Unsupported(
            "do it on the server, with soft-delete and soft-delete-restore of the key; or on the \
             hosts, with `claviger key disable` and `claviger key enable`"
                .into(),
        ))
    }

    fn rotate_key(&self, id: &str) -> Result<KeySummary, ManagementError> {
        Err(self.elsewhere("write -f", id, "/rotate"))
    }
}

/// The answer to the only request.
fn only<T>(answers: Vec<Result<T, Error>>) -> Result<T, Error> {
    let mut answers = answers.into_iter();
    let only = answers.next();
    only.unwrap_or_else(|| Err(Error::internal("no answer")))
}
