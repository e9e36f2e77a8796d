//! Key stores as AWS KMS reaches them: by URI path prefix and credential.

use std::collections::HashMap;
use std::sync::Arc;

use claviger_config::AadConventions;
use claviger_xks::sigv4::Credentials;

use crate::front::admission::{Limits, Load};
use crate::keys;

/// What requests of one URI path prefix need. Nothing in it is shared with
/// another key store (XKS-011).
pub(crate) struct KeyStore {
    pub(crate) keys: Arc<keys::KeyStore>,
    pub(crate) credentials: Credentials,
    pub(crate) aad_conventions: AadConventions,
    pub(crate) load: Arc<Load>,
    pub(crate) limits: Limits,
}

/// The key stores of this host by their URI path prefix.
#[derive(Default)]
pub(crate) struct KeyStores(HashMap<String, KeyStore>);

impl KeyStores {
    /// Byte for byte (XKS-008).
    pub(super) fn by_prefix(&self, prefix: &str) -> Option<&KeyStore> {
        self.0.get(prefix)
    }

    /// Prefixes are distinct: the configuration saw to it.
    pub(crate) fn insert(&mut self, prefix: &str, key_store: KeyStore) {
        self.0.insert(prefix.to_owned(), key_store);
    }
}
