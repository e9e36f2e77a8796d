//! What of a configuration has to be opened.

use std::collections::BTreeSet;

use claviger_config::{Configuration, KeyStore, Name, PluginUse, Storage};

use crate::resources::Resources;

/// What a server or a command needs.
pub(super) struct Needs<'c> {
    pub(super) storages: Vec<(&'c Name, &'c Storage)>,
    /// The tokens that plugins are granted.
    granted: BTreeSet<&'c Name>,
}

impl<'c> Needs<'c> {
    /// What the key stores need, and every storage: a fault of one that is not
    /// used yet should show today.
    pub(super) fn of_all(configuration: &'c Configuration) -> Self {
        let uses = configuration.key_stores.iter().flat_map(KeyStore::uses);
        Self::new(configuration.storage.iter().collect(), uses)
    }

    /// What one use of a plugin needs: a command for one key store does not wait
    /// for the key manager of another.
    pub(super) fn of_use(configuration: &'c Configuration, usage: &'c PluginUse) -> Self {
        let granted = usage.grants.storage();
        let storage = granted.and_then(|name| configuration.storage.get_key_value(name));
        Self::new(storage.into_iter().collect(), [usage].into_iter())
    }

    fn new(
        storages: Vec<(&'c Name, &'c Storage)>,
        uses: impl Iterator<Item = &'c PluginUse>,
    ) -> Self {
        Self {
            storages,
            granted: uses.flat_map(|usage| usage.grants.tokens()).collect(),
        }
    }

    /// The tokens that plugins are granted, and those that open a storage which is
    /// not open yet.
    pub(super) fn tokens(&self, resources: &Resources) -> BTreeSet<&'c Name> {
        let closed = self
            .storages
            .iter()
            .filter(|(_, storage)| !resources.has_storage(storage));
        let opening = closed
            .filter_map(|(_, storage)| storage.key_on_token())
            .map(|key| &key.token);
        self.granted.iter().copied().chain(opening).collect()
    }
}

/// The tokens that a key store needs, also those that open its storages.
pub(super) fn tokens<'c>(
    configuration: &'c Configuration,
    key_store: &'c KeyStore,
) -> impl Iterator<Item = &'c Name> {
    key_store.uses().flat_map(|usage| {
        let storage = usage.grants.storage();
        let storage = storage.and_then(|name| configuration.storage.get(name));
        let opening = storage.and_then(Storage::key_on_token);
        let opening = opening.map(|key| &key.token);
        usage.grants.tokens().iter().chain(opening)
    })
}
