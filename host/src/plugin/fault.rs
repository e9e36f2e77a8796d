//! How a call of a plugin can fail.

use std::fmt;

use claviger_xks::error::XksError;
use thiserror::Error;

use super::wit::claviger::plugin::types;

/// Longest text of a plugin that is kept for the log, in bytes.
const TEXT: usize = 512;

/// A failed call, named by who is to blame. None of this reaches AWS KMS but the
/// [`XksError`] that [`PluginFault::xks_error`] names.
#[derive(Debug, Error)]
pub(crate) enum PluginFault {
    /// The plugin said so, in the words of the contract.
    #[error("the plugin answered: {0}")]
    Refused(#[from] Refusal),
    /// The guest trapped, or exhausted its memory.
    #[error("the plugin trapped: {0}")]
    Trapped(String),
    /// The deadline passed while the guest computed or waited.
    #[error("the plugin missed the deadline")]
    Deadline,
    /// No instance became free before the deadline.
    #[error("all instances of the plugin were busy until the deadline")]
    Busy,
    /// The answer breaks the contract.
    #[error("the plugin broke the contract: {0}")]
    BadAnswer(&'static str),
    /// No instance could be made.
    #[error("the plugin could not be started: {0}")]
    Start(String),
}

impl PluginFault {
    /// What AWS KMS is told. A fault of the runtime is never KeyNotFound and
    /// never InvalidCiphertext, because users of KMS act on those (XKS-109).
    pub(crate) fn xks_error(&self) -> XksError {
        match self {
            Self::Refused(refusal) => refusal.error,
            Self::Deadline | Self::Busy => XksError::DependencyTimeout,
            Self::Trapped(_) | Self::BadAnswer(_) | Self::Start(_) => XksError::Internal,
        }
    }
}

/// A typed error of a plugin.
#[derive(Debug, Error)]
pub(crate) struct Refusal {
    /// The XKS error it asks for.
    pub(crate) error: XksError,
    /// Its reason, for the log: printable, at most 512 bytes.
    pub(crate) text: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.error.name())?;
        if !self.text.is_empty() {
            write!(f, " ({})", self.text)?;
        }
        Ok(())
    }
}

impl From<types::Error> for PluginFault {
    fn from(error: types::Error) -> Self {
        Self::Refused(error.into())
    }
}

impl From<types::Error> for Refusal {
    fn from(error: types::Error) -> Self {
        use types::Error as E;
        let (error, text) = match error {
            E::KeyNotFound => (XksError::KeyNotFound, String::new()),
            E::InvalidState(text) => (XksError::InvalidState, text),
            E::InvalidKeyUsage(text) => (XksError::InvalidKeyUsage, text),
            E::InvalidCiphertext => (XksError::InvalidCiphertext, String::new()),
            E::Throttling(text) => (XksError::Throttling, text),
            E::DependencyTimeout(text) => (XksError::DependencyTimeout, text),
            E::UnsupportedOperation(text) => (XksError::UnsupportedOperation, text),
            E::Internal(text) => (XksError::Internal, text),
        };
        Self {
            error,
            text: printable(&text, TEXT),
        }
    }
}

/// Foreign text made safe for a log: control characters escaped (XKS-121), cut
/// at `limit` bytes.
pub(crate) fn printable(text: &str, limit: usize) -> String {
    let mut safe = String::new();
    for character in text.chars() {
        let before = safe.len();
        if character.is_control() || ('\u{2028}'..='\u{202e}').contains(&character) {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
        if safe.len() > limit {
            safe.truncate(before);
            break;
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xks_109_faults_of_the_runtime_never_blame_the_key_or_the_ciphertext() {
        for fault in [
            PluginFault::Trapped(String::new()),
            PluginFault::Deadline,
            PluginFault::Busy,
            PluginFault::BadAnswer(""),
            PluginFault::Start(String::new()),
        ] {
            let error = fault.xks_error();
            assert!(
                matches!(error, XksError::Internal | XksError::DependencyTimeout),
                "{fault}: {error:?}"
            );
        }
    }

    #[test]
    fn xks_121_control_characters_of_a_plugin_are_escaped() {
        assert_eq!(printable("a\r\nb\u{202e}", 100), "a\\r\\nb\\u{202e}");
        assert_eq!(printable("ééé", 5), "éé");
    }
}
