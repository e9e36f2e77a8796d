//! Everything that can be wrong with an answer.

use claviger_xks::error::XksError;
use claviger_xks::json::JsonFault;
use claviger_xks::uri::Api;
use http::StatusCode;
use thiserror::Error;

/// Why AWS KMS cannot interpret an answer. The text names members and never
/// repeats a value of theirs that could be confidential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MalformedAnswer {
    /// A status that no error of the specification has.
    #[error("the status {0} is not one of the XKS specification")]
    Status(StatusCode),
    /// `Content-Type` is missing, repeated or not `application/json` (XKS-024).
    #[error("the Content-Type is not application/json")]
    ContentType,
    /// The body is not one JSON object (XKS-102).
    #[error("the body {0}")]
    Json(JsonFault),
    /// A required member is absent or null.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A member is of another type.
    #[error("{member} is not {expected}")]
    Type {
        /// The member.
        member: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A member is not Base64 with padding.
    #[error("{0} is not Base64 (RFC 4648, section 4, with padding)")]
    Base64(&'static str),
    /// A member has another number of bytes.
    #[error("{member} has {length} bytes, not {expected}")]
    Length {
        /// The member.
        member: &'static str,
        /// The length found, in bytes.
        length: usize,
        /// What it should be.
        expected: Expected,
    },
    /// A member has a value that the specification does not have.
    #[error("{member} is not {expected}")]
    Value {
        /// The member.
        member: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// An array has more or fewer entries.
    #[error("{member} has {count} entries, not {expected}")]
    Count {
        /// The member.
        member: &'static str,
        /// The number found.
        count: usize,
        /// What it should be.
        expected: &'static str,
    },
    /// Two entries of `ekmFleetDetails` have one id (XKS-093).
    #[error("ekmFleetDetails has two entries with the same id")]
    RepeatedId,
    /// An `errorName` that the specification does not have.
    #[error("errorName is not one of the XKS specification")]
    UnknownErrorName,
    /// A status that does not go with the error name (XKS-101).
    #[error("{} comes with the status {status}, not {}", error.name(), error.status())]
    WrongStatus {
        /// The status found.
        status: StatusCode,
        /// The error name found.
        error: XksError,
    },
    /// An error name that this API does not have (XKS-101).
    #[error("{} is not an error of {}", error.name(), api.name())]
    OutOfPlace {
        /// The error name found.
        error: XksError,
        /// The API that was called.
        api: Api,
    },
    /// `errorMessage` has characters outside 0x20–0x7E (XKS-103).
    #[error("errorMessage has characters other than printable ASCII")]
    MessageCharacters,
    /// `errorMessage` has more than 511 characters (XKS-103).
    #[error("errorMessage has {length} characters, and at most 511 are allowed")]
    MessageLength {
        /// The length found, in bytes.
        length: usize,
    },
    /// The other side of the connection does not speak TLS.
    #[error("the other side does not speak TLS")]
    NotTls,
    /// The answer is not HTTP/1.1.
    #[error("the answer is not HTTP/1.1")]
    NotHttp,
    /// The connection ended before the answer was complete.
    #[error("the connection ended before the answer was complete")]
    Broken,
    /// The body has more bytes than any answer needs.
    #[error("the body has more than {max} bytes")]
    TooLarge {
        /// The limit, in bytes.
        max: usize,
    },
}

/// How many bytes a member should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Expected {
    /// Exactly so many.
    #[error("{0}")]
    Exactly(usize),
    /// One of two numbers.
    #[error("{0} or {1}")]
    Either(usize, usize),
    /// So many or fewer.
    #[error("at most {0}")]
    AtMost(usize),
}
