//! Encryption by the host itself, under a key that the backend names.
//!
//! The backend decides which key, which version and for how long; the host
//! computes, or has the token compute. So no plaintext enters the sandbox, and no
//! guest is entered at all while the answer of the lookup is fresh.

mod on_token;
mod stored;

use claviger_config::Capability;
use on_token::TokenCipher;
use stored::StoredCipher;

use crate::plugin::answer::NamedKey;
use crate::plugin::contract;
use crate::plugin::fault::PluginFault;
use crate::plugin::pool::Pool;

/// A key that the host encrypts with by itself.
pub(super) enum NamedKeyCipher {
    Stored(StoredCipher),
    OnToken(TokenCipher),
}

impl NamedKeyCipher {
    /// A plugin can only name keys that it could use itself.
    pub(super) fn find(
        named: NamedKey,
        pool: &Pool<contract::Backend>,
    ) -> Result<Self, PluginFault> {
        const NOT_GRANTED: PluginFault =
            PluginFault::BadAnswer("it names a key for the host without the grants for it");
        let granted = pool.granted();
        match named {
            NamedKey::Stored {
                key_record,
                counter,
            } => {
                let storage = granted.key_storage.as_ref();
                let storage = storage.filter(|_| pool.is_granted(Capability::Aead));
                let storage = storage.ok_or(NOT_GRANTED)?;
                StoredCipher::find(&key_record, &counter, storage).map(Self::Stored)
            }
            NamedKey::OnToken { token, key } => {
                let token = granted.tokens.by_name(&token).ok_or(NOT_GRANTED)?;
                Ok(Self::OnToken(TokenCipher { token, key }))
            }
        }
    }
}
