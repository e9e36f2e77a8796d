//! The one place that configures the WebAssembly runtime.
//!
//! Everything that a plugin may do by default is decided here: which proposals
//! of WebAssembly it may use, how its memory is laid out, and how it is
//! interrupted. What one component may be made of is in [`super::limits`].

use std::time::Duration;

use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use super::limits::{
    CORE_INSTANCES_PER_COMPONENT, MEMORIES_PER_COMPONENT, TABLE_ELEMENTS, TABLES_PER_COMPONENT,
};

/// The epoch of the engine advances once in this time, so it is the resolution
/// of the deadline for guests that compute.
pub(crate) const EPOCH: Duration = Duration::from_millis(4);

/// Bytes of a guest's memory that stay resident between two uses of a pool
/// slot; what lies beyond is given back to the operating system.
const KEEP_RESIDENT: usize = 256 << 10;

/// The native stack of a guest. Generous for AES and JSON, small enough for
/// hundreds of instances.
const GUEST_STACK: usize = 512 << 10;

/// How much room the pooling allocator sets aside. Each instance reserves
/// about 4 GiB of *virtual* address space, so that memory accesses need no
/// bounds check; resident memory is only what guests touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PoolSize {
    /// Component instances alive at once, over all plugins.
    pub(crate) instances: u32,
    /// The largest linear memory that any plugin may have, in bytes.
    pub(crate) memory_bytes: usize,
}

impl PoolSize {
    /// Room for as many instances again.
    pub(super) fn twice(self) -> Self {
        Self {
            instances: self.instances.saturating_mul(2),
            ..self
        }
    }

    /// Whether what needs `other` fits.
    pub(super) fn holds(self, other: Self) -> bool {
        self.instances >= other.instances && self.memory_bytes >= other.memory_bytes
    }
}

/// Builds the engine and starts its epoch.
///
/// # Errors
/// When the machine cannot provide what `size` asks for, for example because
/// the virtual address space of the process is limited.
pub(super) fn build(size: PoolSize) -> wasmtime::Result<Engine> {
    let engine = Engine::new(&configuration(size))?;
    start_epoch(&engine)?;
    Ok(engine)
}

/// An engine that compiles for those of [`build`], and in which nothing runs: it sets
/// aside no room.
pub(super) fn for_compilation() -> wasmtime::Result<Engine> {
    let mut config = configuration(PoolSize {
        instances: 1,
        memory_bytes: 1 << 20,
    });
    config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
    Engine::new(&config)
}

fn configuration(size: PoolSize) -> Config {
    let mut pooling = PoolingAllocationConfig::new();
    pooling
        .total_component_instances(size.instances)
        .total_core_instances(size.instances.saturating_mul(CORE_INSTANCES_PER_COMPONENT))
        .total_memories(size.instances.saturating_mul(MEMORIES_PER_COMPONENT))
        .total_tables(size.instances.saturating_mul(TABLES_PER_COMPONENT))
        .total_stacks(size.instances)
        .max_core_instances_per_component(CORE_INSTANCES_PER_COMPONENT)
        .max_memories_per_component(MEMORIES_PER_COMPONENT)
        .max_tables_per_component(TABLES_PER_COMPONENT)
        .max_memory_size(size.memory_bytes)
        .table_elements(TABLE_ELEMENTS)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(16 << 10);

    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pooling))
        .epoch_interruption(true)
        .wasm_component_model(true)
        // Nothing here runs several calls in one store at a time, and the
        // bookkeeping for it would cost more than a policy call.
        .concurrency_support(false)
        .max_wasm_stack(GUEST_STACK)
        .async_stack_size(2 * GUEST_STACK)
        // Components that are composed of others copy between two memories.
        .wasm_multi_memory(true)
        // Proposals that no toolchain for plugins needs are surface only.
        .wasm_tail_call(false)
        .wasm_memory64(false)
        .wasm_relaxed_simd(false)
        .wasm_wide_arithmetic(false)
        .wasm_custom_page_sizes(false);
    config
}

/// The thread ends by itself when the last user of the engine is gone.
fn start_epoch(engine: &Engine) -> wasmtime::Result<()> {
    let engine = engine.weak();
    std::thread::Builder::new()
        .name("plugin-epoch".to_owned())
        .spawn(move || {
            while let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(EPOCH);
            }
        })?;
    Ok(())
}
