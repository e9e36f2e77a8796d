//! How long a guest computes before it gives way, and when it is stopped.
//!
//! The engine's epoch interrupts a guest that computes. What happens then is decided
//! here: it goes on, it gives way to others, or its time is up. Whoever drives the
//! call ([`super::driver`]) sees from [`Signals`] which it was.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use wasmtime::UpdateDeadline;

use crate::resources::{EPOCH, Epochs};
use crate::words::Deadline;

/// Epochs until the first interruption of a call. Calls of a few microseconds never
/// see one.
pub(super) const FIRST: u64 = 2;
/// Processor time below which an interrupted guest only goes on: the operating
/// system had taken the processor away from it.
const COMPUTED: Duration = Duration::from_millis(1);

/// The times that one call may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    /// When its answer must be there.
    pub(super) deadline: Deadline,
    /// Processor time, where it is less than the time until the deadline. Counted in
    /// epochs of computing, so that it may end a few milliseconds early.
    pub(super) compute: Option<Duration>,
    /// Whether the call begins on the slow lane: nobody waits for it who is in a
    /// hurry.
    pub(super) unhurried: bool,
    /// How many requests it works for: it may take longer than for one and still be
    /// quick.
    pub(super) requests: u32,
}

/// Of a request.
impl From<Deadline> for Budget {
    fn from(deadline: Deadline) -> Self {
        Self {
            deadline,
            compute: None,
            unhurried: false,
            requests: 1,
        }
    }
}

impl Budget {
    /// Of so many requests together.
    pub(super) fn of_requests(deadline: Deadline, requests: usize) -> Self {
        Self {
            requests: u32::try_from(requests).unwrap_or(u32::MAX).max(1),
            ..Self::from(deadline)
        }
    }

    /// Of a command of the operator, who waits without hurry.
    pub(super) fn operator(deadline: Deadline) -> Self {
        Self {
            deadline,
            compute: None,
            unhurried: true,
            requests: 1,
        }
    }

    /// Of work that no request waits for.
    pub(super) fn background(deadline: Deadline, compute: Duration) -> Self {
        Self {
            deadline,
            compute: Some(compute),
            unhurried: true,
            requests: 1,
        }
    }
}

/// What the two sides of a call, the guest's and the driver's, tell each other and
/// the clock.
pub(super) struct Signals {
    epochs: Epochs,
    /// It was interrupted and gives way. A call that is not done and does not give way
    /// waits for something.
    gave_way: AtomicBool,
}

impl Signals {
    pub(super) fn new(epochs: Epochs) -> Self {
        Self {
            epochs,
            gave_way: AtomicBool::new(false),
        }
    }

    /// The driver lets the guest run.
    pub(super) fn guest_runs(&self) {
        self.epochs.guest_runs();
    }

    /// Whether the guest gave way since this was asked last.
    pub(super) fn take_gave_way(&self) -> bool {
        self.gave_way.swap(false, Ordering::Relaxed)
    }
}

/// An instance's part: the budget of the call under way.
pub(super) struct Turn {
    signals: Arc<Signals>,
    budget: Budget,
    /// How often it gave way in this call.
    slices: u32,
    /// Processor time of the thread at the first interruption.
    interrupted_at: Option<Duration>,
}

impl Turn {
    /// Of an instance that is being made, which is a call as well.
    pub(super) fn new(signals: Arc<Signals>, budget: Budget) -> Self {
        Self {
            signals,
            budget,
            slices: 0,
            interrupted_at: None,
        }
    }

    /// A call begins.
    pub(super) fn begin(&mut self, budget: Budget) {
        self.budget = budget;
        self.interrupted_at = None;
        self.signals.gave_way.store(false, Ordering::Relaxed);
        self.slices = 0;
    }

    /// The epoch has interrupted the guest.
    pub(super) fn interrupted(&mut self, now: Instant) -> UpdateDeadline {
        self.signals.guest_runs();
        let (budget, slices) = (&self.budget, self.slices);
        let used_up = |most| EPOCH.saturating_mul(slices) >= most;
        if budget.compute.is_some_and(used_up) || budget.deadline.remaining(now).is_none() {
            return UpdateDeadline::Interrupt;
        }
        let unhurried = budget.unhurried;
        if slices == 0 && !unhurried && !self.has_computed() {
            return UpdateDeadline::Continue(1);
        }
        self.slices = slices.saturating_add(1);
        self.signals.gave_way.store(true, Ordering::Relaxed);
        UpdateDeadline::Yield(1)
    }

    /// Whether the guest itself has used the time since its first interruption. Only
    /// asked in the first slice, so that a call whose thread was preempted is not
    /// taken for one that computes.
    fn has_computed(&mut self) -> bool {
        let now = thread_time();
        let since = *self.interrupted_at.get_or_insert(now);
        // Another thread's clock after a wait in an import: less than before.
        now < since || now.saturating_sub(since) >= COMPUTED
    }
}

/// Processor time of this thread.
pub(super) fn thread_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}
