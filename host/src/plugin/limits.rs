//! What one plugin instance may use.

use wasmtime::{StoreLimits, StoreLimitsBuilder};

/// A component made by common toolchains has one to five core modules: the
/// program, shims for its imports, and an adapter.
pub(crate) const CORE_INSTANCES_PER_COMPONENT: u32 = 8;
/// One memory for the program, one for an adapter.
pub(crate) const MEMORIES_PER_COMPONENT: u32 = 2;
/// Function tables: the program's and the shims'.
pub(crate) const TABLES_PER_COMPONENT: u32 = 8;
/// Entries of one table; large Go programs need about 15,000.
pub(crate) const TABLE_ELEMENTS: usize = 20_000;

/// Handles (for example `aead.key`) that one instance may hold.
pub(crate) const RESOURCES: usize = 4096;

/// Bytes that one call of a plugin may move through host imports, in each
/// direction: a request is at most a few hundred KiB.
pub(crate) const HOSTCALL_BYTES: usize = 8 << 20;

/// The memory cap of one instance as wasmtime's limiter. Growth beyond it is
/// a trap, so that the log can say why the instance ended.
pub(crate) fn store_limits(memory_bytes: usize) -> StoreLimits {
    StoreLimitsBuilder::new()
        .memory_size(memory_bytes)
        .table_elements(TABLE_ELEMENTS)
        .instances(CORE_INSTANCES_PER_COMPONENT as usize)
        .memories(MEMORIES_PER_COMPONENT as usize)
        .tables(TABLES_PER_COMPONENT as usize)
        .trap_on_grow_failure(true)
        .build()
}
