//! Capability `secrets`: those that the operator granted, and those that a plugin comes
//! by, such as the token that a login returned.

#[cfg(target_arch = "wasm32")]
use crate::contract::shared::claviger::plugin::secrets as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::stand_in::secrets as host;

use crate::types::Error;
use thiserror::Error as ThisError;

/// Why there is no secret, or none was kept.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
pub enum SecretError {
    /// There is none of this name.
    #[error("there is no secret of this name")]
    NoSuchSecret,
    /// It may be sent in a header of [`http`](crate::http), and the plugin may not see
    /// it.
    #[error("the operator does not let the plugin see this secret")]
    NotRevealed,
    /// The name or the value breaks a limit.
    #[error("the secret is refused: {0}")]
    Invalid(String),
}

impl From<SecretError> for Error {
    fn from(error: SecretError) -> Self {
        Self::internal(error)
    }
}

/// The bytes of a secret: of one that was kept, or of one that the operator lets the
/// plugin see. Lines and texts of failures that repeat it are withheld.
pub fn reveal(name: &str) -> Result<Vec<u8>, SecretError> {
    host::reveal(name)
}

/// Keeps a secret in the host's memory, for all instances that serve this plugin's part
/// of the key store. Names are 1 to 64 characters of `[a-z0-9-]` and not those of
/// granted secrets; values are 1 to 8192 bytes; 16 are kept at the most.
pub fn keep(name: &str, value: &[u8]) -> Result<(), SecretError> {
    host::keep(name, Some(value))
}

/// Forgets a secret that was kept.
pub fn forget(name: &str) -> Result<(), SecretError> {
    host::keep(name, None)
}
