//! The backend as one request uses it.

use std::sync::Arc;
use std::time::Instant;

use zeroize::Zeroizing;

use super::gathering::Task;
use super::named_key::NamedKeyCipher;
use super::{Backend, Encrypted, ExternalKey, FollowUp};
use crate::plugin::answer::KeyAnswer;
use crate::plugin::contract::{self, Decryption, Encryption};
use crate::plugin::fault::PluginFault;
use crate::plugin::pool::Lease;
use crate::words::{CheckedSealed, Deadline, FaultKind, KeyId, Octets, Refusal, RequestContext};

/// The backend as one request uses it: at most one of its instances, and none
/// when the host can do without.
pub(crate) struct BackendSession<'k> {
    backend: &'k Backend,
    lease: Option<Lease<'k, contract::Backend>>,
    /// The key that was looked up.
    id: Option<KeyId>,
    /// On whose behalf; nobody's where the host asks by itself.
    request: Option<Arc<RequestContext>>,
    deadline: Deadline,
}

/// Upkeep is worth one more attempt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Attempt {
    First,
    Last,
}

impl<'k> BackendSession<'k> {
    pub(super) fn new(
        backend: &'k Backend,
        request: Option<Arc<RequestContext>>,
        deadline: Deadline,
    ) -> Self {
        Self {
            backend,
            lease: None,
            id: None,
            request,
            deadline,
        }
    }

    /// The instance of this request, the same one for each call.
    async fn lease(&mut self) -> Result<&mut Lease<'k, contract::Backend>, PluginFault> {
        match &mut self.lease {
            Some(lease) => Ok(lease),
            empty => {
                let pool = &self.backend.inner.pool;
                Ok(empty.insert(pool.lease(self.deadline).await?))
            }
        }
    }

    /// The instance answered nonsense: it is not used again.
    fn condemn(&mut self, nonsense: &'static str) -> PluginFault {
        match &mut self.lease {
            Some(lease) => lease.condemn(nonsense),
            None => self.backend.inner.pool.blame(nonsense),
        }
    }

    /// Finds the key of this id; asks the plugin unless an earlier answer is
    /// fresh by its own word.
    pub(crate) async fn lookup(&mut self, id: &KeyId) -> Result<Arc<ExternalKey>, PluginFault> {
        let (inner, asked) = (&self.backend.inner, Instant::now());
        self.id = Some(id.clone());
        if let Some(found) = inner.fresh_keys.get(id, asked) {
            if found.is_due {
                self.backend.renew(id);
            }
            return Ok(found.answer);
        }
        let answer = self.ask(id).await?;
        let (key, fresh_for) = inner.checked(answer).map_err(|wrong| match wrong {
            PluginFault::BadAnswer(nonsense) => self.condemn(nonsense),
            fault => fault,
        })?;
        let key = Arc::new(key);
        inner.remember(id, &key, asked, fresh_for);
        Ok(key)
    }

    async fn ask(&mut self, id: &KeyId) -> Result<KeyAnswer, PluginFault> {
        let (deadline, request) = (self.deadline, self.request.clone());
        let mut attempt = Attempt::First;
        loop {
            let asked = Instant::now();
            let lease = self.lease().await?;
            match lease.lookup(deadline, request.as_deref(), id).await? {
                Ok(answer) => return Ok(answer),
                Err(refusal) if self.has_upkeep(&refusal, &mut attempt, asked).await => {}
                Err(refusal) => return Err(self.refused(refusal, Some(FaultKind::NotAuthentic))),
            }
        }
    }

    /// Whether to try once more, after the upkeep that a refusal wants.
    async fn has_upkeep(
        &mut self,
        refusal: &Refusal,
        attempt: &mut Attempt,
        asked: Instant,
    ) -> bool {
        if !refusal.wants_upkeep || *attempt == Attempt::Last {
            return false;
        }
        *attempt = Attempt::Last;
        // The upkeep needs an instance, and this one waits for it.
        self.lease = None;
        self.backend.upkeep.after(asked, self.deadline).await;
        true
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
        let (request, metadata) = (self.request.as_deref(), Arc::clone(&key.metadata));
        let text = Arc::clone(&plaintext);
        let task = Encryption::new(deadline, request, metadata, additional_data, text);
        let sealed = self.there(key, task).await?;
        Ok(Encrypted {
            sealed: CheckedSealed::new(sealed, &plaintext)
                .map_err(|nonsense| self.condemn(nonsense))?,
            decrypted: None,
        })
    }

    /// Has the plugin do it.
    async fn there<T: Task>(
        &mut self,
        key: &ExternalKey,
        mut task: T,
    ) -> Result<T::Answer, PluginFault> {
        let (inner, deadline) = (&self.backend.inner, self.deadline);
        let mut attempt = Attempt::First;
        loop {
            let asked = Instant::now();
            let handle = Arc::clone(&key.handle);
            let answer = if key.at_once > 1 {
                // The gathered call has an instance of its own. Requests that kept the ones
                // of their lookups would leave none to it, and all wait for one another.
                self.lease = None;
                let gathering = T::gathering(inner);
                let answer =
                    gathering.answer(&inner.pool, handle, key.at_once, task.clone(), deadline);
                match answer.await {
                    Err(PluginFault::Refused(refusal)) => Err(refusal),
                    other => Ok(other?),
                }
            } else {
                let lease = self.lease().await?;
                let answers = T::call(lease, deadline, handle, Arc::new([task.clone()]));
                let answers = answers.await?;
                self.only(answers)?
            };
            match answer {
                Ok(answer) => return Ok(answer),
                Err(refusal) if self.has_upkeep(&refusal, &mut attempt, asked).await => {
                    task.again(deadline);
                }
                Err(refusal) => return Err(self.refused(refusal, T::IMPOSSIBLE)),
            }
        }
    }

    /// The answer to the only request of a call.
    fn only<T>(&mut self, answers: Vec<T>) -> Result<T, PluginFault> {
        let mut answers = answers.into_iter();
        let only = answers.next();
        only.ok_or_else(|| self.condemn("it did not answer"))
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
        let (request, sealed) = (self.request.as_deref(), sealed.into_parts());
        let task = Decryption::new(deadline, request, metadata, additional_data, sealed);
        let plaintext = self.there(key, task).await?;
        if plaintext.len() == length {
            Ok(plaintext)
        } else {
            Err(self.condemn("the plaintext is not as long as the ciphertext"))
        }
    }

    /// A typed error of the plugin, unless this call cannot have it.
    fn refused(&mut self, refusal: Refusal, impossible: Option<FaultKind>) -> PluginFault {
        if let Some(id) = self.id.as_ref().filter(|_| refusal.is_of_stale_key) {
            self.backend.inner.fresh_keys.forget(id);
        }
        if impossible == Some(refusal.kind) {
            self.condemn("it answered with an error that this call cannot have")
        } else {
            refusal.into()
        }
    }
}
