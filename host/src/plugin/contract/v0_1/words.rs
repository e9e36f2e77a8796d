//! The words of contract 0.1 in the host's, and back.

use std::time::Duration;

use super::exported::key_lookup;
use super::imported::types::{Error, KeyStatus, Sealed};
use crate::plugin::answer::{KeyAnswer, NamedKey};
use crate::words::{self, FaultKind, Refusal, printable};

/// Longest text of a plugin that is kept for the log, in bytes.
const TEXT: usize = 512;

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        use FaultKind as K;
        let (kind, text) = match error {
            Error::KeyNotFound => (K::KeyNotFound, String::new()),
            Error::InvalidState(text) => (K::Disabled, text),
            Error::InvalidKeyUsage(text) => (K::UsageNotPermitted, text),
            Error::InvalidCiphertext => (K::NotAuthentic, String::new()),
            Error::Throttling(text) => (K::Throttled, text),
            Error::DependencyTimeout(text) => (K::TimedOut, text),
            Error::UnsupportedOperation(text) => (K::Unsupported, text),
            Error::Internal(text) => (K::Failed, text),
        };
        Self {
            kind,
            text: printable(&text, TEXT),
        }
    }
}

impl From<Sealed> for words::Sealed {
    fn from(sealed: Sealed) -> Self {
        Self {
            ciphertext: sealed.ciphertext,
            initialization_vector: sealed.initialization_vector,
            authentication_tag: sealed.authentication_tag,
        }
    }
}

impl From<words::Sealed> for Sealed {
    fn from(sealed: words::Sealed) -> Self {
        Self {
            ciphertext: sealed.ciphertext,
            initialization_vector: sealed.initialization_vector,
            authentication_tag: sealed.authentication_tag,
        }
    }
}

impl From<key_lookup::ExternalKey> for KeyAnswer {
    fn from(key: key_lookup::ExternalKey) -> Self {
        Self {
            handle: key.handle,
            key_spec: key.key_spec,
            key_usage: key.key_usage,
            enabled: key.key_status == KeyStatus::Enabled,
            metadata: key.ciphertext_metadata,
            fresh_for: Duration::from_millis(key.fresh_for_ms.into()),
            named_key: key.host_cipher.map(NamedKey::from),
        }
    }
}

impl From<key_lookup::HostCipher> for NamedKey {
    fn from(named: key_lookup::HostCipher) -> Self {
        match named {
            key_lookup::HostCipher::Stored(key) => Self::Stored {
                key_record: key.key_record,
                counter: key.counter,
            },
            key_lookup::HostCipher::OnToken(key) => Self::OnToken {
                token: key.token,
                key: key.key.into(),
            },
        }
    }
}
