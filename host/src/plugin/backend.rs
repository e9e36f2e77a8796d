//! Calls of a key backend, and the shape of its answers.
//!
//! What a plugin returns is checked here and nowhere else; the types that leave
//! this module can only be made by those checks.

mod health;
mod host_cipher;
mod management;
mod sealed;

use std::sync::Arc;
use std::time::{Duration, Instant};

use claviger_xks::framing::CiphertextMetadata;
use claviger_xks::uri::ExternalKeyId;

pub(crate) use health::unavailable;
use host_cipher::HostCipher;
pub(crate) use management::{KeyCommand, KeySummary, ManagementFault};
pub(crate) use sealed::{CheckedSealed, Encrypted, FollowUp};

use super::exports::{self, Octets};
use super::fault::{PluginFault, Refusal};
use super::fresh_answers::FreshAnswers;
use super::instance::Sensitivity;
use super::pool::{Lease, Pool};
use super::wit::claviger::plugin::types::{self, KeyStatus, Sealed};
use super::wit::exports::claviger::plugin::key_lookup;
use crate::deadline::Deadline;
use claviger_xks::error::XksError;
use wasmtime::component::{ComponentNamedList, Lift, Lower, TypedFunc};

/// Longest handle of a key, in bytes.
const HANDLE: usize = 1024;
/// Longest key spec, in characters.
const KEY_SPEC: usize = 128;
/// Longest key usage, in characters.
const KEY_USAGE: usize = 64;

/// The backend of a key store.
pub(crate) struct Backend {
    pub(crate) name: String,
    pool: Pool<exports::Backend>,
    fresh_keys: FreshAnswers<ExternalKeyId, Arc<ExternalKey>>,
}

/// The backend as one request uses it: at most one of its instances, and none
/// when the host can do without.
pub(crate) struct BackendSession<'h> {
    backend: &'h Backend,
    lease: Option<Lease<'h, exports::Backend>>,
    deadline: Deadline,
}

/// An external key as the backend describes it, checked.
pub(crate) struct ExternalKey {
    handle: Octets,
    pub(crate) key_spec: String,
    pub(crate) key_usage: Vec<String>,
    pub(crate) enabled: bool,
    /// What the plugin wants to find again when it decrypts.
    pub(crate) plugin_metadata: Octets,
    host_cipher: Option<HostCipher>,
    /// The same for new ciphertexts, framing version included.
    pub(crate) ciphertext_metadata: CiphertextMetadata,
}

impl ExternalKey {
    pub(crate) fn permits(&self, usage: &str) -> bool {
        self.key_usage.iter().any(|permitted| permitted == usage)
    }
}

