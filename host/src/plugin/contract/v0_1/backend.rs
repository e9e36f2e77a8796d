//! World `key-backend`: the interfaces `key-lookup`, `crypto`, `upkeep` and `health`.
//! Its `key-management` is in [`super::management`].

use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::{ComponentType, Lower, TypedFunc};
use zeroize::{Zeroize as _, Zeroizing};

use super::call::{Call, Returned, ReturnedEach};
use super::exported::health;
use super::exported::key_lookup::ExternalKey;
use super::imported::types::{Failure, Sealed};
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
    RequestContext,
};

/// A handle, and requests under it.
type Batch<T> = (Octets, Arc<[T]>);

/// Its functions.
pub(in crate::plugin) struct Backend {
    lookup: TypedFunc<(Call, Arc<str>), Returned<ExternalKey>>,
    encrypt: TypedFunc<Batch<Encryption>, ReturnedEach<Sealed>>,
    decrypt: TypedFunc<Batch<Decryption>, ReturnedEach<Vec<u8>>>,
    run: TypedFunc<(Call,), (u32,)>,
    check: TypedFunc<(Call,), Returned<health::HealthReport>>,
    pub(super) keys: Management,
}

/// `crypto.encryption`. The host's room for the plaintext is shared, not copied.
#[derive(Clone, ComponentType, Lower)]
#[component(record)]
pub(in crate::plugin) struct Encryption {
    call: Call,
    #[component(name = "ciphertext-metadata")]
    metadata: Octets,
    #[component(name = "additional-data")]
    additional_data: Octets,
    plaintext: Octets,
}

/// `crypto.decryption`.
#[derive(Clone, ComponentType, Lower)]
#[component(record)]
pub(in crate::plugin) struct Decryption {
    call: Call,
    #[component(name = "ciphertext-metadata")]
    metadata: Octets,
    #[component(name = "additional-data")]
    additional_data: Octets,
    sealed: Arc<Sealed>,
}

/// Whoever holds the plaintext last wipes it: the call may go on after its request has
/// given up.
impl Drop for Encryption {
    fn drop(&mut self) {
        if let Some(bytes) = Arc::get_mut(&mut self.plaintext) {
            bytes.zeroize();
        }
    }
}

impl World for Backend {
    const ROLE: Role = Role::Backend;

    fn find(exports: &mut Exports<'_>) -> wasmtime::Result<Self> {
        Ok(Self {
            lookup: exports.find("key-lookup", "lookup")?,
            encrypt: exports.find("crypto", "encrypt")?,
            decrypt: exports.find("crypto", "decrypt")?,
            run: exports.find("upkeep", "run")?,
            check: exports.find("health", "check")?,
            keys: Management::find(exports)?,
        })
    }
}

/// What a plugin answers, or refuses to.
pub(in crate::plugin) type Answer<T> = Result<Result<T, Refusal>, PluginFault>;

/// What it answers to several at once, in their order.
pub(in crate::plugin) type Answers<T> = Result<Vec<Result<T, Refusal>>, PluginFault>;

impl Encryption {
    /// Of a plaintext on behalf of `request`.
    pub(in crate::plugin) fn new(
        deadline: Deadline,
        request: Option<&RequestContext>,
        metadata: Octets,
        additional_data: Octets,
        plaintext: Octets,
    ) -> Self {
        Self {
            call: Call::new(deadline, request),
            metadata,
            additional_data,
            plaintext,
        }
    }

    /// The same once more: what is left of its time is another.
    pub(in crate::plugin) fn again(&mut self, deadline: Deadline) {
        self.call.again(deadline);
    }

    /// About how much of memory it takes in the plugin, in bytes.
    pub(in crate::plugin) fn bytes(&self) -> usize {
        self.metadata.len() + self.additional_data.len() + self.plaintext.len()
    }
}

impl Decryption {
    /// Of a ciphertext on behalf of `request`. `metadata` came back with it.
    pub(in crate::plugin) fn new(
        deadline: Deadline,
        request: Option<&RequestContext>,
        metadata: Octets,
        additional_data: Octets,
        sealed: words::Sealed,
    ) -> Self {
        Self {
            call: Call::new(deadline, request),
            metadata,
            additional_data,
            sealed: Arc::new(sealed.into()),
        }
    }

    /// The same once more: what is left of its time is another.
    pub(in crate::plugin) fn again(&mut self, deadline: Deadline) {
        self.call.again(deadline);
    }

    /// About how much of memory it takes in the plugin, in bytes.
    pub(in crate::plugin) fn bytes(&self) -> usize {
        self.metadata.len() + self.additional_data.len() + self.sealed.ciphertext.len()
    }
}

impl Lease<'_, Backend> {
    /// `key-lookup.lookup`.
    pub(in crate::plugin) async fn lookup(
        &mut self,
        deadline: Deadline,
        request: Option<&RequestContext>,
        id: &KeyId,
    ) -> Answer<KeyAnswer> {
        let parameters = (Call::new(deadline, request), id.shared());
        let (answer,) = self
            .call(deadline, Plain, |world| world.lookup, parameters)
            .await?;
        Ok(answer
            .map(KeyAnswer::from)
            .map_err(|failure| self.told(failure)))
    }

    /// `crypto.encrypt`. The texts of refusals are withheld: they may hold the
    /// plaintext.
    pub(in crate::plugin) async fn encrypt(
        &mut self,
        deadline: Deadline,
        handle: Octets,
        requests: Arc<[Encryption]>,
    ) -> Answers<words::Sealed> {
        let count = requests.len();
        let budget = Budget::of_requests(deadline, count);
        let parameters = (handle, requests);
        let (answers,) = self
            .call(budget, Plaintext, |world| world.encrypt, parameters)
            .await?;
        self.counted(count, answers)
    }

    /// `crypto.decrypt`. The texts of refusals are withheld.
    pub(in crate::plugin) async fn decrypt(
        &mut self,
        deadline: Deadline,
        handle: Octets,
        requests: Arc<[Decryption]>,
    ) -> Answers<Zeroizing<Vec<u8>>> {
        let count = requests.len();
        let budget = Budget::of_requests(deadline, count);
        let parameters = (handle, requests);
        let (answers,) = self
            .call(budget, Plaintext, |world| world.decrypt, parameters)
            .await?;
        self.counted(count, answers)
    }

    /// One answer for each request, without its text.
    fn counted<A, T: From<A>>(
        &mut self,
        count: usize,
        answers: Vec<Result<A, Failure>>,
    ) -> Answers<T> {
        if answers.len() != count {
            return Err(self.condemn("it did not answer each of the requests of a call"));
        }
        let answers = answers.into_iter();
        let answer =
            |answer: Result<A, Failure>| answer.map(T::from).map_err(|failure| self.told(failure));
        Ok(answers.map(answer).collect())
    }

    /// `upkeep.run`: after how long it is due again.
    pub(in crate::plugin) async fn upkeep(
        &mut self,
        budget: Budget,
    ) -> Result<Option<Duration>, PluginFault> {
        let parameters = (Call::new(budget.deadline, None),);
        let (again,) = self
            .call(budget, Plain, |world| world.run, parameters)
            .await?;
        Ok((again > 0).then(|| Duration::from_millis(again.into())))
    }

    /// `health.check`.
    pub(in crate::plugin) async fn check(&mut self, budget: Budget) -> Answer<HealthReport> {
        let parameters = (Call::new(budget.deadline, None),);
        let (answer,) = self
            .call(budget, Plain, |world| world.check, parameters)
            .await?;
        Ok(answer
            .map(HealthReport::from)
            .map_err(|failure| self.told(failure)))
    }
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
