//! A key store as it is served: its credentials, its plugins, its health.

use std::collections::HashMap;

use claviger_config::{AadConventions, DefaultDecision};
use claviger_xks::sigv4::Credentials;

use crate::health::Health;
use crate::plugin::backend::Backend;
use crate::plugin::directory::Directory;
use crate::plugin::policy::Policy;

/// Everything that requests of one URI path prefix need. Nothing in it is shared
/// with another key store (XKS-011).
pub(crate) struct KeyStore {
    pub(crate) name: String,
    /// False answers every call with InvalidStateException.
    pub(crate) enabled: bool,
    pub(crate) credentials: Credentials,
    pub(crate) policies: Vec<Policy>,
    pub(crate) default: DefaultDecision,
    pub(crate) aad_conventions: AadConventions,
    pub(crate) directory: Option<Directory>,
    pub(crate) backend: Backend,
    pub(crate) health: Health,
}

/// The key stores of this host by their URI path prefix.
#[derive(Default)]
pub(crate) struct KeyStores(HashMap<String, KeyStore>);

impl KeyStores {
    /// Byte for byte (XKS-008).
    pub(crate) fn by_prefix(&self, prefix: &str) -> Option<&KeyStore> {
        self.0.get(prefix)
    }

    /// Prefixes are distinct: the configuration saw to it.
    pub(crate) fn insert(&mut self, prefix: &str, key_store: KeyStore) {
        self.0.insert(prefix.to_owned(), key_store);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &KeyStore> {
        self.0.values()
    }
}
