use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Alias, Change, Key, KeyStore};
use crate::moment::Moment;
use crate::names::{AliasName, KeyId, KeyStoreId};

/// What is known of one Region.
#[derive(Debug, Clone, Default)]
pub struct RegionState {
    /// The key stores.
    pub key_stores: BTreeMap<KeyStoreId, Arc<KeyStore>>,
    /// The KMS keys, those included whose deletion is planned.
    pub keys: BTreeMap<KeyId, Arc<Key>>,
    /// The aliases.
    pub aliases: BTreeMap<AliasName, Alias>,
}

impl RegionState {
    /// The same after a change.
    pub(super) fn apply(&mut self, change: Change) {
        match change {
            Change::PutKeyStore(key_store) => {
                self.key_stores.insert(key_store.id.clone(), key_store);
            }
            Change::RemoveKeyStore(id) => {
                self.key_stores.remove(&id);
            }
            Change::PutKey(key) => {
                self.keys.insert(key.id, key);
            }
            Change::RemoveKey(id) => {
                self.keys.remove(&id);
            }
            Change::PutAlias(alias) => {
                self.aliases.insert(alias.name.clone(), alias);
            }
            Change::RemoveAlias(name) => {
                self.aliases.remove(&name);
            }
        }
    }

    /// What removes the keys whose day of deletion has come, each after its
    /// aliases.
    pub fn deletions(&self, now: Moment) -> Vec<Change> {
        let mut changes = Vec::new();
        let due = |key: &&Arc<Key>| key.deletion.is_some_and(|deletion| deletion.date <= now);
        for key in self.keys.values().filter(due) {
            let aliases = self.aliases.values();
            let its = aliases.filter(|alias| alias.target == key.id);
            changes.extend(its.map(|alias| Change::RemoveAlias(alias.name.clone())));
            changes.push(Change::RemoveKey(key.id));
        }
        changes
    }

    /// How many KMS keys a key store has, those included whose deletion is
    /// planned.
    pub fn keys_of(&self, key_store: &KeyStoreId) -> usize {
        let keys = self.keys.values();
        keys.filter(|key| key.key_store_id() == Some(key_store))
            .count()
    }
}
