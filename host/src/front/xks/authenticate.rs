//! Steps 5 and 6 of the order of checks: the signature over the raw body, then
//! whether the key store is in service.

use std::time::SystemTime;

use claviger_xks::credential::AccessKeyId;
use claviger_xks::sigv4::{self, UnauthenticatedRequest};
use hyper::Version;
use hyper::http::request::Parts;

use super::failure::Failure;
use super::key_store::KeyStore;
use super::record::AuditRecord;
use super::route::Routed;
use crate::front::client::Client;

/// A request that AWS KMS signed with a credential of this key store. Only
/// [`authenticate`] makes one, and no part of a body is interpreted without one.
pub(super) struct Authenticated<'h> {
    key_store: &'h KeyStore,
    access_key_id: AccessKeyId,
}

impl<'h> Authenticated<'h> {
    pub(super) fn key_store(&self) -> &'h KeyStore {
        self.key_store
    }

    pub(super) fn access_key_id(&self) -> &AccessKeyId {
        &self.access_key_id
    }
}

/// Verifies the signature with the credentials of the key store that the URI
/// names: those of another key store are unknown here (XKS-011).
pub(super) fn authenticate<'h>(
    routed: &Routed<'h>,
    head: &Parts,
    body: &[u8],
    client: &Client,
    now: SystemTime,
    record: &mut AuditRecord<'h>,
) -> Result<Authenticated<'h>, Failure> {
    let key_store = routed.key_store;
    let request = UnauthenticatedRequest {
        method: &head.method,
        path: head.uri.path(),
        authority: authority(head),
        headers: &head.headers,
        body,
    };
    let clock = &key_store.counters.clock;
    let proof = sigv4::authenticate(&request, &key_store.credentials, now)
        .inspect_err(|fault| clock.refused(fault, now))?;
    client.authenticated(key_store.keys.name());
    clock.in_time(proof.behind(), now);
    let access_key_id = proof.access_key_id().clone();
    let mut in_use = key_store.credentials_in_use.iter();
    if let Some(credential) = in_use.find(|it| it.access_key_id == access_key_id) {
        credential.used(now);
    }
    record.line().access_key_id = Some(access_key_id.clone());
    if !key_store.keys.is_enabled() {
        return Err(Failure::KeyStoreDisabled);
    }
    Ok(Authenticated {
        key_store,
        access_key_id,
    })
}

/// `:authority` of HTTP/2. In HTTP/1.1 the signed name is the Host header's,
/// even when the request target is absolute.
fn authority(head: &Parts) -> Option<&str> {
    (head.version == Version::HTTP_2).then(|| head.uri.authority().map_or("", |name| name.as_str()))
}
