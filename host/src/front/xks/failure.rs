//! How a request fails, and what AWS KMS is told.
//!
//! The cause stays what it is until the record is written: [`Failure::error`] is
//! the one table from causes to XKS error names. Two texts: [`Failure::message`]
//! goes to AWS KMS, which writes it to the caller's CloudWatch log; the cause's own
//! goes to the record. No payload and no secret is in either (XKS-104, XKS-117).

use std::borrow::Cow;

use claviger_xks::error::XksError;
use claviger_xks::framing::{CiphertextMetadataTooLong, UnknownFraming};
use claviger_xks::request::RequestFault;
use claviger_xks::response::HealthStatusResponseFault;
use claviger_xks::sigv4::AuthenticationFault;
use thiserror::Error;

use crate::front::admission::TooMany;
use crate::keys::KeyFault;
use crate::words::FaultKind;

/// A request that failed, named by cause.
#[derive(Debug, Error)]
pub(super) enum Failure {
    /// The path is not that of an API.
    #[error("the path has not the form of an XKS API")]
    PathForm,
    /// No key store has this path.
    #[error("no key store has this URI path prefix")]
    NoKeyStore,
    /// The request cannot be recorded.
    #[error("the request cannot be recorded")]
    AuditFull,
    /// More bytes than `body_bytes`.
    #[error("the body is beyond the cap")]
    BodyTooLarge,
    /// The connection ended in the middle of it.
    #[error("the body was cut off")]
    BodyCutOff,
    /// The body did not arrive in time.
    #[error("the body did not arrive within a second")]
    BodyLate,
    /// Too many bodies were awaited, and this one gave way.
    #[error("the body did not come with the head, and too many bodies are awaited")]
    BodiesMissing,
    /// The signature is not valid. The answer is the same for all causes: only the
    /// operator may learn which check failed (XKS-039).
    #[error(transparent)]
    Authentication(#[from] AuthenticationFault),
    /// Since the start something that the key store needs has not been there.
    #[error("the key store waits for what it needs: see the log")]
    KeyStoreAbsent,
    /// The operator has disabled the key store.
    #[error("the key store is disabled")]
    KeyStoreDisabled,
    /// The host or the key store has as much to do as it may.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The body is not what it should be.
    #[error(transparent)]
    Request(#[from] RequestFault),
    /// A part of the ciphertext has an impossible length.
    #[error("{0}")]
    ImpossibleCiphertext(&'static str),
    /// The ciphertext metadata is not of this proxy.
    #[error("the ciphertext metadata has an unknown framing version")]
    Framing(#[from] UnknownFraming),
    /// The key was not used.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// More metadata of a plugin than a ciphertext can carry.
    #[error(transparent)]
    Metadata(#[from] CiphertextMetadataTooLong),
    /// The backend's health report cannot be shown to AWS KMS.
    #[error(transparent)]
    Health(#[from] HealthStatusResponseFault),
    /// A fault of the host itself.
    #[error("the proxy itself failed: see its log")]
    Panicked,
}

impl Failure {
    /// Whether a policy says no, or all abstain.
    pub(super) fn is_denied(&self) -> bool {
        let by_default = matches!(self, Self::Key(KeyFault::DeniedByDefault));
        by_default || self.is_denied_by_policy()
    }

    /// Whether a policy's statement is the reason.
    pub(super) fn is_denied_by_policy(&self) -> bool {
        matches!(self, Self::Key(KeyFault::DeniedByPolicy))
    }

    /// What AWS KMS is told.
    pub(super) fn error(&self) -> XksError {
        match self {
            Self::PathForm | Self::NoKeyStore => XksError::InvalidUriPath,
            Self::AuditFull | Self::BodiesMissing | Self::TooMany(_) => XksError::Throttling,
            Self::BodyTooLarge => XksError::UnsupportedOperation,
            Self::BodyCutOff => XksError::Validation,
            Self::BodyLate | Self::KeyStoreAbsent => XksError::DependencyTimeout,
            Self::Authentication(_) => XksError::AuthenticationFailed,
            Self::KeyStoreDisabled => XksError::InvalidState,
            Self::Request(fault) => fault.error(),
            Self::ImpossibleCiphertext(_) | Self::Framing(_) => XksError::InvalidCiphertext,
            Self::Key(fault) => of_kind(fault.kind()),
            Self::Metadata(_) | Self::Health(_) | Self::Panicked => XksError::Internal,
        }
    }

    /// The text for AWS KMS: that of the error, or one that names a field, where
    /// that helps the caller.
    pub(super) fn message(&self) -> Cow<'static, str> {
        match self {
            Self::Request(fault) => fault.to_string().into(),
            _ => self.error().message().into(),
        }
    }
}

/// The domain's faults as XKS errors.
fn of_kind(kind: FaultKind) -> XksError {
    match kind {
        FaultKind::Denied => XksError::AccessDenied,
        FaultKind::KeyNotFound => XksError::KeyNotFound,
        FaultKind::Disabled => XksError::InvalidState,
        FaultKind::UsageNotPermitted => XksError::InvalidKeyUsage,
        FaultKind::NotAuthentic => XksError::InvalidCiphertext,
        FaultKind::Throttled => XksError::Throttling,
        FaultKind::TimedOut => XksError::DependencyTimeout,
        FaultKind::Unsupported => XksError::UnsupportedOperation,
        FaultKind::Failed => XksError::Internal,
    }
}
