//! Where a proxy is, and with what AWS KMS signs: the values of
//! `CreateCustomKeyStore`, checked as the AWS KMS API checks them.

mod region;

use std::fmt;
use std::str::FromStr;

use claviger_xks::credential::Credential;
use claviger_xks::uri::ExternalKeyId;
use thiserror::Error;

pub use region::{Region, RegionFault};

/// The port that AWS KMS connects to. Endpoints cannot name another.
pub const PORT: u16 = 443;

/// One external key store as AWS KMS knows it.
#[derive(Debug, Clone)]
pub struct Target {
    /// `XksProxyUriEndpoint`
    pub endpoint: Endpoint,
    /// `XksProxyUriPath`
    pub uri_path: UriPath,
    /// `XksProxyAuthenticationCredential`
    pub credential: Credential,
    /// The AWS Region of the key store, which goes into the credential scope.
    pub region: Region,
}

/// An `XksProxyUriEndpoint`: `https://` and a host of `[a-zA-Z0-9.-]`, 10 to 128
/// characters in all, without port and path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint(Box<str>);

impl Endpoint {
    /// The fewest and the most characters.
    const CHARACTERS: std::ops::RangeInclusive<usize> = 10..=128;
    const SCHEME: &str = "https://";

    /// The endpoint as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows `https://`: goes into `Host`, into the signature and into the
    /// server name of TLS.
    pub fn host(&self) -> &str {
        self.0.strip_prefix(Self::SCHEME).unwrap_or(&self.0)
    }
}

impl FromStr for Endpoint {
    type Err = EndpointFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let host = text
            .strip_prefix(Self::SCHEME)
            .ok_or(EndpointFault::Scheme)?;
        if let Some(other) = host.chars().find(|character| {
            !(character.is_ascii_alphanumeric() || matches!(character, '.' | '-'))
        }) {
            return Err(match other {
                ':' => EndpointFault::Port,
                '/' => EndpointFault::Path,
                other => EndpointFault::Character(other),
            });
        }
        if !Self::CHARACTERS.contains(&text.len()) {
            return Err(EndpointFault::Length { length: text.len() });
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What is wrong with an endpoint. AWS KMS answers all of it with
/// `ValidationException`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EndpointFault {
    /// Something other than `https://` comes first.
    #[error("does not begin with https://")]
    Scheme,
    /// A colon after the host.
    #[error("names a port: AWS KMS always connects to port 443")]
    Port,
    /// A slash after the host.
    #[error("has a path or ends with a slash: the path is a value of its own")]
    Path,
    /// Any other character that AWS KMS does not take.
    #[error("has the character {0:?}: use only A-Z, a-z, 0-9, dot and dash")]
    Character(char),
    /// Fewer than 10 or more than 128 characters.
    #[error("has {length} characters: AWS KMS takes 10 to 128")]
    Length {
        /// The length found, in bytes.
        length: usize,
    },
}

/// An `XksProxyUriPath`: `/kms/xks/v1`, or a prefix of `/` and `[a-zA-Z0-9/_-]`
/// before it; the version has one or two digits; 10 to 128 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UriPath(Box<str>);

impl UriPath {
    const CHARACTERS: std::ops::RangeInclusive<usize> = 10..=128;

    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path of `GetHealthStatus`.
    pub fn health(&self) -> String {
        format!("{}/health", self.0)
    }

    /// The path of `GetKeyMetadata`.
    pub fn metadata(&self, key: &ExternalKeyId) -> String {
        format!("{}/keys/{key}/metadata", self.0)
    }

    /// The path of Encrypt.
    pub fn encrypt(&self, key: &ExternalKeyId) -> String {
        format!("{}/keys/{key}/encrypt", self.0)
    }

    /// The path of Decrypt.
    pub fn decrypt(&self, key: &ExternalKeyId) -> String {
        format!("{}/keys/{key}/decrypt", self.0)
    }
}

impl FromStr for UriPath {
    type Err = UriPathFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(other) = text.chars().find(|&character| {
            !(character.is_ascii_alphanumeric() || matches!(character, '/' | '_' | '-'))
        }) {
            return Err(UriPathFault::Character(other));
        }
        if !text.starts_with('/') {
            return Err(UriPathFault::NoLeadingSlash);
        }
        let (prefix, version) = text
            .rsplit_once("/kms/xks/v")
            .ok_or(UriPathFault::NoApiPath)?;
        let digits =
            (1..=2).contains(&version.len()) && version.bytes().all(|byte| byte.is_ascii_digit());
        // AWS KMS wants at least one character between the slash and /kms.
        if !digits || prefix == "/" {
            return Err(UriPathFault::NoApiPath);
        }
        if !Self::CHARACTERS.contains(&text.len()) {
            return Err(UriPathFault::Length { length: text.len() });
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for UriPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What is wrong with a URI path. AWS KMS answers all of it with
/// `ValidationException`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UriPathFault {
    /// Something other than `/` comes first.
    #[error("does not begin with a slash")]
    NoLeadingSlash,
    /// The path does not end with `/kms/xks/v` and one or two digits.
    #[error("does not end with /kms/xks/v1")]
    NoApiPath,
    /// A character that AWS KMS does not take.
    #[error("has the character {0:?}: use only A-Z, a-z, 0-9, slash, dash and underscore")]
    Character(char),
    /// Fewer than 10 or more than 128 characters.
    #[error("has {length} characters: AWS KMS takes 10 to 128")]
    Length {
        /// The length found, in bytes.
        length: usize,
    },
}

#[cfg(test)]
mod tests;
