//! Counts that only grow, without a write per count.
//!
//! A process reserves a block of values in the database before it hands the
//! first of them out. After a crash the rest of a block is skipped, so a count
//! may be too high and never too low: what a limit on the use of a key needs.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::fault::StorageFault;
use super::scoped::ScopedStorage;
use crate::words::Deadline;

/// Values reserved at once. A restart may skip as many, so 2^32 of them allow
/// for 65,536 restarts without a single encryption.
pub(super) const BLOCK: u64 = 1 << 16;

/// What a reservation came to, for those who wait for it.
type Reservation = oneshot::Receiver<Result<(), StorageFault>>;

/// A counter that is open.
pub(crate) struct Counter {
    counter: Arc<SharedCounter>,
    storage: Arc<ScopedStorage>,
}

impl Counter {
    pub(super) fn new(counter: Arc<SharedCounter>, storage: Arc<ScopedStorage>) -> Self {
        Self { counter, storage }
    }

    /// The name that it was opened by.
    pub(crate) fn name(&self) -> &str {
        &self.counter.name
    }

    /// Adds one and returns the new value, which is on the disk as used. Waits only
    /// when none is reserved, until `deadline`.
    pub(crate) async fn next(&self, deadline: Deadline) -> Result<u64, StorageFault> {
        loop {
            self.storage.is_usable()?;
            let ask = |counter: &Arc<SharedCounter>| self.storage.ask_for_more(counter);
            let reservation = match self.counter.take(ask)? {
                Taken::Value(value) => return Ok(value),
                Taken::Nothing(reservation) => reservation,
            };
            match tokio::time::timeout_at(deadline.as_tokio(), reservation).await {
                Ok(Ok(reserved)) => reserved?,
                Ok(Err(_)) => return Err(StorageFault::Unwritable),
                Err(_) => return Err(StorageFault::Deadline),
            }
        }
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.storage.forget_counter(&self.counter);
    }
}

/// A counter of this process, whoever has opened it.
pub(super) struct SharedCounter {
    pub(super) scope: String,
    pub(super) name: String,
    /// Whether the database has it.
    pub(super) is_stored: AtomicBool,
    reserved: Mutex<Reserved>,
}

#[derive(Default)]
struct Reserved {
    blocks: VecDeque<Range<u64>>,
    asked: bool,
    waiting: Vec<oneshot::Sender<Result<(), StorageFault>>>,
}

/// What [`SharedCounter::take`] found.
pub(super) enum Taken {
    Value(u64),
    /// More was asked for, by this call or by an earlier one.
    Nothing(Reservation),
}

impl SharedCounter {
    pub(super) fn new(scope: &str, name: &str, is_stored: bool) -> Self {
        Self {
            scope: scope.to_owned(),
            name: name.to_owned(),
            is_stored: AtomicBool::new(is_stored),
            reserved: Mutex::default(),
        }
    }

    /// The next reserved value; asks once for more when half a block is left, so
    /// that nobody has to wait for the database.
    pub(super) fn take(
        self: &Arc<Self>,
        ask: impl FnOnce(&Arc<Self>) -> Result<(), StorageFault>,
    ) -> Result<Taken, StorageFault> {
        let mut reserved = self.reserved.lock();
        let value = reserved.next();
        let left: u64 = reserved
            .blocks
            .iter()
            .map(|block| block.end - block.start)
            .sum();
        if left < BLOCK / 2 && !reserved.asked {
            let asked = ask(self);
            reserved.asked = asked.is_ok();
            if value.is_none() {
                asked?;
            }
        }
        if let Some(value) = value {
            return Ok(Taken::Value(value));
        }
        let (done, reservation) = oneshot::channel();
        reserved.waiting.push(done);
        Ok(Taken::Nothing(reservation))
    }

    /// What was asked for.
    pub(super) fn answer(&self, block: Result<Range<u64>, StorageFault>) {
        let mut reserved = self.reserved.lock();
        reserved.asked = false;
        let answer = block.map(|block| reserved.blocks.push_back(block));
        for waiting in reserved.waiting.drain(..) {
            // Who waited no longer does.
            let _ = waiting.send(answer);
        }
    }

    /// Whether nothing is lost with it.
    pub(super) fn is_empty(&self) -> bool {
        let reserved = self.reserved.lock();
        reserved.blocks.is_empty() && !reserved.asked
    }
}

impl Reserved {
    fn next(&mut self) -> Option<u64> {
        loop {
            match self.blocks.front_mut()?.next() {
                Some(value) => return Some(value),
                None => drop(self.blocks.pop_front()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(counter: &Arc<SharedCounter>) -> Option<u64> {
        match counter.take(|_| Ok(())) {
            Ok(Taken::Value(value)) => Some(value),
            _ => None,
        }
    }

    #[test]
    fn values_run_through_blocks_that_do_not_touch() {
        let counter = Arc::new(SharedCounter::new("a", "c", false));
        assert_eq!(take(&counter), None);
        counter.answer(Ok(1..3));
        counter.answer(Ok(10..12));
        let values: Vec<_> = std::iter::from_fn(|| take(&counter)).collect();
        assert_eq!(values, [1, 2, 10, 11]);
    }

    #[test]
    fn more_is_asked_for_once_while_half_a_block_is_left() {
        let counter = Arc::new(SharedCounter::new("a", "c", false));
        counter.answer(Ok(0..BLOCK));
        let mut asked_at = Vec::new();
        for count in 0..BLOCK {
            let taken = counter.take(|_| {
                asked_at.push(count);
                Ok(())
            });
            assert!(matches!(taken, Ok(Taken::Value(_))));
        }
        assert_eq!(asked_at, [BLOCK / 2]);
    }

    #[test]
    fn flt_30_everybody_who_waits_hears_that_nothing_was_reserved() {
        let counter = Arc::new(SharedCounter::new("a", "c", false));
        let mut reservations = Vec::new();
        for _ in 0..3 {
            match counter.take(|_| Ok(())) {
                Ok(Taken::Nothing(reservation)) => reservations.push(reservation),
                _ => panic!("a value that nobody reserved"),
            }
        }
        counter.answer(Err(StorageFault::Unwritable));
        for mut reservation in reservations {
            assert_eq!(reservation.try_recv(), Ok(Err(StorageFault::Unwritable)));
        }
        // And asks again, the next time.
        let mut asked = false;
        let _ = counter.take(|_| {
            asked = true;
            Ok(())
        });
        assert!(asked);
    }
}
