//! What the threads of one token share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use claviger_config::TokenSelector;
use cryptoki::types::AuthPin;
use parking_lot::{Condvar, Mutex};

use super::doubt::Doubt;
use super::library::{LibraryUse, fresh_number};
use super::outage::Outage;
use super::queue::Queue;
use super::recovery::Recovery;
use super::worker_state::WorkerState;

/// A token, for its threads.
pub(super) struct Shared {
    /// What the operator calls it.
    pub(super) name: String,
    pub(super) selector: TokenSelector,
    pub(super) pin: AuthPin,
    /// Sessions wanted.
    pub(super) sessions: usize,
    pub(super) library: LibraryUse,
    pub(super) queue: Queue,
    pub(super) recovery: Recovery,
    pub(super) doubt: Doubt,
    pub(super) outage: Outage,
    /// The threads that live.
    pub(super) roster: Mutex<Vec<Arc<WorkerState>>>,
    /// A thread has ended, or the token is being closed.
    pub(super) changed: Condvar,
    /// Which login this is; handles of objects are good for as long as it lasts.
    generation: AtomicU64,
    /// The start of the library that it belongs to.
    start: AtomicU64,
    born: Instant,
}

impl Shared {
    pub(super) fn new(
        name: String,
        selector: TokenSelector,
        pin: AuthPin,
        sessions: usize,
        queue: usize,
        library: LibraryUse,
    ) -> Self {
        Self {
            outage: Outage::new(&name),
            name,
            selector,
            pin,
            sessions,
            library,
            queue: Queue::new(queue),
            recovery: Recovery::default(),
            doubt: Doubt::default(),
            roster: Mutex::default(),
            changed: Condvar::new(),
            generation: AtomicU64::new(0),
            start: AtomicU64::new(0),
            born: Instant::now(),
        }
    }

    /// How old the token is at `then`, in nanoseconds.
    pub(super) fn age(&self, then: Instant) -> u64 {
        u64::try_from(then.duration_since(self.born).as_nanos()).unwrap_or(u64::MAX)
    }

    /// Which login this is.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// A session was opened in this start of the library; `anew` when nobody was
    /// logged in before it.
    pub(super) fn logged_in(&self, start: u64, anew: bool) {
        let another_start = self.start.swap(start, Ordering::AcqRel) != start;
        if anew || another_start {
            self.generation.store(fresh_number(), Ordering::Release);
        }
    }
}
