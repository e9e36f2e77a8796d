//! Whom the test proxy lets in.

use std::time::{Duration, SystemTime};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use bytes::Bytes;
use claviger_xks::credential::Credential;
use claviger_xks::sigv4::authorization_header::AuthorizationHeader;
use claviger_xks::sigv4::canonical_request::{canonical_request, hex_digest, string_to_sign};
use claviger_xks::sigv4::timestamp::Timestamp;
use claviger_xks::sigv4::{Credentials, UnauthenticatedRequest, authenticate};
use http::Request;
use serde_json::Value;

use crate::service::now;
use crate::switch::Switch;

pub(crate) fn authentic(
    switch: Option<Switch>,
    request: &Request<Bytes>,
    credential: &Credential,
) -> bool {
    if switch == Some(Switch::CredentialUnknown) {
        return false;
    }
    let mut now = now(switch);
    if let (Some(Switch::OldAccepted), Some(sent)) = (switch, sent_time(request)) {
        now = sent;
    }
    if verified(request, request.body(), credential, now) {
        return true;
    }
    match switch {
        Some(Switch::UnsignedAccepted) => !request.headers().contains_key("authorization"),
        Some(Switch::TamperedBodyAccepted) => {
            // Hashes what it has read instead of what it has received.
            known_members(request.body())
                .is_some_and(|body| verified(request, &body, credential, now))
        }
        Some(Switch::WrongSecretAccepted) => {
            // Looks at the credential scope alone.
            scope(request).is_some_and(|(id, service, headers)| {
                id == credential.access_key_id.as_str()
                    && service == "kms-xks-proxy"
                    && headers == "host;x-amz-date"
            }) && recent(request, now)
                && known_members(request.body()).as_deref() == Some(request.body())
        }
        Some(Switch::UnknownIdAccepted) => {
            // Has one secret for whatever id.
            scope(request).is_some_and(|(id, _, _)| id != credential.access_key_id.as_str())
                && recalculated(request, credential)
        }
        Some(Switch::WrongServiceAccepted) => {
            scope(request).is_some_and(|(_, service, _)| service != "kms-xks-proxy")
                && recalculated(request, credential)
        }
        Some(Switch::HostUnsignedAccepted) => {
            scope(request).is_some_and(|(_, _, headers)| headers == "x-amz-date")
                && recalculated(request, credential)
        }
        Some(Switch::DateUnsignedAccepted) => {
            scope(request).is_some_and(|(_, _, headers)| headers == "host")
                && recalculated(request, credential)
        }
        _ => false,
    }
}

fn unauthenticated<'r>(request: &'r Request<Bytes>, body: &'r [u8]) -> UnauthenticatedRequest<'r> {
    UnauthenticatedRequest {
        method: request.method(),
        path: request.uri().path(),
        authority: None,
        headers: request.headers(),
        body,
    }
}

fn verified(
    request: &Request<Bytes>,
    body: &[u8],
    credential: &Credential,
    now: SystemTime,
) -> bool {
    let credentials = Credentials::new([credential.clone()]).unwrap();
    authenticate(&unauthenticated(request, body), &credentials, now).is_ok()
}

/// Access key id, service and signed headers, as the request claims them.
fn scope(request: &Request<Bytes>) -> Option<(String, String, String)> {
    let value = request.headers().get("authorization")?.to_str().ok()?;
    let (_, rest) = value.split_once("Credential=")?;
    let (scope, rest) = rest.split_once(", SignedHeaders=")?;
    let (headers, _) = rest.split_once(',')?;
    let mut parts = scope.split('/');
    let id = parts.next()?.to_owned();
    let service = parts.nth(2)?.to_owned();
    Some((id, service, headers.to_owned()))
}

/// Whether the signature is that of the credential's secret, over whatever headers
/// and for whatever service.
fn recalculated(request: &Request<Bytes>, credential: &Credential) -> bool {
    let Some((_, service, headers)) = scope(request) else {
        return false;
    };
    let value = request.headers()["authorization"].to_str().unwrap();
    let (_, signature) = value.split_once("Signature=").unwrap();
    let date = request.headers()["x-amz-date"].to_str().unwrap();
    let timestamp = Timestamp::parse(date.as_bytes()).unwrap();
    // The parser of the protocol crate knows one service only.
    let usual = value.replace(&format!("/{service}/"), "/kms-xks-proxy/");
    let Ok(authorization) = AuthorizationHeader::parse(usual.as_bytes()) else {
        return false;
    };
    let digest = hex_digest(request.body());
    let unauthenticated = unauthenticated(request, request.body());
    let signed = authorization.signed_headers();
    assert_eq!(signed.as_str(), headers);
    let Ok(canonical) = canonical_request(&unauthenticated, signed, &digest) else {
        return false;
    };
    let text = string_to_sign(timestamp, authorization.scope(), &canonical);
    let text = String::from_utf8(text)
        .unwrap()
        .replace("/kms-xks-proxy/", &format!("/{service}/"));
    let region = value.split('/').nth(2).unwrap();
    let key = generate_signing_key(
        credential.secret_access_key.reveal(),
        timestamp.time(),
        region,
        &service,
    );
    calculate_signature(key, text.as_bytes()) == signature
}

fn sent_time(request: &Request<Bytes>) -> Option<SystemTime> {
    let date = request.headers().get("x-amz-date")?;
    Timestamp::parse(date.as_bytes())
        .ok()
        .map(|timestamp| timestamp.time())
}

fn recent(request: &Request<Bytes>, now: SystemTime) -> bool {
    request
        .headers()
        .get("x-amz-date")
        .and_then(|date| Timestamp::parse(date.as_bytes()).ok())
        .is_some_and(|timestamp| timestamp.skew(now) <= Duration::from_mins(5))
}

/// The body with the members of the specification alone, written again.
fn known_members(body: &[u8]) -> Option<Vec<u8>> {
    let mut value: Value = serde_json::from_slice(body).ok()?;
    value
        .as_object_mut()?
        .retain(|name, _| name == "requestMetadata");
    Some(value.to_string().into_bytes())
}
