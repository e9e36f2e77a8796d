//! World `key-backend`: the interfaces `key-lookup`, `crypto` and `health`. Its
//! `key-management` is in [`super::management`].

use std::sync::Arc;

use wasmtime::component::TypedFunc;

use super::exported::health;
use super::exported::key_lookup::ExternalKey;
use super::imported::types::{Error, Sealed};
use super::management::Management;
use crate::plugin::answer::KeyAnswer;
use crate::plugin::contract::{Role, World};
use crate::plugin::exports::Exports;
use crate::plugin::fault::PluginFault;
use crate::plugin::instance::Sensitivity::{Plain, Plaintext};
use crate::plugin::pool::Lease;
use crate::plugin::turn::Budget;
use crate::words::{
    self, Deadline, HealthReport, KeyId, KeyManager, KeyManagerState, Octets, Refusal,
};

/// Handle, ciphertext metadata, additional data, plaintext.
type Encrypt = (Octets, Octets, Octets, Octets);
/// Handle, ciphertext metadata, additional data, sealed.
type Decrypt = (Octets, Octets, Octets, Arc<Sealed>);

/// Its functions.
pub(in crate::plugin) struct Backend {
    lookup: TypedFunc<(Arc<str>,), (Result<ExternalKey, Error>,)>,
    encrypt: TypedFunc<Encrypt, (Result<Sealed, Error>,)>,
    decrypt: TypedFunc<Decrypt, (Result<Vec<u8>, Error>,)>,
    check: TypedFunc<(), (Result<health::HealthReport, Error>,)>,
    pub(super) keys: Management,
}

impl World for Backend {
    const ROLE: Role = Role::Backend;

    fn find(exports: &mut Exports<'_>) -> wasmtime::Result<Self> {
        Ok(Self {
            lookup: exports.find("key-lookup", "lookup")?,
            encrypt: exports.find("crypto", "encrypt")?,
            decrypt: exports.find("crypto", "decrypt")?,
            check: exports.find("health", "check")?,
            keys: Management::find(exports)?,
        })
    }
}

/// What a plugin answers, or refuses to.
pub(in crate::plugin) type Answer<T> = Result<Result<T, Refusal>, PluginFault>;

/// A key as calls of `crypto` name it: its handle, and the ciphertext metadata
/// without the host's framing.
pub(in crate::plugin) struct KeyNamed {
    pub(in crate::plugin) handle: Octets,
    pub(in crate::plugin) metadata: Octets,
}

impl Lease<'_, Backend> {
    /// `key-lookup.lookup`.
    pub(in crate::plugin) async fn lookup(
        &mut self,
        deadline: Deadline,
        id: &KeyId,
    ) -> Answer<KeyAnswer> {
        let parameters = (id.shared(),);
        let (answer,) = self
            .call(deadline, Plain, |world| world.lookup, parameters)
            .await?;
        Ok(answer.map(KeyAnswer::from).map_err(Refusal::from))
    }

    /// `crypto.encrypt`. The text of a refusal is withheld: it may hold the
    /// plaintext.
    pub(in crate::plugin) async fn encrypt(
        &mut self,
        deadline: Deadline,
        key: KeyNamed,
        additional_data: Octets,
        plaintext: Octets,
    ) -> Answer<words::Sealed> {
        let parameters = (key.handle, key.metadata, additional_data, plaintext);
        let (answer,) = self
            .call(deadline, Plaintext, |world| world.encrypt, parameters)
            .await?;
        Ok(answer.map(words::Sealed::from).map_err(withheld))
    }

    /// `crypto.decrypt`. The text of a refusal is withheld.
    pub(in crate::plugin) async fn decrypt(
        &mut self,
        deadline: Deadline,
        key: KeyNamed,
        additional_data: Octets,
        sealed: words::Sealed,
    ) -> Answer<Vec<u8>> {
        let sealed = Arc::new(Sealed::from(sealed));
        let parameters = (key.handle, key.metadata, additional_data, sealed);
        let (answer,) = self
            .call(deadline, Plaintext, |world| world.decrypt, parameters)
            .await?;
        Ok(answer.map_err(withheld))
    }

    /// `health.check`.
    pub(in crate::plugin) async fn check(&mut self, budget: Budget) -> Answer<HealthReport> {
        let (answer,) = self.call(budget, Plain, |world| world.check, ()).await?;
        Ok(answer.map(HealthReport::from).map_err(Refusal::from))
    }
}

fn withheld(error: Error) -> Refusal {
    Refusal::from(error).withheld()
}

impl From<health::HealthReport> for HealthReport {
    fn from(report: health::HealthReport) -> Self {
        let manager = |manager: health::KeyManager| KeyManager {
            id: manager.id,
            model: manager.model,
            state: match manager.health_status {
                health::HealthStatus::Active => KeyManagerState::Active,
                health::HealthStatus::Degraded => KeyManagerState::Degraded,
                health::HealthStatus::Unavailable => KeyManagerState::Unavailable,
            },
        };
        Self {
            vendor: report.vendor,
            key_managers: report.key_managers.into_iter().map(manager).collect(),
        }
    }
}
