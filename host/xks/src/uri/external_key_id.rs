//! The name of a key in the external key manager.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;

/// The id of an external key: 1 to 128 characters of `[A-Za-z0-9._-]`
/// (XKS-005), but neither `.` nor `..`, which clients and load balancers would
/// resolve as path segments (XKS-007).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExternalKeyId(Arc<str>);

impl ExternalKeyId {
    /// The longest id, in bytes.
    pub const MAX_BYTES: usize = 128;

    /// The id as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ExternalKeyId {
    type Err = ExternalKeyIdFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(ExternalKeyIdFault::Empty);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(ExternalKeyIdFault::TooLong { length: text.len() });
        }
        if let Some(other) = text.chars().find(|&character| !is_id_character(character)) {
            return Err(ExternalKeyIdFault::Character(other));
        }
        if matches!(text, "." | "..") {
            return Err(ExternalKeyIdFault::DotSegment);
        }
        Ok(Self(text.into()))
    }
}

impl From<ExternalKeyId> for Arc<str> {
    fn from(id: ExternalKeyId) -> Self {
        id.0
    }
}

impl fmt::Display for ExternalKeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What is wrong with an external key id, and how to fix it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ExternalKeyIdFault {
    /// No characters at all.
    #[error("is empty: use 1 to 128 characters")]
    Empty,
    /// More than 128 bytes.
    #[error("has {length} bytes: use at most 128 characters")]
    TooLong {
        /// The length found, in bytes.
        length: usize,
    },
    /// A character that AWS KMS does not take in an external key id.
    #[error("has the character {0:?}: use only A-Z, a-z, 0-9, dot, dash and underscore")]
    Character(char),
    /// `.` or `..`.
    #[error("is a relative path segment: use an id other than one or two dots")]
    DotSegment,
}

const fn is_id_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_')
}
