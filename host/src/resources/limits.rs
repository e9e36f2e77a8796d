//! What one component may be made of: the allocator sets room for it aside, and
//! the store of an instance refuses more.

/// A component made by a compiler has one to five core modules: the program, shims for
/// its imports, and an adapter. Python's has a module for each shared library and
/// extension, and shims between them: up to 38 were seen.
pub(crate) const CORE_INSTANCES_PER_COMPONENT: u32 = 64;
/// One memory for the program, one for an adapter.
pub(crate) const MEMORIES_PER_COMPONENT: u32 = 2;
/// Function tables: the program's and the shims'.
pub(crate) const TABLES_PER_COMPONENT: u32 = 8;
/// Entries of one table; large Go programs need about 15,000.
pub(crate) const TABLE_ELEMENTS: usize = 20_000;
