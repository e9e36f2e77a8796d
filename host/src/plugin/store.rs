//! What the host keeps for one plugin instance.

use std::sync::Arc;
use std::time::Instant;

use wasmtime::{Engine, Store, StoreLimits, StoreLimitsBuilder};
use wasmtime_wasi::clocks::WasiClocksCtxView;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::contract::GatedClocks;
use super::turn::{Budget, Signals, Turn};
use crate::capability::{Granted, State};
use crate::resources::limits::{
    CORE_INSTANCES_PER_COMPONENT, MEMORIES_PER_COMPONENT, TABLE_ELEMENTS, TABLES_PER_COMPONENT,
};

/// Bytes that one call of a plugin may move through host imports, in each
/// direction: a request is at most a few hundred KiB.
const HOSTCALL_BYTES: usize = 8 << 20;

/// The data of a store.
pub(crate) struct InstanceState {
    pub(super) capabilities: State,
    turn: Turn,
    limits: StoreLimits,
    wasi: WasiCtx,
}

/// The store of a fresh instance, capped at `memory_bytes` of linear memory. Its
/// deadline for code is in the past until a call sets one: a guest never runs
/// without.
pub(super) fn store(
    engine: &Engine,
    granted: Granted,
    memory_bytes: usize,
    signals: Arc<Signals>,
    start: Budget,
) -> Store<InstanceState> {
    let state = InstanceState {
        capabilities: State::new(granted, start.deadline),
        turn: Turn::new(signals, start),
        limits: limits(memory_bytes),
        // No files, sockets, environment or arguments; output goes nowhere.
        wasi: WasiCtx::builder().build(),
    };
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.limits);
    store.set_hostcall_fuel(HOSTCALL_BYTES);
    store
        .epoch_deadline_callback(|mut store| Ok(store.data_mut().turn.interrupted(Instant::now())));
    store.set_epoch_deadline(0);
    store
}

impl InstanceState {
    /// A call begins. With `withhold` a plaintext is in the plugin's hands.
    pub(super) fn begin_call(&mut self, budget: Budget, withhold: bool) {
        self.turn.begin(budget);
        self.capabilities.begin_call(budget.deadline, withhold);
    }

    /// A call has ended.
    pub(super) fn end_call(&mut self) {
        self.capabilities.end_call();
    }

    /// Whether this text of the last call may hold what nobody should see.
    pub(super) fn withholds(&self, text: &str) -> bool {
        self.capabilities.withholds(text)
    }
}

/// Growth beyond the cap is a trap, so that the log can say why the instance
/// ended.
fn limits(memory_bytes: usize) -> StoreLimits {
    StoreLimitsBuilder::new()
        .memory_size(memory_bytes)
        .table_elements(TABLE_ELEMENTS)
        .instances(CORE_INSTANCES_PER_COMPONENT as usize)
        .memories(MEMORIES_PER_COMPONENT as usize)
        .tables(TABLES_PER_COMPONENT as usize)
        .trap_on_grow_failure(true)
        .build()
}

impl InstanceState {
    /// For the contract's side of a capability.
    pub(super) fn capabilities(&mut self) -> &mut State {
        &mut self.capabilities
    }

    /// For the contract's side of the clocks of `wasi`.
    pub(super) fn gated_clocks(&mut self) -> GatedClocks<'_> {
        let capabilities = &mut self.capabilities;
        GatedClocks {
            wasi: &capabilities.wasi,
            clocks: WasiClocksCtxView {
                ctx: self.wasi.clocks(),
                table: &mut capabilities.table,
            },
        }
    }
}

impl WasiView for InstanceState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.capabilities.table,
        }
    }
}
