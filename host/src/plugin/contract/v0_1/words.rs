//! The words of contract 0.1 in the host's, and back.

use std::time::Duration;

use super::exported::key_lookup;
use super::imported::types::{Failure, FailureKind, KeyStatus, Sealed};
use crate::plugin::answer::{KeyAnswer, NamedKey};
use crate::words::{self, FaultKind, Refusal, printable};

/// Longest text of a plugin that is kept for the log, in bytes.
const TEXT: usize = 512;

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        use FailureKind as C;
        use FaultKind as K;
        let Failure { kind, code, text } = failure;
        Self {
            kind: match kind {
                C::KeyNotFound => K::KeyNotFound,
                C::InvalidState => K::Disabled,
                C::InvalidKeyUsage => K::UsageNotPermitted,
                C::InvalidCiphertext => K::NotAuthentic,
                C::Throttling => K::Throttled,
                C::DependencyTimeout | C::UpkeepFirst | C::StaleKey => K::TimedOut,
                C::UnsupportedOperation => K::Unsupported,
                C::Internal => K::Failed,
            },
            code,
            wants_upkeep: kind == C::UpkeepFirst,
            is_of_stale_key: kind == C::StaleKey,
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
            at_once: key.requests_at_once,
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
