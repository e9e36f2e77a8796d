//! Encryption by the host itself, under a key that the backend names.
//!
//! The backend decides which key, which version and for how long; the host
//! computes, or has the token compute. So no plaintext enters the sandbox, and no
//! guest is entered at all while the answer of the lookup is fresh.

mod on_token;
mod stored;

use claviger_xks::error::XksError;
use on_token::TokenCipher;
use stored::StoredCipher;

use super::super::exports;
use super::super::fault::{PluginFault, Refusal};
use super::super::pool::Pool;
use super::super::wit::exports::claviger::plugin::key_lookup;
use crate::capability::Capability;
use crate::pkcs11::BoundToken;

/// A key that the host encrypts with by itself.
pub(super) enum HostCipher {
    Stored(StoredCipher),
    OnToken(TokenCipher),
}

impl HostCipher {
    /// A plugin can only name keys that it could use itself.
    pub(super) fn find(
        named: key_lookup::HostCipher,
        pool: &Pool<exports::Backend>,
    ) -> Result<Self, PluginFault> {
        const NOT_GRANTED: PluginFault =
            PluginFault::BadAnswer("it names a key for the host without the grants for it");
        match named {
            key_lookup::HostCipher::Stored(named) => {
                let storage = pool
                    .granted()
                    .key_storage
                    .as_ref()
                    .filter(|_| pool.is_granted(Capability::Aead))
                    .ok_or(NOT_GRANTED)?;
                StoredCipher::find(&named, storage).map(Self::Stored)
            }
            key_lookup::HostCipher::OnToken(named) => {
                let token = pool
                    .granted()
                    .tokens
                    .by_name(&named.token)
                    .ok_or(NOT_GRANTED)?;
                Ok(Self::OnToken(TokenCipher {
                    token: BoundToken::new(token),
                    key: named.key.into(),
                }))
            }
        }
    }
}

fn not_authentic() -> PluginFault {
    refused(XksError::InvalidCiphertext, "")
}

fn internal(text: &str) -> PluginFault {
    refused(XksError::Internal, text)
}

fn refused(error: XksError, text: &str) -> PluginFault {
    let text = text.to_owned();
    PluginFault::Refused(Refusal { error, text })
}
