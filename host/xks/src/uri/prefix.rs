//! The part of a proxy URI path that tells key stores apart.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::API_PATH;

/// The longest `XksProxyUriPath`, in bytes (XKS-001).
const MAX_PROXY_URI_PATH_BYTES: usize = 128;

/// What stands before `/kms/xks/v1` in a key store's `XksProxyUriPath`: empty,
/// or `/` and further characters of `[A-Za-z0-9/_-]`, at most 117 bytes, without
/// empty segments (XKS-001).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UriPathPrefix(Box<str>);

impl UriPathPrefix {
    /// The longest prefix, in bytes: what `/kms/xks/v1` leaves of 128.
    pub const MAX_BYTES: usize = MAX_PROXY_URI_PATH_BYTES - API_PATH.len();

    /// The prefix as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The complete `XksProxyUriPath`, as AWS KMS is told it.
    pub fn proxy_uri_path(&self) -> String {
        format!("{}{API_PATH}", self.0)
    }
}

impl FromStr for UriPathPrefix {
    type Err = UriPathPrefixFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        check(text)?;
        Ok(Self(text.into()))
    }
}

impl fmt::Display for UriPathPrefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What is wrong with a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UriPathPrefixFault {
    /// More than 117 bytes.
    #[error("has {length} characters, but AWS KMS takes 128 for prefix and /kms/xks/v1 together")]
    TooLong {
        /// The length found, in bytes.
        length: usize,
    },
    /// Something other than `/` comes first.
    #[error("does not begin with a slash")]
    NoLeadingSlash,
    /// The prefix ends in `/`, or is nothing else.
    #[error("ends with a slash")]
    TrailingSlash,
    /// Two slashes in a row.
    #[error("has two slashes in a row")]
    EmptySegment,
    /// A character that AWS KMS does not take in an `XksProxyUriPath`.
    #[error("has the character {0:?}")]
    Character(char),
}

impl UriPathPrefixFault {
    /// What to write instead.
    pub const fn fix(self) -> &'static str {
        match self {
            Self::TooLong { .. } => "use at most 117",
            Self::NoLeadingSlash => "write /payments instead of payments, or leave it empty",
            Self::TrailingSlash => "leave it out, /kms/xks/v1 follows by itself",
            Self::EmptySegment => "write one",
            Self::Character(_) => "use only A-Z, a-z, 0-9, slash, dash and underscore",
        }
    }
}

pub(super) fn check(prefix: &str) -> Result<(), UriPathPrefixFault> {
    if prefix.is_empty() {
        return Ok(());
    }
    if let Some(other) = prefix
        .chars()
        .find(|&character| !is_path_character(character))
    {
        return Err(UriPathPrefixFault::Character(other));
    }
    if !prefix.starts_with('/') {
        return Err(UriPathPrefixFault::NoLeadingSlash);
    }
    if prefix.ends_with('/') {
        return Err(UriPathPrefixFault::TrailingSlash);
    }
    if prefix.contains("//") {
        return Err(UriPathPrefixFault::EmptySegment);
    }
    if prefix.len() > UriPathPrefix::MAX_BYTES {
        return Err(UriPathPrefixFault::TooLong {
            length: prefix.len(),
        });
    }
    Ok(())
}

const fn is_path_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '/' | '-' | '_')
}
