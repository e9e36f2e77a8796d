//! Key stores as AWS KMS reaches them: by URI path prefix and credential.

use std::collections::HashMap;
use std::sync::Arc;

use claviger_config::AadConventions;
use claviger_xks::sigv4::Credentials;

use super::counters::{CredentialInUse, KeyStoreCounters};
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
    pub(crate) counters: Arc<KeyStoreCounters>,
    /// In the order of `credentials`.
    pub(crate) credentials_in_use: Vec<CredentialInUse>,
}

/// The key stores of this host by their URI path prefix.
#[derive(Clone, Default)]
pub(crate) struct KeyStores(HashMap<String, Place>);

/// What is behind a prefix.
#[derive(Clone)]
pub(super) enum Place {
    Open(Arc<KeyStore>),
    /// A key store that needs something that is not there yet, by the operator's name.
    Absent(Arc<str>),
}

impl KeyStores {
    /// Those that are served, in no order.
    pub(crate) fn open(&self) -> impl Iterator<Item = &KeyStore> + Clone {
        self.0.values().filter_map(|place| match place {
            Place::Open(key_store) => Some(&**key_store),
            Place::Absent(_) => None,
        })
    }

    /// Byte for byte (XKS-008).
    pub(super) fn by_prefix(&self, prefix: &str) -> Option<&Place> {
        self.0.get(prefix)
    }

    /// Prefixes are distinct: the configuration saw to it.
    pub(crate) fn insert(&mut self, prefix: &str, key_store: KeyStore) {
        let open = Place::Open(Arc::new(key_store));
        self.0.insert(prefix.to_owned(), open);
    }

    /// A key store that cannot be served yet.
    pub(crate) fn insert_absent(&mut self, prefix: &str, name: &Arc<str>) {
        let absent = Place::Absent(Arc::clone(name));
        self.0.insert(prefix.to_owned(), absent);
    }

    /// These, and those in place of what has their prefixes here.
    pub(crate) fn replaced_by(&self, others: Self) -> Self {
        let mut all = self.clone();
        all.0.extend(others.0);
        all
    }
}
