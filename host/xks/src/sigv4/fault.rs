//! Why a request was not authenticated, for the operator's log.

use thiserror::Error;

use super::authorization_header::AuthorizationHeaderFault;
use super::timestamp::TimestampFault;
use crate::error::XksError;

/// Why a request was not authenticated.
///
/// AWS KMS is told none of it: every case is the same 401 (XKS-039). No case
/// carries anything that the sender chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AuthenticationFault {
    /// No `Authorization` header.
    #[error("the Authorization header is missing")]
    AuthorizationMissing,
    /// More than one `Authorization` header (XKS-038).
    #[error("the Authorization header is there more than once")]
    AuthorizationRepeated,
    /// The header is not that of a request for an XKS proxy.
    #[error("the Authorization header {0}")]
    Authorization(#[source] AuthorizationHeaderFault),
    /// No `X-Amz-Date` header.
    #[error("the X-Amz-Date header is missing")]
    DateMissing,
    /// More than one `X-Amz-Date` header (XKS-038).
    #[error("the X-Amz-Date header is there more than once")]
    DateRepeated,
    /// `X-Amz-Date` is not a point in time (XKS-033).
    #[error("the X-Amz-Date header {0}")]
    Date(#[source] TimestampFault),
    /// `X-Amz-Date` is on another day than the credential scope (XKS-033).
    #[error("the X-Amz-Date header and the credential scope name different days")]
    DateOutOfScope,
    /// The request is too old, or from the future (XKS-032).
    #[error(
        "the request was signed {} s away from this machine's clock, 300 s are allowed",
        behind.unsigned_abs()
    )]
    Skew {
        /// How many whole seconds the date is before this machine's clock; negative when
        /// it is after it.
        behind: i64,
        /// Whether a credential of the key store signed it: then one of the two clocks is
        /// wrong, or the request is an old one that somebody sends again.
        signed: bool,
    },
    /// Temporary credentials do not exist here (XKS-038).
    #[error("the request carries a security token")]
    SecurityToken,
    /// No credential of the key store has this access key id (XKS-034, XKS-035).
    #[error("no credential of the key store has this access key id")]
    UnknownAccessKeyId,
    /// Neither `Host` nor `:authority`.
    #[error("neither a Host header nor an authority was sent")]
    HostMissing,
    /// More than one `Host` header.
    #[error("the Host header is there more than once")]
    HostRepeated,
    /// `Host` and `:authority` differ (XKS-030).
    #[error("the Host header differs from the authority")]
    HostDiffersFromAuthority,
    /// The signature does not cover the host (XKS-029).
    #[error("the signature does not cover the Host header or the authority")]
    HostNotSigned,
    /// The signature does not cover `X-Amz-Date` (XKS-029).
    #[error("the signature does not cover the X-Amz-Date header")]
    DateNotSigned,
    /// The signature covers a header that was not sent.
    #[error("the signature covers a header that was not sent")]
    SignedHeaderMissing,
    /// `X-Amz-Content-Sha256` is there and is not the hash of the body, for
    /// example `UNSIGNED-PAYLOAD` (XKS-038).
    #[error("the X-Amz-Content-Sha256 header is not the hash of the body")]
    PayloadHash,
    /// Everything is in order except the signature: the secret access keys
    /// differ, or something on the way changed the request (XKS-031, XKS-042).
    #[error("the signature does not match: wrong secret access key, or the request was altered")]
    Signature,
}

impl AuthenticationFault {
    /// What AWS KMS is told.
    pub const fn error(self) -> XksError {
        XksError::AuthenticationFailed
    }
}
