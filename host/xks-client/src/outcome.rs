//! What can come of a call to a proxy, and what AWS KMS makes of it.
//!
//! Sources: the XKS proxy API specification 1.0.3, "Error codes", and the AWS
//! KMS developer guide, "Troubleshooting external key stores". What neither says
//! outright is marked as inferred.

mod connection_error_code;
mod consequences;
mod exception;
mod text;

pub use connection_error_code::ConnectionErrorCode;
pub use consequences::{Consequences, Known};
pub use exception::KmsException;

use claviger_xks::error::XksError;
use claviger_xks::uri::Api;

/// One row of the table of failures: every way in which a call that AWS KMS
/// makes to a proxy can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// 400 `ValidationException`: the proxy refused something that AWS KMS sent.
    Validation,
    /// An answer that is none of those that the specification has: not JSON, a
    /// member missing or of the wrong type or length, a status that does not go
    /// with the error name, an error name in the wrong place.
    Malformed,
    /// 400 `InvalidStateException`: the external key or key store is disabled.
    InvalidState,
    /// 400 `InvalidCiphertextException`: the tag does not match what was sent.
    InvalidCiphertext,
    /// 200 of Decrypt with a plaintext that the inner layer of AWS KMS cannot
    /// open.
    InnerLayer,
    /// 400 `InvalidKeyUsageException`: the key does not permit the operation.
    InvalidKeyUsage,
    /// 401 `AuthenticationFailedException`.
    AuthenticationFailed,
    /// 403 `AccessDeniedException`.
    AccessDenied,
    /// 404 `KeyNotFoundException`.
    KeyNotFound,
    /// 404 `InvalidUriPathException`.
    InvalidUriPath,
    /// 429 `ThrottlingException`.
    Throttling,
    /// 500 `InternalException`.
    Internal,
    /// 501 `UnsupportedOperationException`.
    UnsupportedOperation,
    /// 503 `DependencyTimeoutException`.
    DependencyTimeout,
    /// No TCP connection: no address, nobody listening, no way there.
    NotReachable,
    /// A TCP connection, but no TLS on it.
    NoTls,
    /// No complete answer within the time limit.
    TimedOut,
    /// 200 of `GetHealthStatus` in which every key manager is `UNAVAILABLE`.
    AllUnavailable,
    /// 200 of `GetKeyMetadata` with a `keySpec` other than `AES_256`.
    KeySpec,
    /// 200 of `GetKeyMetadata` with a `keyStatus` other than `ENABLED`.
    KeyStatus,
    /// 200 of `GetKeyMetadata` whose `keyUsage` lacks `ENCRYPT` or `DECRYPT`.
    KeyUsage,
    /// 200 of Encrypt whose integrity value is missing though it was asked for,
    /// or is not the hash of the rest of the answer.
    IntegrityValue,
    /// The key store is not `CONNECTED`, so that no call is made.
    NotConnected,
}

impl Outcome {
    /// Every row once.
    pub const ALL: [Self; 23] = [
        Self::Validation,
        Self::Malformed,
        Self::InvalidState,
        Self::InvalidCiphertext,
        Self::InnerLayer,
        Self::InvalidKeyUsage,
        Self::AuthenticationFailed,
        Self::AccessDenied,
        Self::KeyNotFound,
        Self::InvalidUriPath,
        Self::Throttling,
        Self::Internal,
        Self::UnsupportedOperation,
        Self::DependencyTimeout,
        Self::NotReachable,
        Self::NoTls,
        Self::TimedOut,
        Self::AllUnavailable,
        Self::KeySpec,
        Self::KeyStatus,
        Self::KeyUsage,
        Self::IntegrityValue,
        Self::NotConnected,
    ];

