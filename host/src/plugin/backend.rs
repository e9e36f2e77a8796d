//! Calls of a key backend, and the shape of its answers.
//!
//! What a plugin returns is checked here and nowhere else; the types that leave
//! this module can only be made by those checks.

pub(in crate::plugin) mod external_key;
mod gathering;
pub(in crate::plugin) mod health;
mod management;
mod named_key;
mod session;
mod upkeep;

use std::sync::Arc;
use std::time::{Duration, Instant};

use claviger_settings::Fault;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::PluginBinding;
use super::answer::KeyAnswer;
use super::contract::{self, Decryption, Encryption};
use super::fault::PluginFault;
use super::fresh_answers::FreshAnswers;
use super::pool::{Instances, Pool};
use crate::pkcs11::TokenState;
use crate::storage::StorageState;
use crate::words::{CheckedSealed, Deadline, FaultKind, KeyId, RequestContext};

pub(crate) use external_key::ExternalKey;
use gathering::Gathering;
pub(in crate::plugin) use management::KeyPage;
pub(crate) use management::{KeyCommand, KeyList, KeySummary, ManagementFault};
use named_key::NamedKeyCipher;
pub(crate) use session::BackendSession;
use upkeep::Upkeep;

/// The backend of a key store.
pub(crate) struct Backend {
    /// Of the plugin, from the operator's configuration.
    pub(crate) name: Arc<str>,
    inner: Arc<Inner>,
    upkeep: Upkeep,
}

/// What outlives the requests that began it.
struct Inner {
    pool: Arc<Pool<contract::Backend>>,
    fresh_keys: FreshAnswers<KeyId, Arc<ExternalKey>>,
    /// Lookups that go on in the background.
    renewals: Arc<Semaphore>,
    encryptions: Gathering<Encryption>,
    decryptions: Gathering<Decryption>,
}

/// Most lookups in the background at the same time.
const RENEWALS: usize = 8;
/// How long one of them may take.
const RENEWAL: Duration = Duration::from_secs(2);

/// What happens to a new ciphertext next. A key manager that is asked for both at
/// once need not be waited for twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FollowUp {
    /// It leaves.
    Leaves,
    /// It is decrypted, to see that it can be.
    IsDecrypted,
}

/// What an encryption makes.
pub(crate) struct Encrypted {
    pub(crate) sealed: CheckedSealed,
    /// The plaintext that the key manager has decrypted it to already.
    pub(crate) decrypted: Option<Zeroizing<Vec<u8>>>,
}

impl Backend {
    /// Starts a backend whose lookups may be used again for `most`; returns all faults
    /// with their key paths.
    pub(crate) async fn start(
        binding: PluginBinding<'_>,
        most: Duration,
    ) -> Result<Self, Vec<Fault>> {
        let name = binding.usage.plugin.as_str().into();
        let inner = Arc::new(Inner {
            pool: Arc::new(binding.start().await?),
            fresh_keys: FreshAnswers::new(most),
            renewals: Arc::new(Semaphore::new(RENEWALS)),
            encryptions: Gathering::default(),
            decryptions: Gathering::default(),
        });
        Ok(Self {
            name,
            upkeep: Upkeep::start(&inner),
            inner,
        })
    }

    /// What becomes of its instances.
    pub(crate) fn instances(&self) -> &dyn Instances {
        &*self.inner.pool
    }

    /// The state of the storage that it is granted, if it is granted one.
    pub(crate) fn storage(&self) -> Option<StorageState> {
        let storage = self.inner.pool.granted().key_storage.as_ref();
        storage.map(|storage| storage.state())
    }

    /// The states of the tokens that it is granted.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = TokenState> {
        self.inner.pool.granted().tokens.states()
    }

    /// For one request.
    pub(crate) fn session(
        &self,
        request: Option<Arc<RequestContext>>,
        deadline: Deadline,
    ) -> BackendSession<'_> {
        BackendSession::new(self, request, deadline)
    }

    /// Looks a key up again in the background, before its answer is too old.
    fn renew(&self, id: &KeyId) {
        let inner = &self.inner;
        let Ok(permit) = Arc::clone(&inner.renewals).try_acquire_owned() else {
            return;
        };
        let (inner, id) = (Arc::clone(inner), id.clone());
        tokio::spawn(async move {
            let _permit = permit;
            inner.renew(&id).await;
        });
    }
}

impl Inner {
    async fn renew(&self, id: &KeyId) {
        let asked = Instant::now();
        let deadline = Deadline::after(asked, RENEWAL);
        let answer = async {
            let mut lease = self.pool.lease(deadline).await?;
            let answer = lease.lookup(deadline, None, id).await??;
            self.checked(answer).map_err(|wrong| match wrong {
                PluginFault::BadAnswer(nonsense) => lease.condemn(nonsense),
                fault => fault,
            })
        };
        match answer.await {
            Ok((key, fresh_for)) => {
                self.remember(id, &Arc::new(key), asked, fresh_for);
            }
            // The next request asks, and tells its caller what comes of it.
            Err(fault) if !matches!(fault.kind(), FaultKind::TimedOut | FaultKind::Throttled) => {
                self.fresh_keys.forget(id);
            }
            // What was said is still said, until it is too old.
            Err(_) => {}
        }
    }

    fn remember(&self, id: &KeyId, key: &Arc<ExternalKey>, asked: Instant, fresh_for: Duration) {
        let bytes = id.as_str().len() + key.bytes();
        let key = Arc::clone(key);
        self.fresh_keys
            .put(id.clone(), key, bytes, asked, fresh_for);
    }

    /// The key, and for how long the plugin stands by it.
    fn checked(&self, mut answer: KeyAnswer) -> Result<(ExternalKey, Duration), PluginFault> {
        let fresh_for = answer.fresh_for;
        let named = answer.named_key.take();
        let cipher = named.map(|named| NamedKeyCipher::find(named, &self.pool));
        let key = ExternalKey::check(answer, cipher.transpose()?);
        let key = key.map_err(PluginFault::BadAnswer)?;
        Ok((key, fresh_for))
    }
}
