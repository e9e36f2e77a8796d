//! Capability `aead`: AES-256-GCM on the host's processor. The key bytes can stay
//! in host memory; the plugin holds a handle.

#[cfg(target_arch = "wasm32")]
use crate::contract::shared::claviger::plugin::aead as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::stand_in::aead as host;

use crate::types::{Error, Sealed};

/// Why there is no key, or no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AeadError {
    /// There is no such record, or `key-storage` is not granted.
    #[error("there is no such record")]
    NoSuchRecord,
    /// The record is there and does not open.
    #[error("the record is damaged")]
    DamagedRecord,
    /// The storage cannot be read now.
    #[error("the storage cannot be read now")]
    Unavailable,
    /// The key is not 32 bytes long.
    #[error("the key is not 32 bytes long")]
    InvalidKey,
    /// The tag does not match.
    #[error("the authentication tag does not match")]
    AuthenticationFailed,
    /// Any other fault.
    #[error("the cipher failed: {0}")]
    Internal(String),
}

/// Only a tag that does not match is the ciphertext's fault (XKS-109).
impl From<AeadError> for Error {
    fn from(error: AeadError) -> Self {
        match error {
            AeadError::AuthenticationFailed => Self::invalid_ciphertext(),
            AeadError::Unavailable => Self::dependency_timeout(error),
            other => Self::internal(other),
        }
    }
}

/// An AES-256-GCM key.
#[derive(Debug)]
pub struct Key(host::Key);

impl Key {
    /// The key that is the value of a record of `key-storage`.
    pub fn from_record(name: &str) -> Result<Self, AeadError> {
        host::Key::from_record(name).map(Self)
    }

    /// The key of these 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, AeadError> {
        host::Key::from_bytes(bytes).map(Self)
    }

    /// Encrypts under a fresh random 96-bit initialization vector.
    pub fn seal(&self, additional_data: &[u8], plaintext: &[u8]) -> Result<Sealed, AeadError> {
        self.0.seal(additional_data, plaintext)
    }

    /// The inverse of [`seal`](Self::seal); accepts initialization vectors of 12
    /// bytes.
    pub fn open(&self, additional_data: &[u8], sealed: &Sealed) -> Result<Vec<u8>, AeadError> {
        self.0.open(additional_data, sealed)
    }
}
