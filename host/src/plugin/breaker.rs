//! The breaker of one plugin for one key store: a plugin that fails every time is
//! not asked every time.
//!
//! After [`ENOUGH`] failed calls in a row it is open: requests are refused at once.
//! Now and then one is let through to try, and the first that succeeds closes it. A
//! failure is what is the plugin's own fault: a trap, a missed deadline, an answer
//! that breaks the contract, an instance that does not start. An error that it
//! reports in the words of the contract is none.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tracing::{info, warn};

use super::fault::PluginFault;
use crate::capability::LogSource;
use crate::words::FaultKind;

/// Failures in a row that open it.
const ENOUGH: u32 = 20;
/// Until the first try, and the factor by which the pause grows with each that fails.
const PAUSE: Duration = Duration::from_millis(100);
/// The longest pause: a plugin that works again is in service again after a second.
const LONGEST: Duration = Duration::from_secs(1);

/// Counts failures in a row, and refuses.
pub(super) struct Breaker {
    /// Of the plugin.
    source: Arc<LogSource>,
    failures: AtomicU32,
    open: Mutex<Option<Open>>,
}

struct Open {
    /// What the failures were, which answers for as long as it is open.
    kind: FaultKind,
    pause: Duration,
    try_at: Instant,
}

impl Breaker {
    pub(super) fn new(source: Arc<LogSource>) -> Self {
        Self {
            source,
            failures: AtomicU32::new(0),
            open: Mutex::default(),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.failures.load(Ordering::Relaxed) >= ENOUGH
    }

    /// Whether the plugin may be asked now.
    pub(super) fn admit(&self) -> Result<(), PluginFault> {
        if self.is_open() {
            return self.admit_a_try(Instant::now());
        }
        Ok(())
    }

    fn admit_a_try(&self, now: Instant) -> Result<(), PluginFault> {
        match &mut *self.open.lock() {
            Some(open) if now < open.try_at => Err(PluginFault::Broken(open.kind)),
            Some(open) => {
                // One try in each pause.
                open.try_at = now + open.pause;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The plugin has answered.
    pub(super) fn succeeded(&self) {
        if self.failures.load(Ordering::Relaxed) == 0 {
            return;
        }
        self.failures.store(0, Ordering::Relaxed);
        if self.open.lock().take().is_some() {
            let again = |plugin: &str| info!(plugin, "the plugin answers again");
            self.source.about(again);
        }
    }

    /// It has failed like this.
    pub(super) fn failed(&self, fault: &PluginFault) {
        let own = matches!(
            fault,
            PluginFault::Trapped(_)
                | PluginFault::Deadline
                | PluginFault::BadAnswer(_)
                | PluginFault::Start(_)
        );
        if own {
            self.failed_at(fault, Instant::now());
        }
    }

    fn failed_at(&self, fault: &PluginFault, now: Instant) {
        let failures = self
            .failures
            .fetch_add(1, Ordering::Relaxed)
            .saturating_add(1);
        if failures < ENOUGH {
            return;
        }
        // Far from an overflow, however long it lasts.
        self.failures.store(ENOUGH, Ordering::Relaxed);
        let mut open = self.open.lock();
        match &mut *open {
            Some(open) => {
                open.kind = fault.kind();
                open.pause = (open.pause * 2).min(LONGEST);
                open.try_at = now + open.pause;
            }
            closed => {
                self.source.about(|plugin| {
                    warn!(
                        plugin,
                        %fault,
                        "the plugin failed {ENOUGH} times in a row: requests are refused \
                         without asking it, until one that is let through succeeds"
                    );
                });
                *closed = Some(Open {
                    kind: fault.kind(),
                    pause: PAUSE,
                    try_at: now + PAUSE,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(now: Instant) -> Breaker {
        let breaker = Breaker::new(Arc::new(LogSource::new("demo/software".into())));
        for _ in 0..ENOUGH {
            assert!(breaker.admit().is_ok());
            breaker.failed_at(&PluginFault::Deadline, now);
        }
        breaker
    }

    #[test]
    fn flt_09_a_plugin_that_fails_every_time_is_not_asked_every_time() {
        let now = Instant::now();
        let breaker = opened(now);
        let refused = breaker.admit_a_try(now + PAUSE / 2);
        assert!(matches!(
            refused,
            Err(PluginFault::Broken(FaultKind::TimedOut))
        ));
        assert!(breaker.admit_a_try(now + PAUSE).is_ok(), "a try");
        assert!(breaker.admit_a_try(now + PAUSE).is_err(), "only one");
    }

    #[test]
    fn a_try_that_fails_makes_the_pause_longer_up_to_a_second() {
        let mut now = Instant::now();
        let breaker = opened(now);
        for _ in 0..10 {
            now += LONGEST;
            assert!(breaker.admit_a_try(now).is_ok());
            breaker.failed_at(&PluginFault::Deadline, now);
        }
        assert!(breaker.admit_a_try(now + LONGEST / 2).is_err());
        assert!(breaker.admit_a_try(now + LONGEST).is_ok());
    }

    #[test]
    fn a_success_closes_it_and_errors_of_the_contract_do_not_open_it() {
        let breaker = opened(Instant::now());
        breaker.succeeded();
        assert!(!breaker.is_open() && breaker.admit().is_ok());
        for _ in 0..2 * ENOUGH {
            breaker.failed(&PluginFault::Busy);
        }
        assert!(!breaker.is_open());
    }
}
