//! Steps 2 and 3 of the order of checks: which key store and which API.

use claviger_xks::uri::XksUri;
use hyper::{Method, Uri};

use super::failure::Failure;
use super::key_store::{KeyStore, KeyStores};

/// A request that is for one of our key stores.
pub(super) struct Routed<'h> {
    pub(super) key_store: &'h KeyStore,
}

/// Why a request is for none.
pub(super) enum NotRouted {
    Failure(Failure),
    /// A known URI, but not POST (XKS-009): the one answer without an error name.
    MethodNotAllowed,
}

/// Finds the key store, then looks at the method, so that an unknown path is 404
/// whatever the method.
pub(super) fn route<'h, 'u>(
    key_stores: &'h KeyStores,
    method: &Method,
    uri: &'u Uri,
) -> Result<(Routed<'h>, XksUri<'u>), NotRouted> {
    let path_and_query = uri.path_and_query().map_or("", |path| path.as_str());
    let xks_uri =
        XksUri::parse(path_and_query).map_err(|_| NotRouted::Failure(Failure::PathForm))?;
    let key_store = key_stores
        .by_prefix(xks_uri.prefix())
        .ok_or(NotRouted::Failure(Failure::NoKeyStore))?;
    if method != Method::POST {
        return Err(NotRouted::MethodNotAllowed);
    }
    Ok((Routed { key_store }, xks_uri))
}
