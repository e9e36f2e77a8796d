//! Calls of a key backend, and the shape of its answers.
//!
//! What a plugin returns is checked here and nowhere else; the types that leave
//! this module can only be made by those checks.

mod external_key;
mod health;
mod management;
mod named_key;

use std::sync::Arc;
use std::time::{Duration, Instant};

use claviger_settings::Fault;
use zeroize::Zeroizing;

use super::PluginBinding;
use super::contract::{self, KeyNamed};
use super::fault::PluginFault;
use super::fresh_answers::FreshAnswers;
use super::pool::{Instances, Lease, Pool};
use crate::pkcs11::TokenState;
use crate::storage::StorageState;
use crate::words::{CheckedSealed, Deadline, FaultKind, KeyId, Octets, Refusal};

pub(crate) use external_key::ExternalKey;
pub(crate) use management::{KeyCommand, KeyList, KeySummary, ManagementFault};
use named_key::NamedKeyCipher;

/// The backend of a key store.
pub(crate) struct Backend {
    /// Of the plugin, from the operator's configuration.
    pub(crate) name: Arc<str>,
    pool: Pool<contract::Backend>,
    fresh_keys: FreshAnswers<KeyId, Arc<ExternalKey>>,
}

/// The backend as one request uses it: at most one of its instances, and none
/// when the host can do without.
pub(crate) struct BackendSession<'k> {
    backend: &'k Backend,
    lease: Option<Lease<'k, contract::Backend>>,
    deadline: Deadline,
}

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
    /// Starts a backend; returns all faults with their key paths.
    pub(crate) async fn start(binding: PluginBinding<'_>) -> Result<Self, Vec<Fault>> {
        Ok(Self {
            name: binding.usage.plugin.as_str().into(),
            pool: binding.start().await?,
            fresh_keys: FreshAnswers::default(),
        })
    }

    /// What becomes of its instances.
    pub(crate) fn instances(&self) -> &dyn Instances {
        &self.pool
    }

    /// The state of the storage that it is granted, if it is granted one.
    pub(crate) fn storage(&self) -> Option<StorageState> {
        let storage = self.pool.granted().key_storage.as_ref();
        storage.map(|storage| storage.state())
    }

    /// The states of the tokens that it is granted.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = TokenState> {
        self.pool.granted().tokens.states()
    }

    /// For one request.
    pub(crate) fn session(&self, deadline: Deadline) -> BackendSession<'_> {
        BackendSession {
            backend: self,
            lease: None,
            deadline,
        }
    }
}