    /// What a refusal with this error name comes to. A name that the
    /// specification does not have for `api` is a malformed answer (inferred),
    /// except 403 of `GetHealthStatus`, for which AWS KMS has a connection error
    /// code.
    pub const fn of_error(error: XksError, api: Api) -> Self {
        match error {
            XksError::Validation => Self::Validation,
            XksError::InvalidState => Self::InvalidState,
            XksError::InvalidCiphertext if matches!(api, Api::Decrypt) => Self::InvalidCiphertext,
            XksError::InvalidKeyUsage if !matches!(api, Api::GetHealthStatus) => {
                Self::InvalidKeyUsage
            }
            XksError::AuthenticationFailed => Self::AuthenticationFailed,
            XksError::AccessDenied => Self::AccessDenied,
            XksError::KeyNotFound if !matches!(api, Api::GetHealthStatus) => Self::KeyNotFound,
            XksError::InvalidUriPath => Self::InvalidUriPath,
            XksError::Throttling => Self::Throttling,
            XksError::Internal => Self::Internal,
            XksError::UnsupportedOperation => Self::UnsupportedOperation,
            XksError::DependencyTimeout => Self::DependencyTimeout,
            XksError::InvalidCiphertext | XksError::InvalidKeyUsage | XksError::KeyNotFound => {
                Self::Malformed
            }
        }
    }

    /// The error name of the proxy that leads here, if one does.
    pub const fn error(self) -> Option<XksError> {
        Some(match self {
            Self::Validation => XksError::Validation,
            Self::InvalidState => XksError::InvalidState,
            Self::InvalidCiphertext => XksError::InvalidCiphertext,
            Self::InvalidKeyUsage => XksError::InvalidKeyUsage,
            Self::AuthenticationFailed => XksError::AuthenticationFailed,
            Self::AccessDenied => XksError::AccessDenied,
            Self::KeyNotFound => XksError::KeyNotFound,
            Self::InvalidUriPath => XksError::InvalidUriPath,
            Self::Throttling => XksError::Throttling,
            Self::Internal => XksError::Internal,
            Self::UnsupportedOperation => XksError::UnsupportedOperation,
            Self::DependencyTimeout => XksError::DependencyTimeout,
            _ => return None,
        })
    }

    /// What happened, in a few words.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Validation => "the proxy answers 400 ValidationException",
            Self::Malformed => "the proxy's answer is malformed",
            Self::InvalidState => "the proxy answers 400 InvalidStateException",
            Self::InvalidCiphertext => "the proxy answers 400 InvalidCiphertextException",
            Self::InnerLayer => "the proxy answers Decrypt with other bytes than were encrypted",
            Self::InvalidKeyUsage => "the proxy answers 400 InvalidKeyUsageException",
            Self::AuthenticationFailed => "the proxy answers 401 AuthenticationFailedException",
            Self::AccessDenied => "the proxy answers 403 AccessDeniedException",
            Self::KeyNotFound => "the proxy answers 404 KeyNotFoundException",
            Self::InvalidUriPath => "the proxy answers 404 InvalidUriPathException",
            Self::Throttling => "the proxy answers 429 ThrottlingException",
            Self::Internal => "the proxy answers 500 InternalException",
            Self::UnsupportedOperation => "the proxy answers 501 UnsupportedOperationException",
            Self::DependencyTimeout => "the proxy answers 503 DependencyTimeoutException",
            Self::NotReachable => "there is no TCP connection to the proxy",
            Self::NoTls => "there is no TLS connection to the proxy",
            Self::TimedOut => "the proxy does not answer within the time limit",
            Self::AllUnavailable => "every key manager is UNAVAILABLE",
            Self::KeySpec => "the external key is not an AES_256 key",
            Self::KeyStatus => "the external key is not ENABLED",
            Self::KeyUsage => "the external key lacks ENCRYPT or DECRYPT",
            Self::IntegrityValue => "the ciphertext data integrity value is missing or wrong",
            Self::NotConnected => "the key store is not CONNECTED",
        }
    }
}

#[cfg(test)]
mod tests;
