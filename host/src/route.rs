//! Steps 2 and 3 of the order of checks: which key store and which API.

use claviger_xks::error::XksError;
use claviger_xks::uri::XksUri;
use hyper::{Method, Uri};

use crate::failure::Failure;
use crate::key_store::{KeyStore, KeyStores};

/// A request that is for one of our key stores.
pub(crate) struct Routed<'h> {
    pub(crate) key_store: &'h KeyStore,
}

/// Why a request is for none.
pub(crate) enum NotRouted {
    Failure(Failure),
    /// A known URI, but not POST (XKS-009): the one answer without an error name.
    MethodNotAllowed,
}

/// Finds the key store, then looks at the method, so that an unknown path is 404
/// whatever the method.
pub(crate) fn route<'h, 'u>(
    key_stores: &'h KeyStores,
    method: &Method,
    uri: &'u Uri,
) -> Result<(Routed<'h>, XksUri<'u>), NotRouted> {
    let unknown = |reason| NotRouted::Failure(Failure::new(XksError::InvalidUriPath, reason));
    let path_and_query = uri.path_and_query().map_or("", |path| path.as_str());
    let xks_uri = XksUri::parse(path_and_query)
        .map_err(|_| unknown("the path has not the form of an XKS API"))?;
    let key_store = key_stores
        .by_prefix(xks_uri.prefix())
        .ok_or_else(|| unknown("no key store has this URI path prefix"))?;
    if method != Method::POST {
        return Err(NotRouted::MethodNotAllowed);
    }
    Ok((Routed { key_store }, xks_uri))
}
