//! What others can see of a thread that owns a session.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What others can see of a thread.
#[derive(Default)]
pub(super) struct WorkerState {
    /// When what it does counts as stuck, in nanoseconds of the token's life; 0
    /// while it waits.
    overdue: AtomicU64,
    /// It has a session and takes jobs.
    serving: AtomicBool,
    /// It was counted out.
    stuck: AtomicBool,
}

impl WorkerState {
    /// Whether it was counted out and has not come back.
    pub(super) fn is_stuck(&self) -> bool {
        self.stuck.load(Ordering::Acquire)
    }

    /// It takes jobs.
    pub(super) fn joins(&self) {
        self.serving.store(true, Ordering::Release);
    }

    /// It takes none any more; whether it did until now.
    pub(super) fn leaves(&self) -> bool {
        self.serving.swap(false, Ordering::AcqRel)
    }

    /// It is back after it was counted out.
    pub(super) fn is_back(&self) {
        self.stuck.store(false, Ordering::Release);
    }

    /// Counts it out if it is overdue; whether it was serving until now.
    pub(super) fn count_out(&self, age: u64) -> Option<bool> {
        let overdue = self.overdue.load(Ordering::Acquire);
        if overdue == 0 || overdue > age || self.stuck.swap(true, Ordering::AcqRel) {
            return None;
        }
        Some(self.leaves())
    }

    /// It does something that counts as stuck from this age of the token on.
    pub(super) fn busy(&self, overdue: u64) {
        self.overdue.store(overdue, Ordering::Release);
    }

    /// It waits.
    pub(super) fn free(&self) {
        self.overdue.store(0, Ordering::Release);
    }
}
