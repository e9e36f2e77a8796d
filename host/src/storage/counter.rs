//! Counts that only grow, without a write per count.
//!
//! A process reserves a block of values in the database before it hands the
//! first of them out. After a crash the rest of a block is skipped, so a count
//! may be too high and never too low: what a limit on the use of a key needs.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use parking_lot::Mutex;

/// Values reserved at once. A restart may skip as many, so 2^32 of them allow
/// for 65,536 restarts without a single encryption.
pub(super) const BLOCK: u64 = 1 << 16;

/// A counter of this process. See [`super::ScopedStorage::next`].
pub(crate) struct Counter {
    pub(super) scope: String,
    pub(super) name: String,
    reserved: Mutex<Reserved>,
}

#[derive(Default)]
struct Reserved {
    blocks: VecDeque<Range<u64>>,
    asked: bool,
}

impl Counter {
    pub(super) fn new(scope: &str, name: &str) -> Self {
        Self {
            scope: scope.to_owned(),
            name: name.to_owned(),
            reserved: Mutex::default(),
        }
    }

    /// The name that it was opened by.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The next reserved value; asks once for more when half a block is left, so
    /// that nobody has to wait for the database.
    pub(super) fn take(self: &Arc<Self>, ask: impl FnOnce(&Arc<Self>)) -> Option<u64> {
        let mut reserved = self.reserved.lock();
        let value = loop {
            let block = reserved.blocks.front_mut()?;
            match block.next() {
                Some(value) => break value,
                None => drop(reserved.blocks.pop_front()),
            }
        };
        let left: u64 = reserved
            .blocks
            .iter()
            .map(|block| block.end - block.start)
            .sum();
        if left < BLOCK / 2 && !reserved.asked {
            reserved.asked = true;
            ask(self);
        }
        Some(value)
    }

    pub(super) fn add(&self, block: Range<u64>) {
        let mut reserved = self.reserved.lock();
        reserved.blocks.push_back(block);
        reserved.asked = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_run_through_blocks_that_do_not_touch() {
        let counter = Arc::new(Counter::new("a", "c"));
        assert_eq!(counter.take(|_| ()), None);
        counter.add(1..3);
        counter.add(10..12);
        let values: Vec<_> = std::iter::from_fn(|| counter.take(|_| ())).collect();
        assert_eq!(values, [1, 2, 10, 11]);
    }

    #[test]
    fn more_is_asked_for_once_while_half_a_block_is_left() {
        let counter = Arc::new(Counter::new("a", "c"));
        counter.add(0..BLOCK);
        let mut asked_at = Vec::new();
        for count in 0..BLOCK {
            counter.take(|_| asked_at.push(count));
        }
        assert_eq!(asked_at, [BLOCK / 2]);
    }
}
