//! The `Authorization` header of a signed request (XKS-026).

use std::fmt;

use thiserror::Error;

use super::{ALGORITHM, SERVICE, TERMINATOR};

/// The longest header value that is read, in bytes. One of AWS KMS has about 230.
pub const MAX_BYTES: usize = 4096;

/// The most header names that a signature may cover.
pub const MAX_SIGNED_HEADERS: usize = 32;

const MAX_REGION_BYTES: usize = 64;
const SIGNATURE_BYTES: usize = 64;

/// A header value of the form `AWS4-HMAC-SHA256
/// Credential=<id>/<yyyymmdd>/<Region>/kms-xks-proxy/aws4_request,
/// SignedHeaders=<names>, Signature=<hex>`.
///
/// The three parts may come in any order, each exactly once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AuthorizationHeader<'h> {
    access_key_id: &'h str,
    scope: CredentialScope<'h>,
    signed_headers: SignedHeaders<'h>,
    signature: &'h str,
}

/// Date and Region that a signing key is derived for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CredentialScope<'h> {
    text: &'h str,
    date: &'h str,
    region: &'h str,
}

/// The names of the headers that a signature covers: lower-case, strictly
/// ascending and therefore free of duplicates, at most 32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedHeaders<'h>(&'h str);

impl<'h> AuthorizationHeader<'h> {
    /// Reads a header value of at most [`MAX_BYTES`] bytes.
    pub fn parse(value: &'h [u8]) -> Result<Self, AuthorizationHeaderFault> {
        use AuthorizationHeaderFault as Fault;

        if value.len() > MAX_BYTES {
            return Err(Fault::TooLong);
        }
        if !value.iter().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(Fault::NotPrintable);
        }
        let text = str::from_utf8(value).map_err(|_| Fault::NotPrintable)?;
        let (algorithm, parts) = text.split_once(' ').ok_or(Fault::Algorithm)?;
        if algorithm != ALGORITHM {
            return Err(Fault::Algorithm);
        }

        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for part in parts.split(',') {
            let (name, value) = part.trim_matches(' ').split_once('=').ok_or(Fault::Part)?;
            let slot = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => return Err(Fault::Part),
            };
            if slot.replace(value).is_some() {
                return Err(Fault::Part);
            }
        }
        let (access_key_id, scope) = credential
            .and_then(|credential| credential.split_once('/'))
            .ok_or(Fault::Credential)?;
        if access_key_id.is_empty() {
            return Err(Fault::Credential);
        }
        Ok(Self {
            access_key_id,
            scope: CredentialScope::parse(scope)?,
            signed_headers: SignedHeaders::parse(signed_headers.ok_or(Fault::SignedHeaders)?)?,
            signature: signature
                .filter(|text| is_signature(text))
                .ok_or(Fault::Signature)?,
        })
    }

    /// The id as sent; whether it is one of ours is not known yet (XKS-035).
    pub const fn access_key_id(&self) -> &'h str {
        self.access_key_id
    }

    /// What the signing key is derived for.
    pub const fn scope(&self) -> CredentialScope<'h> {
        self.scope
    }

    /// The headers that the signature covers.
    pub const fn signed_headers(&self) -> SignedHeaders<'h> {
        self.signed_headers
    }

    /// 64 lower-case hexadecimal digits.
    pub const fn signature(&self) -> &'h str {
        self.signature
    }
}

/// The signature stays out of logs (XKS-117).
impl fmt::Debug for AuthorizationHeader<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AuthorizationHeader")
            .field("access_key_id", &self.access_key_id)
            .field("scope", &self.scope)
            .field("signed_headers", &self.signed_headers)
            .finish_non_exhaustive()
    }
}

impl<'h> CredentialScope<'h> {
    fn parse(text: &'h str) -> Result<Self, AuthorizationHeaderFault> {
        let mut parts = text.split('/');
        let (Some(date), Some(region), Some(SERVICE), Some(TERMINATOR), None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(AuthorizationHeaderFault::Scope);
        };
        let date_is_good = date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit());
        let region_is_good = (1..=MAX_REGION_BYTES).contains(&region.len())
            && region
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if date_is_good && region_is_good {
            Ok(Self { text, date, region })
        } else {
            Err(AuthorizationHeaderFault::Scope)
        }
    }

    /// `<yyyymmdd>/<Region>/kms-xks-proxy/aws4_request`, as in the string to sign.
    pub const fn as_str(&self) -> &'h str {
        self.text
    }

    /// Eight digits.
    pub const fn date(&self) -> &'h str {
        self.date
    }

    /// 1 to 64 characters of `[A-Za-z0-9-]`. Any Region is good: the one that
    /// signs need not be that of the key (XKS-040).
    pub const fn region(&self) -> &'h str {
        self.region
    }
}

impl<'h> SignedHeaders<'h> {
    fn parse(text: &'h str) -> Result<Self, AuthorizationHeaderFault> {
        let names = || text.split(';');
        let good = names().all(is_header_name)
            && names()
                .zip(names().skip(1))
                .all(|(left, right)| left < right)
            && names().count() <= MAX_SIGNED_HEADERS;
        good.then_some(Self(text))
            .ok_or(AuthorizationHeaderFault::SignedHeaders)
    }

    /// The names joined by `;`, as in the canonical request.
    pub const fn as_str(&self) -> &'h str {
        self.0
    }

    /// The names in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = &'h str> + use<'h> {
        self.0.split(';')
    }

    /// Whether the signature covers a header.
    pub fn contains(&self, name: &str) -> bool {
        self.iter().any(|signed| signed == name)
    }
}

/// What is wrong with an `Authorization` header. Outside it is always a 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AuthorizationHeaderFault {
    /// More than [`MAX_BYTES`].
    #[error("is longer than 4096 bytes")]
    TooLong,
    /// A byte outside 0x20 to 0x7E.
    #[error("holds a byte that is not printable ASCII")]
    NotPrintable,
    /// Not `AWS4-HMAC-SHA256` and a space.
    #[error("does not begin with AWS4-HMAC-SHA256 and a space")]
    Algorithm,
    /// Something other than `Credential`, `SignedHeaders` and `Signature`, or
    /// one of them twice.
    #[error("is not made of one Credential, one SignedHeaders and one Signature")]
    Part,
    /// No credential, or one without access key id.
    #[error("names no access key id")]
    Credential,
    /// Not `<yyyymmdd>/<Region>/kms-xks-proxy/aws4_request`.
    #[error("has a credential scope other than yyyymmdd/Region/kms-xks-proxy/aws4_request")]
    Scope,
    /// Names missing, not in lower case, not ascending, or more than 32.
    #[error("has SignedHeaders that are missing, not lower-case, not sorted, or more than 32")]
    SignedHeaders,
    /// Not 64 lower-case hexadecimal digits.
    #[error("has a signature other than 64 lower-case hexadecimal digits")]
    Signature,
}

/// A header name in lower case (RFC 9110, 5.6.2 token), or `:authority` (XKS-030).
fn is_header_name(name: &str) -> bool {
    name == ":authority"
        || (!name.is_empty()
            && name.bytes().all(|byte| {
                byte.is_ascii_lowercase()
                    || byte.is_ascii_digit()
                    || b"!#$%&'*+-.^_`|~".contains(&byte)
            }))
}

fn is_signature(text: &str) -> bool {
    text.len() == SIGNATURE_BYTES
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests;
