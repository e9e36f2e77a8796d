//! What the host keeps for one plugin instance.

use std::sync::Arc;
use std::time::Instant;

use wasmtime::{Engine, Store};
use wasmtime_wasi::clocks::WasiClocksCtxView;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::WasiHttpCtxView;

use super::contract::GatedClocks;
use super::limits::Limits;
use super::turn::{Budget, Signals, Turn};
use crate::capability::{Granted, State};

/// Bytes that one call of a plugin may move through host imports, in each
/// direction: a request is at most a few hundred KiB.
const HOSTCALL_BYTES: usize = 8 << 20;

/// The data of a store.
pub(crate) struct InstanceState {
    pub(super) capabilities: State,
    turn: Turn,
    limits: Limits,
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
    wasi_http: bool,
) -> Store<InstanceState> {
    let capabilities = State::new(granted, start.deadline, wasi_http);
    let state = InstanceState {
        turn: Turn::new(signals, start),
        limits: Limits::new(memory_bytes),
        // No files, sockets, environment or arguments; output goes nowhere.
        wasi: WasiCtx::builder()
            .stderr(capabilities.last_words.clone())
            .build(),
        capabilities,
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

    /// What the last call wrote to standard error.
    pub(super) fn last_words(&self) -> Option<String> {
        self.capabilities.last_words()
    }

    /// What it has taken of memory, in bytes.
    pub(super) fn memory(&self) -> usize {
        self.limits.taken()
    }

    /// Whether little is left of its memory or its handles: the next instance begins
    /// with all of them.
    pub(super) fn is_nearly_full(&self) -> bool {
        self.limits.is_nearly_used_up() || self.capabilities.is_crowded()
    }

    /// Whether this text of the last call may hold what nobody should see.
    pub(super) fn withholds(&self, text: &str) -> bool {
        self.capabilities.withholds(text)
    }
}

impl InstanceState {
    /// For the contract's side of a capability.
    pub(super) fn capabilities(&mut self) -> &mut State {
        &mut self.capabilities
    }

    /// For the contract's side of `wasi:http`.
    pub(super) fn wasi_http(&mut self) -> WasiHttpCtxView<'_> {
        self.capabilities.wasi_http()
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
