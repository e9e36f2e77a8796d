//! The clock by which guests that compute are interrupted.
//!
//! The engine's epoch advances once in [`EPOCH`] while guests run. When none has run
//! for a while it advances seldom: a host that has nothing to do, or whose requests
//! are answered without plugins, is not woken five hundred times a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::Engine;

/// The epoch advances once in this time while guests run. It is the resolution of the
/// deadline for guests that compute, and how long they compute before they give way
/// to others.
pub(crate) const EPOCH: Duration = Duration::from_millis(2);
/// Epochs without a guest after which the next ones are [`SELDOM`]. A guest that
/// computes is interrupted more often than that, and is seen by it.
const QUIET: u32 = 16;
/// The epoch while no guest runs. Not endless: a guest whose thread was stopped for
/// long just as it began is still interrupted.
const SELDOM: Duration = Duration::from_millis(100);

/// Tells the clock of an engine that its guests run.
#[derive(Clone)]
pub(crate) struct Epochs {
    shared: Arc<Shared>,
    clock: Thread,
}

#[derive(Default)]
struct Shared {
    /// A guest has run in this epoch.
    ran: AtomicBool,
    /// Epochs are seldom.
    seldom: AtomicBool,
}

impl Epochs {
    /// Starts the clock of an engine. It ends by itself when the last user of the
    /// engine is gone.
    pub(super) fn start(engine: &Engine) -> std::io::Result<Self> {
        let engine = engine.weak();
        let shared = Arc::<Shared>::default();
        let told = Arc::clone(&shared);
        let clock = thread::Builder::new()
            .name("plugin-epoch".to_owned())
            .spawn(move || {
                let mut quiet = 0;
                while let Some(engine) = engine.upgrade() {
                    engine.increment_epoch();
                    drop(engine);
                    quiet = told.wait(quiet);
                }
            })?;
        Ok(Self {
            shared,
            clock: clock.thread().clone(),
        })
    }

    /// A guest runs from now on, or still does. To be called whenever one begins, goes
    /// on after it waited, or is interrupted.
    pub(crate) fn guest_runs(&self) {
        let Shared { ran, seldom } = &*self.shared;
        // Nearly always it is known already, and nothing shared is written.
        if !ran.load(Ordering::SeqCst) {
            ran.store(true, Ordering::SeqCst);
        }
        if seldom.load(Ordering::SeqCst) {
            self.clock.unpark();
        }
    }
}

impl Shared {
    /// Until the next epoch, after so many without a guest. Returns how many those are
    /// by then.
    fn wait(&self, quiet: u32) -> u32 {
        if self.ran.swap(false, Ordering::SeqCst) {
            thread::sleep(EPOCH);
            return 0;
        }
        if quiet < QUIET {
            thread::sleep(EPOCH);
            return quiet.saturating_add(1);
        }
        // In this order, so that a guest that begins meanwhile is seen here, or sees
        // that it has to wake this thread.
        self.seldom.store(true, Ordering::SeqCst);
        if !self.ran.load(Ordering::SeqCst) {
            thread::park_timeout(SELDOM);
        }
        self.seldom.store(false, Ordering::SeqCst);
        quiet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flt_02_epochs_are_seldom_only_after_a_while_without_guests() {
        let shared = Shared::default();
        let mut quiet = 0;
        for expected in 1..=QUIET {
            quiet = shared.wait(quiet);
            assert_eq!(quiet, expected);
        }
        assert_eq!(shared.wait(quiet), QUIET, "seldom from now on");
        shared.ran.store(true, Ordering::SeqCst);
        assert_eq!(shared.wait(quiet), 0, "a guest runs");
    }

    #[test]
    fn flt_02_a_guest_that_begins_ends_the_wait_for_a_seldom_epoch() {
        let engine = Engine::default();
        let epochs = Epochs::start(&engine).unwrap();
        while !epochs.shared.seldom.load(Ordering::SeqCst) {
            thread::yield_now();
        }
        epochs.guest_runs();
        while epochs.shared.seldom.load(Ordering::SeqCst)
            || epochs.shared.ran.load(Ordering::SeqCst)
        {
            thread::yield_now();
        }
    }
}