impl Backend {
    /// The backend whose instances `pool` makes.
    pub(crate) fn new(name: String, pool: Pool<exports::Backend>) -> Self {
        Self {
            name,
            pool,
            fresh_keys: FreshAnswers::default(),
        }
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

impl BackendSession<'_> {
    /// Calls the instance of this request, the same one each time.
    async fn call<P, R>(
        &mut self,
        sensitivity: Sensitivity,
        pick: impl FnOnce(&exports::Backend) -> TypedFunc<P, R>,
        parameters: P,
    ) -> Result<R, PluginFault>
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let lease = match &mut self.lease {
            Some(lease) => lease,
            empty => empty.insert(self.backend.pool.lease(self.deadline).await?),
        };
        lease
            .call(self.deadline, sensitivity, pick, parameters)
            .await
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
    pub(crate) async fn lookup(
        &mut self,
        id: &ExternalKeyId,
    ) -> Result<Arc<ExternalKey>, PluginFault> {
        let (fresh_keys, asked) = (&self.backend.fresh_keys, Instant::now());
        if let Some(key) = fresh_keys.get(id, asked) {
            return Ok(key);
        }
        let (key, fresh_for) = self.ask(id).await?;
        let key = Arc::new(key);
        fresh_keys.put(id.clone(), Arc::clone(&key), asked, fresh_for);
        Ok(key)
    }

    async fn ask(&mut self, id: &ExternalKeyId) -> Result<(ExternalKey, Duration), PluginFault> {
        let id: Arc<str> = id.as_str().into();
        let (answer,) = self
            .call(Sensitivity::Plain, |backend| backend.lookup, (id,))
            .await?;
        match answer {
            Ok(mut key) => {
                let fresh_for = Duration::from_millis(key.fresh_for_ms.into());
                let host_cipher = match key.host_cipher.take() {
                    None => None,
                    Some(named) => Some(self.host_cipher(named)?),
                };
                let key = check_key(key, host_cipher).map_err(|nonsense| self.condemn(nonsense))?;
                Ok((key, fresh_for))
            }
            Err(error) => Err(self.refused(error.into(), &[XksError::InvalidCiphertext])),
        }
    }

    fn host_cipher(&mut self, named: key_lookup::HostCipher) -> Result<HostCipher, PluginFault> {
        match HostCipher::find(named, &self.backend.pool) {
            Err(PluginFault::BadAnswer(nonsense)) => Err(self.condemn(nonsense)),
            found => found,
        }
    }

    /// Encrypts, and checks the lengths of what comes back.
    pub(crate) async fn encrypt(
        &mut self,
        key: &ExternalKey,
        additional_data: Octets,
        plaintext: Octets,
        follow_up: FollowUp,
    ) -> Result<Encrypted, PluginFault> {
        let length = plaintext.len();
        let by_host = match &key.host_cipher {
            None => None,
            Some(HostCipher::Stored(cipher)) => {
                Some((cipher.seal(&additional_data, &plaintext)?, None))
            }
            Some(HostCipher::OnToken(cipher)) => {
                // Boxed: all requests would have to carry the room for it.
                let sealed = cipher.seal(self.deadline, &additional_data, &plaintext, follow_up);
                Box::pin(sealed).await
            }
        };
        if let Some((sealed, decrypted)) = by_host {
            let sealed = CheckedSealed::check(sealed, length).map_err(PluginFault::BadAnswer)?;
            return Ok(Encrypted { sealed, decrypted });
        }
        let parameters = (
            Arc::clone(&key.handle),
            Arc::clone(&key.plugin_metadata),
            additional_data,
            plaintext,
        );
        let (answer,) = self
            .call(
                Sensitivity::Plaintext,
                |backend| backend.encrypt,
                parameters,
            )
            .await?;
        match answer {
            Ok(sealed) => Ok(Encrypted {
                sealed: CheckedSealed::check(sealed, length)
                    .map_err(|nonsense| self.condemn(nonsense))?,
                decrypted: None,
            }),
            Err(error) => Err(self.refused(withheld(error), &[XksError::InvalidCiphertext])),
        }
    }

    /// Decrypts, and checks the length of what comes back (XKS-090).
    pub(crate) async fn decrypt(
        &mut self,
        key: &ExternalKey,
        plugin_metadata: Octets,
        additional_data: Octets,
        sealed: Arc<Sealed>,
    ) -> Result<Vec<u8>, PluginFault> {
        let length = sealed.ciphertext.len();
        // Other versions of the key are the plugin's business.
        let newest = plugin_metadata == key.plugin_metadata;
        match key.host_cipher.as_ref().filter(|_| newest) {
            None => {}
            Some(HostCipher::Stored(cipher)) => {
                return cipher.open(&additional_data, Arc::unwrap_or_clone(sealed));
            }
            Some(HostCipher::OnToken(cipher)) => {
                let opened = cipher.open(self.deadline, &additional_data, Sealed::clone(&sealed));
                if let Some(opened) = Box::pin(opened).await {
                    return opened;
                }
            }
        }
        let parameters = (
            Arc::clone(&key.handle),
            plugin_metadata,
            additional_data,
            sealed,
        );
        let (answer,) = self
            .call(
                Sensitivity::Plaintext,
                |backend| backend.decrypt,
                parameters,
            )
            .await?;
        match answer {
            Ok(plaintext) if plaintext.len() == length => Ok(plaintext),
            Ok(_) => Err(self.condemn("the plaintext is not as long as the ciphertext")),
            Err(error) => Err(self.refused(withheld(error), &[])),
        }
    }

    /// A typed error of the plugin, unless this call cannot have it.
    fn refused(&mut self, refusal: Refusal, impossible: &[XksError]) -> PluginFault {
        if impossible.contains(&refusal.error) {
            self.condemn("it answered with an error that this call cannot have")
        } else {
            refusal.into()
        }
    }
}

/// An error of a plugin that had a plaintext in its hands: its text may hold it,
/// so only the kind of error is kept (XKS-116).
fn withheld(error: types::Error) -> Refusal {
    let text = "text withheld: a plaintext was being processed".to_owned();
    Refusal {
        text,
        ..error.into()
    }
}

fn check_key(
    key: key_lookup::ExternalKey,
    host_cipher: Option<HostCipher>,
) -> Result<ExternalKey, &'static str> {
    if key.handle.len() > HANDLE {
        return Err("the handle is longer than 1024 bytes");
    }
    if !printable_within(&key.key_spec, KEY_SPEC) {
        return Err("the key spec is not 1 to 128 printable characters");
    }
    let ciphertext_metadata = CiphertextMetadata::new(&key.ciphertext_metadata)
        .map_err(|_| "the ciphertext metadata is longer than 19 bytes")?;
    Ok(ExternalKey {
        handle: Arc::new(key.handle),
        key_spec: key.key_spec,
        key_usage: check_usage(key.key_usage)?,
        enabled: key.key_status == KeyStatus::Enabled,
        plugin_metadata: Arc::new(key.ciphertext_metadata),
        host_cipher,
        ciphertext_metadata,
    })
}

fn check_usage(usage: Vec<String>) -> Result<Vec<String>, &'static str> {
    let legal = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if usage
        .iter()
        .any(|word| word.is_empty() || word.len() > KEY_USAGE || !word.bytes().all(legal))
    {
        return Err("a key usage is not an upper-case word");
    }
    Ok(usage)
}

fn printable_within(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, 0x20..=0x7e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xks_116_the_text_of_an_error_made_over_a_plaintext_is_withheld() {
        let refusal = withheld(types::Error::Internal("plaintext: hello".to_owned()));
        assert_eq!(refusal.error, XksError::Internal);
        assert!(!refusal.text.contains("hello"), "{}", refusal.text);
    }

    #[test]
    fn xks_052_key_usages_are_upper_case_words() {
        let usage = |word: &str| check_usage(vec![word.to_owned()]);
        assert!(usage("ENCRYPT").is_ok() && usage("SIGN_VERIFY").is_ok());
        assert!(usage("encrypt").is_err() && usage("").is_err() && usage("A\"").is_err());
        assert_eq!(check_usage(vec![]), Ok(vec![]));
    }
}
