//! The engine, and the components that are compiled for it.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Instant;

use claviger_config::{CompileLimits, Digest};
use parking_lot::Mutex;
use tracing::{debug, info};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::artefact::Artefact;
use super::component_source::ReadComponent;
use super::engine::{self, Layout, PoolSize};
use super::epochs::Epochs;
use super::{ArtefactCache, CompileFault, Compiler, SlowLane};

/// Shared by all snapshots that fit into its room.
#[derive(Clone)]
pub(crate) struct Runtime {
    engine: Engine,
    epochs: Epochs,
    compiler: Compiler,
    layout: Layout,
    room: PoolSize,
    lane: SlowLane,
    /// By the SHA-256 of what was compiled.
    compiled: Arc<Mutex<HashMap<[u8; 32], Weak<Component>>>>,
}

impl Runtime {
    /// With room for two configurations of this size where the address space has
    /// it, because one is replaced by the next while its requests end; otherwise
    /// for one.
    pub(super) fn start(size: PoolSize, compiler: Compiler) -> wasmtime::Result<Self> {
        let twice = size.twice();
        let narrow = Layout::Narrow(size.memory_bytes);
        let (engine, room, layout) = match engine::build(twice, Layout::Wide) {
            Ok(engine) => (engine, twice, Layout::Wide),
            Err(error) => {
                let error = error.root_cause().to_string();
                info!(
                    instances = size.instances,
                    error, "plugins run with bounds checks: too little address space to go without"
                );
                match engine::build(twice, narrow) {
                    Ok(engine) => (engine, twice, narrow),
                    Err(_) => (engine::build(size, narrow)?, size, narrow),
                }
            }
        };
        Ok(Self {
            epochs: Epochs::start(&engine)?,
            engine,
            compiler,
            layout,
            room,
            lane: SlowLane::start()?,
            compiled: Arc::default(),
        })
    }

    pub(super) fn has_room(&self, size: PoolSize) -> bool {
        self.room.holds(size)
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The clock of the engine, for whoever runs its guests.
    pub(crate) fn epochs(&self) -> &Epochs {
        &self.epochs
    }

    /// Where guests that compute go on.
    pub(crate) fn lane(&self) -> &SlowLane {
        &self.lane
    }

    /// Compiles a component, unless that has been done: by this process, or with
    /// `cache` by an earlier one. The calling thread waits for it.
    pub(crate) fn compile(
        &self,
        component: &ReadComponent,
        limits: CompileLimits,
        cache: Option<&ArtefactCache>,
    ) -> Result<Arc<Component>, CompileFault> {
        let digest = component.digest();
        let known = self.compiled.lock().get(&digest).and_then(Weak::upgrade);
        if let Some(known) = known {
            return Ok(known);
        }
        let cached = cache
            .and_then(|cache| cache.find(&self.engine, &digest))
            .and_then(|artefact| artefact.load(&self.engine).ok());
        let loaded = match cached {
            Some(loaded) => loaded,
            None => self.compile_anew(component, limits, cache)?,
        };
        let loaded = Arc::new(loaded);
        let mut all = self.compiled.lock();
        all.retain(|_, known| known.strong_count() > 0);
        all.insert(digest, Arc::downgrade(&loaded));
        Ok(loaded)
    }

    fn compile_anew(
        &self,
        component: &ReadComponent,
        limits: CompileLimits,
        cache: Option<&ArtefactCache>,
    ) -> Result<Component, CompileFault> {
        let digest = component.digest();
        let begun = Instant::now();
        let compiled = self
            .compiler
            .compile(component.bytes(), self.layout, limits);
        let artefact: Artefact = compiled?;
        debug!(
            component = Digest::digits(&digest),
            bytes = artefact.bytes().len(),
            "compiled in {} ms",
            begun.elapsed().as_millis()
        );
        let loaded = artefact
            .load(&self.engine)
            .map_err(|error| CompileFault::not_loaded(error.root_cause().to_string()))?;
        if let Some(cache) = cache {
            cache.keep(&self.engine, &digest, &artefact);
        }
        Ok(loaded)
    }
}
