//! Resources: what outlives a configuration.
//!
//! Tokens, storages, upstreams, the audit log, compiled plugins and the engine that runs them
//! are opened once and shared by every snapshot that names them in the same words.
//! The last snapshot that uses one closes it: only weak references are kept here.

mod absence;
mod artefact;
mod artefact_cache;
mod compiler;
mod component_source;
mod engine;
mod epochs;
mod key_on_token;
pub(crate) mod limits;
mod runtime;
mod slow_lane;
pub(crate) mod stock;
mod storages;
mod tokens;
mod upstreams;

use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Weak};

use claviger_audit::OpenFault;
use claviger_config::Control;
use claviger_settings::Fault;
use parking_lot::Mutex;

use crate::audit::{AuditPlace, AuditSink};
use crate::metrics::{Kept, PluginMetrics};
use crate::switches::Switches;
use crate::upstream::UpstreamCounts;

pub(crate) use absence::Absence;
pub(crate) use artefact_cache::ArtefactCache;
pub use compiler::Compiler;
pub(crate) use compiler::{
    COMMAND as COMPILE_COMMAND, ChildFault, CompileFault, compile_here, this_program,
};
pub(crate) use component_source::{ComponentSourceFault, ReadComponent, sha256};
pub(crate) use engine::{Layout, PoolSize};
pub(crate) use epochs::{EPOCH, Epochs};
pub(crate) use runtime::Runtime;
pub(crate) use slow_lane::{LaneShare, SlowLane};
pub(crate) use storages::{MissingStorage, Opening, Storages};
pub(crate) use tokens::Tokens;
pub(crate) use upstreams::Upstreams;

/// The resources of a process.
pub(crate) struct Resources {
    compiler: Compiler,
    runtime: Mutex<Option<Runtime>>,
    storages: Mutex<storages::OpenStorages>,
    tokens: Mutex<tokens::OpenTokens>,
    upstreams: Mutex<upstreams::OpenUpstreams>,
    audit: Mutex<Option<(AuditPlace, Weak<AuditSink>)>>,
    /// Audit records that were not written in the end.
    lost_records: Arc<AtomicU64>,
    switches: Mutex<Option<(PathBuf, Weak<Switches>)>>,
    plugin_metrics: PluginMetrics,
    /// By key store and upstream.
    upstream_counts: Kept<(Arc<str>, Arc<str>), UpstreamCounts>,
}

impl Resources {
    /// None yet.
    pub(crate) fn new(compiler: Compiler) -> Self {
        Self {
            compiler,
            runtime: Mutex::default(),
            storages: Mutex::default(),
            tokens: Mutex::default(),
            upstreams: Mutex::default(),
            audit: Mutex::default(),
            lost_records: Arc::default(),
            switches: Mutex::default(),
            plugin_metrics: PluginMetrics::default(),
            upstream_counts: Kept::default(),
        }
    }

    /// Engine and compiled components, with room for `size`: those in use when
    /// they have the room.
    pub(crate) fn runtime(&self, size: PoolSize) -> wasmtime::Result<Runtime> {
        let mut current = self.runtime.lock();
        if let Some(runtime) = current.as_ref().filter(|runtime| runtime.has_room(size)) {
            return Ok(runtime.clone());
        }
        let runtime = Runtime::start(size, self.compiler.clone())?;
        *current = Some(runtime.clone());
        Ok(runtime)
    }

    /// The switches of this configuration.
    pub(crate) fn switches(&self, control: Option<&Control>) -> Result<Arc<Switches>, Fault> {
        let Some(Control { switches: path, .. }) = control else {
            return Ok(Arc::new(Switches::none()));
        };
        let mut current = self.switches.lock();
        if let Some((open, switches)) = &*current
            && open == path
            && let Some(switches) = switches.upgrade()
        {
            return Ok(switches);
        }
        let switches = Arc::new(Switches::open(path)?);
        *current = Some((path.clone(), Arc::downgrade(&switches)));
        Ok(switches)
    }

    /// The audit log of this configuration. One that is open stays as it was opened: its
    /// chain has one writer.
    pub(crate) fn audit(&self, place: &AuditPlace) -> Result<Arc<AuditSink>, OpenFault> {
        let mut current = self.audit.lock();
        if let Some((open, sink)) = &*current
            && open.is_file_of(place)
            && let Some(sink) = sink.upgrade()
        {
            return Ok(sink);
        }
        let sink = Arc::new(place.open(Arc::clone(&self.lost_records))?);
        *current = Some((place.clone(), Arc::downgrade(&sink)));
        Ok(sink)
    }

    /// What is counted of plugins.
    pub(crate) fn plugin_metrics(&self) -> &PluginMetrics {
        &self.plugin_metrics
    }

    /// What is counted of this upstream for this key store.
    pub(crate) fn upstream_counts(
        &self,
        key_store: &Arc<str>,
        upstream: &Arc<str>,
    ) -> Arc<UpstreamCounts> {
        let both = (Arc::clone(key_store), Arc::clone(upstream));
        self.upstream_counts.get(both, UpstreamCounts::default)
    }

    /// Counts audit records that were not written when their log was closed.
    pub(crate) fn lost_records(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.lost_records)
    }
}
