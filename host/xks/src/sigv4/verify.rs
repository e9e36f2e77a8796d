//! From a request as it was received to the proof that a credential signed it.

use std::fmt;
use std::time::SystemTime;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_sigv4::sign::v4::calculate_signature;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method};

use super::authorization_header::AuthorizationHeader;
use super::canonical_request::{HexDigest, canonical_request, hex_digest, string_to_sign};
use super::signing_key::{SigningCredential, SigningKey};
use super::timestamp::{MAX_SKEW, Timestamp};
use super::{AuthenticationFault, Credentials};
use crate::credential::AccessKeyId;

/// A request as it was received, every byte of it.
#[derive(Clone, Copy)]
pub struct UnauthenticatedRequest<'r> {
    /// The method; POST wherever an API is served.
    pub method: &'r Method,
    /// The path as it was sent. [`crate::uri::XksUri::parse`] has seen to it
    /// that it carries no query and nothing that would be escaped.
    pub path: &'r str,
    /// `:authority` of HTTP/2, or the authority of an absolute HTTP/1.1 request
    /// target; otherwise none.
    pub authority: Option<&'r str>,
    /// The header fields.
    pub headers: &'r HeaderMap,
    /// The complete body.
    pub body: &'r [u8],
}

/// Headers and body stay out of logs (XKS-117).
impl fmt::Debug for UnauthenticatedRequest<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("UnauthenticatedRequest")
            .field("method", self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Proof that a credential of the key store signed the request; made by
/// [`authenticate`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticated {
    access_key_id: AccessKeyId,
    behind: i64,
}

impl Authenticated {
    /// Which credential signed the request.
    pub const fn access_key_id(&self) -> &AccessKeyId {
        &self.access_key_id
    }

    /// How many whole seconds its date is before this machine's clock, 300 at most;
    /// negative when it is after it.
    pub const fn behind(&self) -> i64 {
        self.behind
    }
}

/// The access key id that a request names, if it has the form of one: who it says it is,
/// and no proof of anything. What has another form is left out, because it may be a
/// secret in the wrong place.
pub fn claimed_access_key_id(headers: &HeaderMap) -> Option<AccessKeyId> {
    let value = headers.get(AUTHORIZATION)?;
    let authorization = AuthorizationHeader::parse(value.as_bytes()).ok()?;
    authorization.access_key_id().parse().ok()
}

/// Checks the signature of a request (XKS-025 to XKS-041).
///
/// Nothing of the body is interpreted. What can be refused without hashing is
/// refused first: access key ids are not secret, so that it tells nothing when
/// an unknown one is refused sooner than a wrong signature.
pub fn authenticate(
    request: &UnauthenticatedRequest<'_>,
    credentials: &Credentials,
    now: SystemTime,
) -> Result<Authenticated, AuthenticationFault> {
    use AuthenticationFault as Fault;

    let value = only(
        request.headers,
        AUTHORIZATION.as_str(),
        Fault::AuthorizationRepeated,
    )?
    .ok_or(Fault::AuthorizationMissing)?;
    let authorization =
        AuthorizationHeader::parse(value.as_bytes()).map_err(Fault::Authorization)?;
    let value =
        only(request.headers, "x-amz-date", Fault::DateRepeated)?.ok_or(Fault::DateMissing)?;
    let timestamp = Timestamp::parse(value.as_bytes()).map_err(Fault::Date)?;

    if timestamp.date() != authorization.scope().date() {
        return Err(Fault::DateOutOfScope);
    }
    let behind = timestamp.behind(now);
    let credential = verify(request, credentials, &authorization, timestamp);
    // Looked at last: a right signature says that the clocks differ, and not more.
    if timestamp.skew(now) > MAX_SKEW {
        let signed = credential.is_ok();
        return Err(Fault::Skew { behind, signed });
    }
    let (credential, signing_key) = credential?;
    credential.remember(signing_key);
    Ok(Authenticated {
        access_key_id: credential.access_key_id().clone(),
        behind,
    })
}

/// The credential that signed the request, whenever that was, and the key that it did it
/// with.
fn verify<'c>(
    request: &UnauthenticatedRequest<'_>,
    credentials: &'c Credentials,
    authorization: &AuthorizationHeader<'_>,
    timestamp: Timestamp<'_>,
) -> Result<(&'c SigningCredential, SigningKey), AuthenticationFault> {
    use AuthenticationFault as Fault;

    let (scope, signed_headers) = (authorization.scope(), authorization.signed_headers());
    if request.headers.contains_key("x-amz-security-token") {
        return Err(Fault::SecurityToken);
    }
    if !signed_headers.contains("host") && !signed_headers.contains(":authority") {
        return Err(Fault::HostNotSigned);
    }
    if !signed_headers.contains("x-amz-date") {
        return Err(Fault::DateNotSigned);
    }
    let credential = credentials
        .find(authorization.access_key_id())
        .ok_or(Fault::UnknownAccessKeyId)?;

    let body_digest = hex_digest(request.body);
    check_claimed_digest(request.headers, &body_digest)?;
    let canonical = canonical_request(request, signed_headers, &body_digest)?;
    let string_to_sign = string_to_sign(timestamp, scope, &canonical);
    let signing_key = credential.signing_key(timestamp, scope);
    let signature = calculate_signature(signing_key.as_bytes(), &string_to_sign);
    verify_slices_are_equal(signature.as_bytes(), authorization.signature().as_bytes())
        .map_err(|_| Fault::Signature)?;
    Ok((credential, signing_key))
}

/// The value of a header that may be there once at the most.
fn only<'r>(
    headers: &'r HeaderMap,
    name: &str,
    repeated: AuthenticationFault,
) -> Result<Option<&'r HeaderValue>, AuthenticationFault> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        Err(repeated)
    } else {
        Ok(first)
    }
}

/// AWS KMS does not send `X-Amz-Content-Sha256`; whoever does must mean the body
/// that was received, not `UNSIGNED-PAYLOAD` or a stream of chunks (XKS-038).
fn check_claimed_digest(
    headers: &HeaderMap,
    body_digest: &HexDigest,
) -> Result<(), AuthenticationFault> {
    let mut claims = headers.get_all("x-amz-content-sha256").iter();
    if claims.all(|claim| claim.as_bytes() == body_digest) {
        Ok(())
    } else {
        Err(AuthenticationFault::PayloadHash)
    }
}

#[cfg(test)]
mod tests;
