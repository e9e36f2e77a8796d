//! What can be wrong with a request that is signed well.

use thiserror::Error;

use crate::error::XksError;
use crate::json::JsonFault;

/// What is wrong with a body or its media type.
///
/// The text names the member and never repeats its value, so that it may be
/// sent as `errorMessage` (XKS-104).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RequestFault {
    /// `Content-Type` is missing, repeated or not `application/json` (XKS-024).
    #[error("the Content-Type is not application/json")]
    ContentType,
    /// The body is not one strict JSON object (XKS-107).
    #[error("the body {0}")]
    Json(#[from] JsonFault),
    /// A required member is absent or null.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A member is not an object.
    #[error("{0} is not an object")]
    NotAnObject(&'static str),
    /// A member is not a string.
    #[error("{0} is not a string")]
    NotAString(&'static str),
    /// A member is not standard, padded Base64 (XKS-108).
    #[error("{0} is not standard Base64 with padding")]
    NotBase64(&'static str),
    /// A plaintext or ciphertext of no bytes (XKS-059).
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A member has a value that version 1 does not define (XKS-060, XKS-074).
    #[error("{field} is not {expected}")]
    NotDefined {
        /// The member.
        field: &'static str,
        /// The only value there is.
        expected: &'static str,
    },
    /// A ciphertext metadata of more than 20 bytes (XKS-086).
    #[error("ciphertextMetadata has more than 20 bytes")]
    CiphertextMetadataTooLong,
    /// A member is longer than this proxy takes (XKS-129, XKS-130).
    #[error("{field} has more than {max} bytes")]
    TooLarge {
        /// The member.
        field: &'static str,
        /// The most decoded bytes.
        max: usize,
    },
}

impl RequestFault {
    /// The error that AWS KMS is answered with.
    pub const fn error(self) -> XksError {
        match self {
            Self::TooLarge { .. } => XksError::UnsupportedOperation,
            Self::ContentType
            | Self::Json(_)
            | Self::Missing(_)
            | Self::NotAnObject(_)
            | Self::NotAString(_)
            | Self::NotBase64(_)
            | Self::Empty(_)
            | Self::NotDefined { .. }
            | Self::CiphertextMetadataTooLong => XksError::Validation,
        }
    }
}
