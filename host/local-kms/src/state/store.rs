use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use tracing::error;

use super::{Change, Folder, RegionState};
use crate::exception::{Exception, ExceptionName};
use crate::names::Region;

/// How much there may be.
pub mod limits {
    /// Regions that have anything.
    pub const REGIONS: usize = 40;
    /// Key stores of a Region, connected or not; the quota of AWS KMS.
    pub const KEY_STORES: usize = 10;
    /// KMS keys of a Region, those included whose deletion is planned.
    pub const KEYS: usize = 10_000;
    /// Aliases of a Region.
    pub const ALIASES: usize = 10_000;
    /// Aliases of a key; the quota of AWS KMS.
    pub const ALIASES_OF_A_KEY: usize = 50;
    /// Tags of a key; the quota of AWS KMS.
    pub const TAGS: usize = 50;
    /// Grants of a key.
    pub const GRANTS: usize = 50;
    /// Rotations on demand of a key; the quota of AWS KMS is 25.
    pub const ROTATIONS_ON_DEMAND: usize = 25;
    /// Key material of a key: by then it has rotated for decades.
    pub const MATERIALS: usize = 1000;
}

/// Everything that is known: read from memory, and written to a folder first,
/// where there is one.
#[derive(Debug, Default)]
pub struct Store {
    regions: RwLock<BTreeMap<Region, Arc<RegionState>>>,
    /// Held by whoever changes something, while it decides and writes.
    folder: Mutex<Option<Folder>>,
}

impl Store {
    /// A store of what a folder holds.
    pub fn on(folder: Folder, regions: BTreeMap<Region, RegionState>) -> Self {
        let regions = regions
            .into_iter()
            .map(|(region, state)| (region, Arc::new(state)));
        Self {
            regions: RwLock::new(regions.collect()),
            folder: Mutex::new(Some(folder)),
        }
    }

    /// A Region as it is now.
    pub fn region(&self, region: &Region) -> Arc<RegionState> {
        self.regions.read().get(region).cloned().unwrap_or_default()
    }

    /// The Regions that have anything.
    pub fn regions(&self) -> Vec<Region> {
        self.regions.read().keys().cloned().collect()
    }

    /// Decides on changes of a Region, makes them last, and only then lets others
    /// see them. Nothing else changes meanwhile.
    ///
    /// Waits for the disk: an asynchronous caller uses [`Self::change`].
    pub fn change_now<T>(
        &self,
        region: &Region,
        decide: impl FnOnce(&RegionState) -> Result<(T, Vec<Change>), Exception>,
    ) -> Result<T, Exception> {
        let folder = self.folder.lock();
        let before = self.region(region);
        let (value, changes) = decide(&before)?;
        if changes.is_empty() {
            return Ok(value);
        }
        {
            let regions = self.regions.read();
            if !regions.contains_key(region) && regions.len() >= limits::REGIONS {
                return Err(Exception::limit(format!(
                    "local-kms keeps the state of at most {} Regions.",
                    limits::REGIONS
                )));
            }
        }
        let mut state = before.as_ref().clone();
        for change in changes {
            if let Some(folder) = folder.as_ref()
                && let Err(error) = folder.write(region, &change)
            {
                error!(%error, "the state folder cannot be written");
                // What was written before this one is valid by itself, and is
                // there after a restart: it is shown, though the caller is told
                // that not all was done.
                self.publish(region, state);
                return Err(Exception::new(
                    ExceptionName::KmsInternal,
                    "local-kms cannot write its state folder; its log says why.",
                ));
            }
            state.apply(change);
        }
        self.publish(region, state);
        Ok(value)
    }

    /// As [`Self::change_now`], on a thread that may wait.
    pub async fn change<T: Send + 'static>(
        self: &Arc<Self>,
        region: &Region,
        decide: impl FnOnce(&RegionState) -> Result<(T, Vec<Change>), Exception> + Send + 'static,
    ) -> Result<T, Exception> {
        let (store, region) = (Arc::clone(self), region.clone());
        tokio::task::spawn_blocking(move || store.change_now(&region, decide))
            .await
            .unwrap_or_else(|error| {
                error!(%error, "a change of the state did not end");
                Err(Exception::silent(ExceptionName::KmsInternal))
            })
    }

    fn publish(&self, region: &Region, state: RegionState) {
        self.regions.write().insert(region.clone(), Arc::new(state));
    }
}

#[cfg(test)]
mod tests;
