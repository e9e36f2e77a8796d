//! Steps 2 and 3 of the order of checks: which key store and which API.

use std::sync::Arc;

use claviger_xks::uri::XksUri;
use hyper::{Method, Uri};

use super::failure::Failure;
use super::key_store::{KeyStore, KeyStores, Place};

/// A request that is for one of our key stores.
pub(super) struct Routed<'h> {
    pub(super) key_store: &'h KeyStore,
}

/// Why a request is for none.
pub(super) enum NotRouted<'h> {
    Failure(Failure),
    /// The key store of this name needs something that is not there yet.
    Absent(&'h Arc<str>),
    /// A known URI, but not POST (XKS-009): the one answer without an error name.
    MethodNotAllowed,
}

/// Finds the key store, then looks at the method, so that an unknown path is 404
/// whatever the method.
pub(super) fn route<'h, 'u>(
    key_stores: &'h KeyStores,
    method: &Method,
    uri: &'u Uri,
) -> Result<(Routed<'h>, XksUri<'u>), NotRouted<'h>> {
    let path_and_query = uri.path_and_query().map_or("", |path| path.as_str());
    let xks_uri =
        XksUri::parse(path_and_query).map_err(|_| NotRouted::Failure(Failure::PathForm))?;
    let place = key_stores
        .by_prefix(xks_uri.prefix())
        .ok_or(NotRouted::Failure(Failure::NoKeyStore))?;
    if method != Method::POST {
        return Err(NotRouted::MethodNotAllowed);
    }
    match place {
        Place::Open(key_store) => Ok((Routed { key_store }, xks_uri)),
        Place::Absent(name) => Err(NotRouted::Absent(name)),
    }
}
