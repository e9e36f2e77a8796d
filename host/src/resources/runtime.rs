//! The engine, and the components that it has compiled.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tracing::info;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::component_source::ReadComponent;
use super::engine::{self, PoolSize};
use super::{ArtefactCache, ComponentSourceFault};

/// Shared by all snapshots that fit into its room.
#[derive(Clone)]
pub(crate) struct Runtime {
    engine: Engine,
    room: PoolSize,
    /// By the SHA-256 of what was compiled.
    compiled: Arc<Mutex<HashMap<[u8; 32], Weak<Component>>>>,
}

impl Runtime {
    /// With room for two configurations of this size where the address space has
    /// it, because one is replaced by the next while its requests end; otherwise
    /// for one.
    pub(super) fn start(size: PoolSize) -> wasmtime::Result<Self> {
        let twice = size.twice();
        let (engine, room) = match engine::build(twice) {
            Ok(engine) => (engine, twice),
            Err(error) => {
                info!(
                    instances = size.instances,
                    "room for the plugins of one configuration at a time: {}",
                    error.root_cause()
                );
                (engine::build(size)?, size)
            }
        };
        Ok(Self {
            engine,
            room,
            compiled: Arc::default(),
        })
    }

    pub(super) fn has_room(&self, size: PoolSize) -> bool {
        self.room.holds(size)
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Compiles a component, unless that has been done: by this process, or with
    /// `cache` by an earlier one.
    pub(crate) fn compile(
        &self,
        component: &ReadComponent,
        cache: Option<&ArtefactCache>,
    ) -> Result<Arc<Component>, ComponentSourceFault> {
        let digest = component.digest();
        let known = self.compiled.lock().get(&digest).and_then(Weak::upgrade);
        if let Some(known) = known {
            return Ok(known);
        }
        let compiled = match cache {
            Some(cache) => cache.load_or_compile(&self.engine, component),
            None => Component::new(&self.engine, component.bytes()),
        }
        .map_err(|error| ComponentSourceFault::Compile(error.root_cause().to_string()))?;
        let compiled = Arc::new(compiled);
        let mut all = self.compiled.lock();
        all.retain(|_, known| known.strong_count() > 0);
        all.insert(digest, Arc::downgrade(&compiled));
        Ok(compiled)
    }
}
