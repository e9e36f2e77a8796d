//! What the host keeps for one plugin instance.

use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime::{Engine, Store, StoreLimits};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::limits::{HOSTCALL_BYTES, RESOURCES, store_limits};
use crate::capability::LogLines;
use crate::deadline::Deadline;
use crate::pkcs11::GrantedTokens;
use crate::storage::ScopedStorage;

/// What the operator granted to one use of a plugin, besides what needs nothing
/// but the grant.
#[derive(Clone, Default)]
pub(crate) struct Granted {
    /// `Some` when key-storage is granted.
    pub(crate) key_storage: Option<Arc<ScopedStorage>>,
    /// The tokens of pkcs11.
    pub(crate) tokens: GrantedTokens,
}

/// The data of a store: the instance's own handles and what it was granted.
pub(crate) struct PluginState {
    pub(crate) table: ResourceTable,
    pub(crate) log: LogLines,
    /// `Some` when key-storage is granted.
    pub(crate) key_storage: Option<Arc<ScopedStorage>>,
    /// The tokens that are granted; the others do not exist.
    pub(crate) tokens: GrantedTokens,
    /// Of the call under way.
    pub(crate) deadline: Deadline,
    limits: StoreLimits,
    wasi: WasiCtx,
}

impl PluginState {
    /// State for a fresh instance, capped at `memory_bytes` of linear memory.
    pub(super) fn new(
        memory_bytes: usize,
        log: LogLines,
        granted: Granted,
        deadline: Deadline,
    ) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(RESOURCES);
        Self {
            table,
            log,
            key_storage: granted.key_storage,
            tokens: granted.tokens,
            deadline,
            limits: store_limits(memory_bytes),
            // No files, sockets, environment or arguments; output goes nowhere.
            wasi: WasiCtx::builder().build(),
        }
    }

    /// The store around it. Its deadline is in the past until a call sets one:
    /// code of a guest never runs without.
    pub(super) fn into_store(self, engine: &Engine) -> Store<Self> {
        let mut store = Store::new(engine, self);
        store.limiter(|state| &mut state.limits);
        store.set_hostcall_fuel(HOSTCALL_BYTES);
        store.epoch_deadline_trap();
        store.set_epoch_deadline(0);
        store
    }
}

impl WasiView for PluginState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}
