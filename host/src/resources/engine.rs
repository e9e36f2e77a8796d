//! The one place that configures the WebAssembly runtime.
//!
//! Everything that a plugin may do by default is decided here: which proposals
//! of WebAssembly it may use, how its memory is laid out, and how it is
//! interrupted. What one component may be made of is in [`super::limits`].

use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use super::limits::{
    CORE_INSTANCES_PER_COMPONENT, MEMORIES_PER_COMPONENT, TABLE_ELEMENTS, TABLES_PER_COMPONENT,
};

/// Bytes of a guest's memory that stay resident between two uses of a pool
/// slot; what lies beyond is given back to the operating system.
const KEEP_RESIDENT: usize = 256 << 10;

/// The native stack of a guest. Generous for AES and JSON, small enough for
/// hundreds of instances.
const GUEST_STACK: usize = 512 << 10;

/// Inaccessible bytes after each memory of the narrow layout.
const GUARD: u64 = 64 << 10;

/// Most native stacks, and so most instances alive at once: an instance keeps its
/// stack between two calls. Each takes two of the 65,530 mappings that Linux gives a
/// process.
const STACKS: u32 = 16_384;

/// How much room the pooling allocator sets aside, in *virtual* address space;
/// resident memory is only what guests touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PoolSize {
    /// Component instances alive at once, over all plugins.
    pub(crate) instances: u32,
    /// The largest linear memory that any plugin may have, in bytes.
    pub(crate) memory_bytes: usize,
}

/// How much address space a linear memory is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// All that 32 bits can reach, 4 GiB: accesses need no bounds check.
    Wide,
    /// So many bytes, as much as it may grow to. Every access is checked, which costs
    /// guests that compute some percent.
    Narrow(usize),
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

    /// The least address space that it needs, in GiB.
    pub(crate) fn least_gib(self) -> usize {
        let memories = self.instances.saturating_mul(MEMORIES_PER_COMPONENT) as usize;
        (memories.saturating_mul(self.memory_bytes) >> 30).saturating_add(1)
    }
}

/// Builds the engine. Nothing advances its epoch yet: see [`super::epochs`].
///
/// # Errors
/// When the machine cannot provide what `size` asks for, for example because
/// the virtual address space of the process is limited.
pub(super) fn build(size: PoolSize, layout: Layout) -> wasmtime::Result<Engine> {
    Engine::new(&configuration(size, layout))
}

/// An engine that compiles for those of [`build`] with this layout, and in which
/// nothing runs: it sets aside no room.
pub(super) fn for_compilation(layout: Layout) -> wasmtime::Result<Engine> {
    let size = PoolSize {
        instances: 1,
        memory_bytes: 1 << 20,
    };
    let mut config = configuration(size, layout);
    config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
    Engine::new(&config)
}

fn configuration(size: PoolSize, layout: Layout) -> Config {
    let mut pooling = PoolingAllocationConfig::new();
    pooling
        .total_component_instances(size.instances)
        .total_core_instances(size.instances.saturating_mul(CORE_INSTANCES_PER_COMPONENT))
        .total_memories(size.instances.saturating_mul(MEMORIES_PER_COMPONENT))
        .total_tables(size.instances.saturating_mul(TABLES_PER_COMPONENT))
        .total_stacks(size.instances.min(STACKS))
        .max_core_instances_per_component(CORE_INSTANCES_PER_COMPONENT)
        .max_memories_per_component(MEMORIES_PER_COMPONENT)
        .max_tables_per_component(TABLES_PER_COMPONENT)
        .max_memory_size(size.memory_bytes)
        .table_elements(TABLE_ELEMENTS)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(16 << 10);

    let mut config = Config::new();
    if let Layout::Narrow(bytes) = layout {
        config
            .memory_reservation(bytes as u64)
            .memory_guard_size(GUARD);
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flt_13_there_is_room_for_the_instances_of_a_thousand_key_stores_twice() {
        let size = PoolSize {
            // A policy and a backend each, of 16 instances and one for health.
            instances: 1000 * 2 * 17,
            memory_bytes: 16 << 20,
        };
        assert!(build(size.twice(), Layout::Narrow(size.memory_bytes)).is_ok());
    }
}