impl<'k> BackendSession<'k> {
    /// The instance of this request, the same one for each call.
    async fn lease(&mut self) -> Result<&mut Lease<'k, contract::Backend>, PluginFault> {
        match &mut self.lease {
            Some(lease) => Ok(lease),
            empty => Ok(empty.insert(self.backend.pool.lease(self.deadline).await?)),
        }
    }

    /// The instance answered nonsense: it is not used again.
    fn condemn(&mut self, nonsense: &'static str) -> PluginFault {
        match &mut self.lease {
            Some(lease) => lease.condemn(nonsense),
            None => PluginFault::BadAnswer(nonsense),
        }
    }

    /// Finds the key of this id; asks the plugin unless an earlier answer is
    /// fresh by its own word.
    pub(crate) async fn lookup(&mut self, id: &KeyId) -> Result<Arc<ExternalKey>, PluginFault> {
        let (fresh_keys, asked) = (&self.backend.fresh_keys, Instant::now());
        if let Some(key) = fresh_keys.get(id, asked) {
            return Ok(key);
        }
        let (key, fresh_for) = self.ask(id).await?;
        let key = Arc::new(key);
        let bytes = id.as_str().len() + key.bytes();
        fresh_keys.put(id.clone(), Arc::clone(&key), bytes, asked, fresh_for);
        Ok(key)
    }

    async fn ask(&mut self, id: &KeyId) -> Result<(ExternalKey, Duration), PluginFault> {
        let deadline = self.deadline;
        let mut answer = match self.lease().await?.lookup(deadline, id).await? {
            Ok(answer) => answer,
            Err(refusal) => return Err(self.refused(refusal, Some(FaultKind::NotAuthentic))),
        };
        let fresh_for = answer.fresh_for;
        let named = answer.named_key.take();
        let cipher = named.map(|named| NamedKeyCipher::find(named, &self.backend.pool));
        let cipher = match cipher.transpose() {
            Err(PluginFault::BadAnswer(nonsense)) => return Err(self.condemn(nonsense)),
            found => found?,
        };
        let key = ExternalKey::check(answer, cipher).map_err(|nonsense| self.condemn(nonsense))?;
        Ok((key, fresh_for))
    }

    /// Encrypts, and checks what comes back.
    pub(crate) async fn encrypt(
        &mut self,
        key: &ExternalKey,
        additional_data: Octets,
        plaintext: Octets,
        follow_up: FollowUp,
    ) -> Result<Encrypted, PluginFault> {
        let deadline = self.deadline;
        let by_host = match &key.cipher {
            None => None,
            Some(NamedKeyCipher::Stored(cipher)) => {
                let sealed = cipher.seal(deadline, &additional_data, &plaintext);
                Some((sealed.await?, None))
            }
            Some(NamedKeyCipher::OnToken(cipher)) => {
                // Boxed: all requests would have to carry the room for it.
                let sealed = cipher.seal(deadline, &additional_data, &plaintext, follow_up);
                Box::pin(sealed).await
            }
        };
        if let Some((sealed, decrypted)) = by_host {
            let sealed = CheckedSealed::new(sealed, &plaintext).map_err(PluginFault::BadAnswer)?;
            return Ok(Encrypted { sealed, decrypted });
        }
        let named = KeyNamed {
            handle: Arc::clone(&key.handle),
            metadata: Arc::clone(&key.metadata),
        };
        let lease = self.lease().await?;
        match lease
            .encrypt(deadline, named, additional_data, Arc::clone(&plaintext))
            .await?
        {
            Ok(sealed) => Ok(Encrypted {
                sealed: CheckedSealed::new(sealed, &plaintext)
                    .map_err(|nonsense| self.condemn(nonsense))?,
                decrypted: None,
            }),
            Err(refusal) => Err(self.refused(refusal, Some(FaultKind::NotAuthentic))),
        }
    }

    /// Decrypts, and checks the length of what comes back (XKS-090). `metadata` is
    /// what came back with the ciphertext.
    pub(crate) async fn decrypt(
        &mut self,
        key: &ExternalKey,
        metadata: Octets,
        additional_data: Octets,
        sealed: CheckedSealed,
    ) -> Result<Zeroizing<Vec<u8>>, PluginFault> {
        let (length, deadline) = (sealed.ciphertext().len(), self.deadline);
        // Other versions of the key are the plugin's business.
        let newest = metadata == key.metadata;
        match key.cipher.as_ref().filter(|_| newest) {
            None => {}
            Some(NamedKeyCipher::Stored(cipher)) => {
                let opened = cipher.open(&additional_data, sealed.into_parts())?;
                return Ok(Zeroizing::new(opened));
            }
            Some(NamedKeyCipher::OnToken(cipher)) => {
                let parts = sealed.clone().into_parts();
                let opened = cipher.open(deadline, &additional_data, parts);
                if let Some(opened) = Box::pin(opened).await {
                    return opened.map(Zeroizing::new);
                }
            }
        }
        let named = KeyNamed {
            handle: Arc::clone(&key.handle),
            metadata,
        };
        let (lease, sealed) = (self.lease().await?, sealed.into_parts());
        match lease
            .decrypt(deadline, named, additional_data, sealed)
            .await?
        {
            Ok(plaintext) if plaintext.len() == length => Ok(Zeroizing::new(plaintext)),
            Ok(_) => Err(self.condemn("the plaintext is not as long as the ciphertext")),
            Err(refusal) => Err(self.refused(refusal, None)),
        }
    }

    /// A typed error of the plugin, unless this call cannot have it.
    fn refused(&mut self, refusal: Refusal, impossible: Option<FaultKind>) -> PluginFault {
        if impossible == Some(refusal.kind) {
            self.condemn("it answered with an error that this call cannot have")
        } else {
            refusal.into()
        }
    }
}
