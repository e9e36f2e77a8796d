//! How a call of a plugin can fail.

use thiserror::Error;

use crate::metrics::CallResult;
use crate::storage::StorageFault;
use crate::words::{FaultKind, Refusal, printable};

/// Longest message of a trap that is shown, in bytes.
const TRAP_TEXT: usize = 512;

/// A failed call, named by who is to blame. Nothing of it but its
/// [`PluginFault::kind`] is for anybody but the operator.
#[derive(Debug, Error)]
pub(crate) enum PluginFault {
    /// The plugin said so, in the words of the contract.
    #[error("the plugin answered: {0}")]
    Refused(#[from] Refusal),
    /// The guest trapped, or exhausted its memory.
    #[error("the plugin trapped: {}", shown(.0))]
    Trapped(wasmtime::Error),
    /// The deadline passed while the guest computed or waited.
    #[error("the plugin missed the deadline")]
    Deadline,
    /// No instance became free before the deadline.
    #[error("no instance of the plugin was free in time for the deadline")]
    Busy,
    /// It failed so often in a row that it is not asked; the kind is that of the last
    /// failure.
    #[error("the plugin failed every time of late, and is not asked for a moment")]
    Broken(FaultKind),
    /// The answer breaks the contract.
    #[error("the plugin broke the contract: {0}")]
    BadAnswer(&'static str),
    /// No instance could be made.
    #[error("the plugin could not be started: {}", shown(.0))]
    Start(wasmtime::Error),
    /// The host failed with the key that the plugin named.
    #[error(transparent)]
    NamedKey(#[from] NamedKeyFault),
}

impl PluginFault {
    /// What kind of failure it is. A fault of the runtime never blames the key or
    /// the ciphertext, because users of AWS KMS act on that (XKS-109).
    pub(crate) fn kind(&self) -> FaultKind {
        match self {
            Self::Refused(refusal) => refusal.kind,
            Self::Broken(kind) => *kind,
            Self::NamedKey(NamedKeyFault::NotAuthentic) => FaultKind::NotAuthentic,
            Self::NamedKey(NamedKeyFault::Storage(fault)) => fault.kind(),
            Self::Deadline | Self::Busy => FaultKind::TimedOut,
            Self::Trapped(_) | Self::BadAnswer(_) | Self::Start(_) | Self::NamedKey(_) => {
                FaultKind::Failed
            }
        }
    }
}

impl PluginFault {
    /// The same, for another of those who shared a call.
    pub(super) fn again(&self) -> Self {
        let text = |error: &wasmtime::Error| wasmtime::Error::msg(shown(error));
        match self {
            Self::Refused(refusal) => Self::Refused(refusal.clone()),
            Self::Trapped(error) => Self::Trapped(text(error)),
            Self::Start(error) => Self::Start(text(error)),
            Self::Deadline => Self::Deadline,
            Self::Busy => Self::Busy,
            Self::Broken(kind) => Self::Broken(*kind),
            Self::BadAnswer(nonsense) => Self::BadAnswer(nonsense),
            Self::NamedKey(fault) => Self::Trapped(wasmtime::Error::msg(fault.to_string())),
        }
    }

    /// As what a call that fails like this is counted; nothing where the plugin has
    /// answered.
    pub(super) fn counted_as(&self) -> Option<CallResult> {
        match self {
            Self::Trapped(_) => Some(CallResult::Trap),
            Self::Deadline => Some(CallResult::Deadline),
            Self::BadAnswer(_) => Some(CallResult::BadAnswer),
            Self::Start(_) => Some(CallResult::NotStarted),
            Self::Busy => Some(CallResult::Busy),
            Self::Broken(_) => Some(CallResult::Broken),
            Self::Refused(_) | Self::NamedKey(_) => None,
        }
    }
}

/// The root cause only: a backtrace names nothing that an operator can use.
pub(super) fn shown(error: &wasmtime::Error) -> String {
    printable(&error.root_cause().to_string(), TRAP_TEXT)
}

/// Why the host cannot encrypt or decrypt under a key that a backend named.
#[derive(Debug, Error)]
pub(crate) enum NamedKeyFault {
    /// The tag does not match.
    #[error("the tag does not match")]
    NotAuthentic,
    /// Its encryptions cannot be counted.
    #[error("the key storage failed: {0}")]
    Storage(#[from] StorageFault),
    /// 2^32 encryptions.
    #[error("the key version has made 2^32 encryptions, all that AES-GCM allows it")]
    UsedUp,
    /// AES-GCM or the random generator failed.
    #[error("AES-GCM failed")]
    Cipher,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xks_109_faults_of_the_runtime_never_blame_the_key_or_the_ciphertext() {
        for fault in [
            PluginFault::Trapped(wasmtime::format_err!("unreachable")),
            PluginFault::Deadline,
            PluginFault::Busy,
            PluginFault::BadAnswer(""),
            PluginFault::Start(wasmtime::format_err!("no memory")),
            NamedKeyFault::Cipher.into(),
            NamedKeyFault::UsedUp.into(),
            NamedKeyFault::Storage(StorageFault::Conflict).into(),
        ] {
            let kind = fault.kind();
            assert!(
                matches!(kind, FaultKind::Failed | FaultKind::TimedOut),
                "{fault}: {kind:?}"
            );
        }
    }
}
