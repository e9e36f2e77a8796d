//! Puts what a seed has, and what is not there yet.

use std::fmt::Display;
use std::sync::Arc;

use claviger_settings::Fault;
use tracing::warn;

use super::{Seed, SeedKey, SeedKeyStore, differences};
use crate::exception::Exception;
use crate::operations;
use crate::service::Service;
use crate::state::{Alias, Change, ConnectionState, Key, KeyMaterial, KeyStore, RegionState};

/// Waits for the disk. Key stores that are to be connected are CONNECTING then:
/// [`Service::resume`] goes on with them.
pub fn plant(service: &Service, seed: Seed) -> Result<(), Vec<Fault>> {
    let mut faults = Vec::new();
    for (index, key_store) in seed.key_stores.into_iter().enumerate() {
        let region = key_store.region.clone();
        let planted = service
            .store
            .change_now(&region, |state| plant_key_store(service, state, key_store));
        note(&mut faults, format!("key_store[{index}]"), planted);
    }
    for (index, key) in seed.keys.into_iter().enumerate() {
        let region = key.region.clone();
        let planted = service
            .store
            .change_now(&region, |state| plant_key(service, state, key));
        note(&mut faults, format!("key[{index}]"), planted);
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults)
    }
}

fn note(faults: &mut Vec<Fault>, path: String, planted: Result<(), Exception>) {
    if let Err(exception) = planted {
        let fix = "correct the seed, or start with an empty --dir";
        faults.push(Fault::new(path, exception.to_string(), fix));
    }
}

/// What is there stays as it is, and whoever has changed the seed learns that.
fn say(id: &impl Display, differing: &[&str]) {
    for what in differing {
        warn!("--seed: {id} has another {what} than the seed says, and keeps it");
    }
}

type Planted = Result<((), Vec<Change>), Exception>;

fn plant_key_store(service: &Service, state: &RegionState, seed: SeedKeyStore) -> Planted {
    if let Some(there) = state.key_stores.get(&seed.id) {
        say(&seed.id, &differences::of_key_store(&seed, there));
        return Ok(((), Vec::new()));
    }
    let key_store = KeyStore {
        id: seed.id,
        name: seed.name,
        created: service.now(),
        connectivity: seed.connectivity,
        endpoint: seed.endpoint,
        path: seed.path,
        credential: seed.credential,
        connection: if seed.connect {
            ConnectionState::Connecting
        } else {
            ConnectionState::Disconnected
        },
        attempt: 0,
    };
    operations::check_key_store(state, seed.region.as_str(), &key_store)?;
    Ok(((), vec![Change::PutKeyStore(Arc::new(key_store))]))
}

/// The external key is not asked for: the proxy may not be there yet.
fn plant_key(service: &Service, state: &RegionState, seed: SeedKey) -> Planted {
    let now = service.now();
    let mut changes = Vec::new();
    if let Some(there) = state.keys.get(&seed.id) {
        say(&seed.id, &differences::of_key(&seed, there, state));
    } else {
        let origin = seed.origin();
        operations::check_new_key(state, &origin, false)?;
        let material = match seed.material {
            Some(secret) => KeyMaterial::chosen(secret, now),
            None => KeyMaterial::random(now, None).map_err(|_| operations::internal())?,
        };
        let account = &service.settings.account;
        let policy = seed
            .policy
            .unwrap_or_else(|| operations::default_policy(&seed.region, account));
        changes.push(Change::PutKey(Arc::new(Key {
            id: seed.id,
            created: now,
            description: seed.description,
            enabled: seed.enabled,
            deletion: None,
            origin,
            materials: vec![material],
            policy,
            tags: seed.tags,
            grants: Vec::new(),
            rotation: None,
        })));
    }
    let aliases = seed.aliases.into_iter();
    for name in aliases.filter(|name| !state.aliases.contains_key(name)) {
        changes.push(Change::PutAlias(Alias {
            name,
            target: seed.id,
            created: now,
            updated: now,
        }));
    }
    Ok(((), changes))
}
