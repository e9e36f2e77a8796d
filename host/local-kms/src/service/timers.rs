//! What happens without a request: health checks, deletions, rotations.

use std::sync::Arc;
use std::time::Duration;

use claviger_xks_client::metadata::{KmsOperation, RequestMetadata};
use tracing::{info, warn};
use uuid::Uuid;

use super::Service;
use crate::names::Region;
use crate::state::{
    Change, Key, KeyMaterial, KeyStore, RegionState, Rotation, RotationType, limits,
};

/// How often it is looked whether a key's day has come.
const LOOK_EVERY: Duration = Duration::from_secs(10);

impl Service {
    /// Starts what happens again and again, until the service ends.
    pub fn start_timers(self: &Arc<Self>) {
        let service = Arc::clone(self);
        self.spawn(async move { service.check_health_again_and_again().await });
        let service = Arc::clone(self);
        self.spawn(async move { service.look_at_days().await });
    }

    async fn check_health_again_and_again(&self) {
        loop {
            tokio::time::sleep(self.settings.health_check_interval).await;
            self.check_health().await;
        }
    }

    async fn look_at_days(&self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            self.sweep().await;
        }
    }

    /// Asks the proxy of each connected key store how it is. What it answers
    /// changes nothing: a broken proxy does not disconnect a key store.
    pub async fn check_health(&self) {
        for region in self.store.regions() {
            let state = self.region(&region);
            let key_stores = state.key_stores.values();
            for key_store in key_stores.filter(|key_store| key_store.is_connected()) {
                self.check_health_of(&region, key_store).await;
            }
        }
    }

    async fn check_health_of(&self, region: &Region, key_store: &KeyStore) {
        let client = self.proxies.client_of(region, key_store);
        let request_id = Uuid::new_v4().to_string();
        let metadata = RequestMetadata::health(KmsOperation::KmsHealthCheck, request_id);
        match client.get_health_status(&metadata).await {
            Ok(_) => info!(key_store = %key_store.id, "KmsHealthCheck"),
            Err(failure) => warn!(key_store = %key_store.id, cause = %failure, "KmsHealthCheck"),
        }
    }

    /// Deletes the keys whose day has come, and rotates others.
    pub async fn sweep(&self) {
        let now = self.now();
        for region in self.store.regions() {
            let swept = self.store.change(&region, move |state| {
                let mut changes = state.deletions(now);
                changes.extend(rotations(state, now));
                let count = changes.len();
                Ok((count, changes))
            });
            match swept.await {
                Ok(0) => {}
                Ok(changes) => info!(%region, changes, "keys were deleted or rotated"),
                Err(exception) => warn!(%region, %exception, "keys are not deleted or rotated"),
            }
        }
    }
}

/// Gives new key material to the keys whose rotation is due.
fn rotations(state: &RegionState, now: crate::moment::Moment) -> Vec<Change> {
    let due = |key: &&Arc<Key>| {
        key.enabled
            && key.deletion.is_none()
            && key.materials.len() < limits::MATERIALS
            && key.rotation.is_some_and(|rotation| rotation.next <= now)
    };
    let keys = state.keys.values().filter(due);
    keys.filter_map(|key| {
        let mut key = key.as_ref().clone();
        let days = key.rotation?.days;
        // Without random bytes it is tried again.
        let material = KeyMaterial::random(now, Some(RotationType::Automatic)).ok()?;
        key.materials.push(material);
        key.rotation = Some(Rotation {
            days,
            next: now.plus_days(days),
        });
        Some(Change::PutKey(Arc::new(key)))
    })
    .collect()
}
