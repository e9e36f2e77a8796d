//! Why a key was not used.

use thiserror::Error;

use crate::plugin::PluginFault;
use crate::words::FaultKind;

/// Named by cause. A front door tells its caller the [`KeyFault::kind`] and nothing
/// else; the texts are for the audit record.
#[derive(Debug, Error)]
pub(crate) enum KeyFault {
    /// A policy says no.
    #[error("denied by policy")]
    DeniedByPolicy,
    /// All policies abstained.
    #[error("no policy allows it, and the key store's default is deny")]
    DeniedByDefault,
    /// By its manager, or by the directory.
    #[error("the external key is disabled")]
    Disabled,
    /// The key cannot be used for AES-256-GCM.
    #[error("the external key is not a 256-bit AES key")]
    NotAes256,
    /// The key may not encrypt.
    #[error("the external key does not permit ENCRYPT")]
    MayNotEncrypt,
    /// The key may not decrypt.
    #[error("the external key does not permit DECRYPT")]
    MayNotDecrypt,
    /// The verifying decrypt returned another plaintext.
    #[error("the verifying decrypt returned another plaintext")]
    NotVerified,
    /// The verifying decrypt returned an error. Whatever that error is, the key
    /// manager is at fault, because it made the ciphertext itself.
    #[error("the verifying decrypt failed: {0}")]
    VerifyingFailed(PluginFault),
    /// A plugin, or the key manager behind it.
    #[error(transparent)]
    Plugin(#[from] PluginFault),
}

impl KeyFault {
    /// What kind of failure it is.
    pub(crate) fn kind(&self) -> FaultKind {
        match self {
            Self::DeniedByPolicy | Self::DeniedByDefault => FaultKind::Denied,
            Self::Disabled => FaultKind::Disabled,
            Self::NotAes256 | Self::MayNotEncrypt | Self::MayNotDecrypt => {
                FaultKind::UsageNotPermitted
            }
            Self::NotVerified | Self::VerifyingFailed(_) => FaultKind::Failed,
            Self::Plugin(fault) => fault.kind(),
        }
    }
}
