//! What an instance may have, and how much of its memory it has taken.

use wasmtime::{ResourceLimiter, Result, StoreLimits, StoreLimitsBuilder};

use crate::resources::limits::{
    CORE_INSTANCES_PER_COMPONENT, MEMORIES_PER_COMPONENT, TABLE_ELEMENTS, TABLES_PER_COMPONENT,
};

/// The limits of one instance.
pub(super) struct Limits {
    fixed: StoreLimits,
    most: usize,
    /// Of the largest of its memories, in bytes.
    taken: usize,
}

impl Limits {
    /// Growth beyond the cap is a trap, so that the log can say why the instance ended.
    pub(super) fn new(memory_bytes: usize) -> Self {
        let limits = StoreLimitsBuilder::new()
            .memory_size(memory_bytes)
            .table_elements(TABLE_ELEMENTS)
            .instances(CORE_INSTANCES_PER_COMPONENT as usize)
            .memories(MEMORIES_PER_COMPONENT as usize)
            .tables(TABLES_PER_COMPONENT as usize)
            .trap_on_grow_failure(true)
            .build();
        Self {
            fixed: limits,
            most: memory_bytes,
            taken: 0,
        }
    }

    /// Of the largest memory, in bytes.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    /// Whether more than three quarters of the memory are taken. A runtime that leaks
    /// is replaced before a request meets the end of it.
    pub(super) fn is_nearly_used_up(&self) -> bool {
        self.taken > self.most / 4 * 3
    }
}

impl ResourceLimiter for Limits {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool> {
        let may = self.fixed.memory_growing(current, desired, maximum)?;
        if may {
            self.taken = self.taken.max(desired);
        }
        Ok(may)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> Result<()> {
        self.fixed.memory_grow_failed(error)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool> {
        self.fixed.table_growing(current, desired, maximum)
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> Result<()> {
        self.fixed.table_grow_failed(error)
    }

    fn instances(&self) -> usize {
        self.fixed.instances()
    }

    fn tables(&self) -> usize {
        self.fixed.tables()
    }

    fn memories(&self) -> usize {
        self.fixed.memories()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_that_takes_three_quarters_of_its_memory_is_replaced() {
        let mut limits = Limits::new(16 << 20);
        assert!(limits.memory_growing(0, 12 << 20, None).unwrap());
        assert!(!limits.is_nearly_used_up());
        assert!(limits.memory_growing(12 << 20, 13 << 20, None).unwrap());
        assert!(limits.is_nearly_used_up());
        assert!(limits.memory_growing(13 << 20, 17 << 20, None).is_err());
    }
}
