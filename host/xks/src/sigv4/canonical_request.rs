//! The bytes that a signature is made over (XKS-027 to XKS-030).

use aws_lc_rs::digest::{self, SHA256};
use http::header::{HOST, HeaderMap};

use super::AuthenticationFault;
use super::authorization_header::{CredentialScope, SignedHeaders};
use super::timestamp::Timestamp;
use super::verify::UnauthenticatedRequest;
use crate::hex;

/// A SHA-256 in lower-case hexadecimal digits.
pub type HexDigest = [u8; 64];

/// The SHA-256 of `bytes` in lower-case hexadecimal digits.
pub fn hex_digest(bytes: &[u8]) -> HexDigest {
    let digest = digest::digest(&SHA256, bytes);
    let mut digits = [0; 64];
    for (place, digit) in digits.iter_mut().zip(hex::digits(digest.as_ref())) {
        *place = digit;
    }
    digits
}

/// Method, path as received, an empty query, the signed headers, their names,
/// and the hash of the body as it was received.
///
/// The headers are those that the request says it signed, whichever they are
/// (XKS-028). Values are trimmed, runs of spaces become one, and the values of a
/// repeated header are joined by commas.
pub fn canonical_request(
    request: &UnauthenticatedRequest<'_>,
    signed_headers: SignedHeaders<'_>,
    body_digest: &HexDigest,
) -> Result<Vec<u8>, AuthenticationFault> {
    let host = host(request)?;
    let mut canonical = Vec::with_capacity(512);
    canonical.extend_from_slice(request.method.as_str().as_bytes());
    canonical.push(b'\n');
    canonical.extend_from_slice(request.path.as_bytes());
    // The canonical query has a line of its own and is always empty (XKS-010).
    canonical.extend_from_slice(b"\n\n");
    for name in signed_headers.iter() {
        canonical.extend_from_slice(name.as_bytes());
        canonical.push(b':');
        match name {
            "host" => push_value(&mut canonical, host),
            ":authority" if request.authority.is_some() => push_value(&mut canonical, host),
            _ => push_values(&mut canonical, request.headers, name)?,
        }
        canonical.push(b'\n');
    }
    canonical.push(b'\n');
    canonical.extend_from_slice(signed_headers.as_str().as_bytes());
    canonical.push(b'\n');
    canonical.extend_from_slice(body_digest);
    Ok(canonical)
}

/// Algorithm, time, scope and the hash of the canonical request (XKS-031).
pub fn string_to_sign(
    timestamp: Timestamp<'_>,
    scope: CredentialScope<'_>,
    canonical_request: &[u8],
) -> Vec<u8> {
    let digest = hex_digest(canonical_request);
    let lines = [
        super::ALGORITHM.as_bytes(),
        timestamp.as_str().as_bytes(),
        scope.as_str().as_bytes(),
        digest.as_slice(),
    ];
    lines.join(&b'\n')
}

/// The one host that the request names, verbatim and with its port if it has
/// one: `:authority` in HTTP/2, where a `Host` header may only repeat it, and
/// `Host` in HTTP/1.1 (XKS-030).
fn host<'r>(request: &UnauthenticatedRequest<'r>) -> Result<&'r [u8], AuthenticationFault> {
    let mut fields = request.headers.get_all(HOST).iter();
    let field = fields.next().map(http::HeaderValue::as_bytes);
    if fields.next().is_some() {
        return Err(AuthenticationFault::HostRepeated);
    }
    match (field, request.authority.map(str::as_bytes)) {
        (None, None) => Err(AuthenticationFault::HostMissing),
        (Some(host), Some(authority)) if host != authority => {
            Err(AuthenticationFault::HostDiffersFromAuthority)
        }
        (Some(host), _) | (None, Some(host)) => Ok(host),
    }
}

fn push_values(
    canonical: &mut Vec<u8>,
    headers: &HeaderMap,
    name: &str,
) -> Result<(), AuthenticationFault> {
    let mut values = headers.get_all(name).iter();
    let first = values
        .next()
        .ok_or(AuthenticationFault::SignedHeaderMissing)?;
    push_value(canonical, first.as_bytes());
    for value in values {
        canonical.push(b',');
        push_value(canonical, value.as_bytes());
    }
    Ok(())
}

fn push_value(canonical: &mut Vec<u8>, value: &[u8]) {
    let mut after_space = false;
    for &byte in value.trim_ascii() {
        if !(after_space && byte == b' ') {
            canonical.push(byte);
        }
        after_space = byte == b' ';
    }
}

#[cfg(test)]
mod tests;
