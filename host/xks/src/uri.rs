//! The URIs of the XKS APIs (XKS-001 to XKS-010).
//!
//! A path is compared byte for byte: nothing is decoded, normalised or folded,
//! because the signature covers the path as it was sent (XKS-007, XKS-008).

mod external_key_id;
mod prefix;

pub use external_key_id::{ExternalKeyId, ExternalKeyIdFault};
pub use prefix::{UriPathPrefix, UriPathPrefixFault};

use thiserror::Error;

/// What follows the prefix in every path of version 1 of the API.
pub const API_PATH: &str = "/kms/xks/v1";

/// The longest request target, in bytes: a complete URI has at most 256
/// characters (XKS-003), so a path alone cannot have more.
pub const MAX_PATH_BYTES: usize = 256;

/// The four XKS APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Api {
    /// `…/keys/{externalKeyId}/metadata`
    GetKeyMetadata,
    /// `…/keys/{externalKeyId}/encrypt`
    Encrypt,
    /// `…/keys/{externalKeyId}/decrypt`
    Decrypt,
    /// `…/health`
    GetHealthStatus,
}

impl Api {
    /// Every API once.
    pub const ALL: [Self; 4] = [
        Self::GetKeyMetadata,
        Self::Encrypt,
        Self::Decrypt,
        Self::GetHealthStatus,
    ];

    /// The API's name in the specification.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GetKeyMetadata => "GetKeyMetadata",
            Self::Encrypt => "Encrypt",
            Self::Decrypt => "Decrypt",
            Self::GetHealthStatus => "GetHealthStatus",
        }
    }
}

/// The three APIs that concern one external key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyApi {
    /// `…/keys/{externalKeyId}/metadata`
    GetKeyMetadata,
    /// `…/keys/{externalKeyId}/encrypt`
    Encrypt,
    /// `…/keys/{externalKeyId}/decrypt`
    Decrypt,
}

impl From<KeyApi> for Api {
    fn from(api: KeyApi) -> Self {
        match api {
            KeyApi::GetKeyMetadata => Self::GetKeyMetadata,
            KeyApi::Encrypt => Self::Encrypt,
            KeyApi::Decrypt => Self::Decrypt,
        }
    }
}

/// A request target that has the shape of an XKS API (XKS-002).
///
/// Whether a key store is served under the prefix is for the caller to find out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum XksUri<'a> {
    /// `GetKeyMetadata`, Encrypt or Decrypt.
    Key {
        /// What stands before `/kms/xks/v1`: empty, or as in [`UriPathPrefix`].
        prefix: &'a str,
        /// Which of the three APIs.
        api: KeyApi,
        /// The external key that the request is about.
        external_key_id: ExternalKeyId,
    },
    /// `GetHealthStatus`, which concerns no key.
    Health {
        /// What stands before `/kms/xks/v1`: empty, or as in [`UriPathPrefix`].
        prefix: &'a str,
    },
}

impl<'a> XksUri<'a> {
    /// Reads the path and query of a request target.
    ///
    /// Any query is refused, even an empty one after a `?` (XKS-010), and so is
    /// everything outside the characters of a prefix and a key id (XKS-007). The
    /// path is read from its end, since a prefix may itself contain `/kms/xks/v1`.
    pub fn parse(path_and_query: &'a str) -> Result<Self, InvalidUriPath> {
        if path_and_query.len() > MAX_PATH_BYTES {
            return Err(InvalidUriPath);
        }
        let (rest, last) = path_and_query.rsplit_once('/').ok_or(InvalidUriPath)?;
        let api = match last {
            "health" => {
                return Ok(Self::Health {
                    prefix: prefix_of(rest)?,
                });
            }
            "metadata" => KeyApi::GetKeyMetadata,
            "encrypt" => KeyApi::Encrypt,
            "decrypt" => KeyApi::Decrypt,
            _ => return Err(InvalidUriPath),
        };
        let (rest, external_key_id) = rest.rsplit_once('/').ok_or(InvalidUriPath)?;
        let base = rest.strip_suffix("/keys").ok_or(InvalidUriPath)?;
        Ok(Self::Key {
            prefix: prefix_of(base)?,
            api,
            external_key_id: external_key_id.parse().map_err(|_| InvalidUriPath)?,
        })
    }

    /// What stands before `/kms/xks/v1`.
    pub const fn prefix(&self) -> &'a str {
        match self {
            Self::Key { prefix, .. } | Self::Health { prefix } => prefix,
        }
    }

    /// Which API is called.
    pub fn api(&self) -> Api {
        match self {
            Self::Key { api, .. } => (*api).into(),
            Self::Health { .. } => Api::GetHealthStatus,
        }
    }
}

/// The path is none of the XKS APIs: 404 `InvalidUriPathException`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the request path is not that of an XKS API")]
pub struct InvalidUriPath;

fn prefix_of(base: &str) -> Result<&str, InvalidUriPath> {
    let prefix = base.strip_suffix(API_PATH).ok_or(InvalidUriPath)?;
    prefix::check(prefix).map_err(|_| InvalidUriPath)?;
    Ok(prefix)
}

#[cfg(test)]
mod tests;
