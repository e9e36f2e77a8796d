//! Who may try to open a session, and when: one thread at a time, less and less
//! often while it fails.

use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::slot::OpenFault;

/// From one attempt that failed to the next.
const FIRST_DELAY: Duration = Duration::from_millis(20);
/// After many of them. Service is back this much after the device at the latest.
const LAST_DELAY: Duration = Duration::from_millis(300);
/// An attempt that takes longer no longer keeps others from trying.
pub(super) const ATTEMPT: Duration = Duration::from_secs(5);

/// The turns that threads take to open sessions of one token.
#[derive(Default)]
pub(super) struct Recovery {
    turns: Mutex<Turns>,
    changed: Condvar,
}

#[derive(Default)]
struct Turns {
    /// Until when somebody's attempt keeps others waiting.
    trying: Option<Instant>,
    /// Not before.
    next: Option<Instant>,
    delay: Duration,
    /// Failed attempts in a row.
    failures: u32,
    last_fault: Option<OpenFault>,
    /// Sessions that began to serve, ever.
    served: usize,
    stopped: bool,
}

/// The right to try once; it ends with [`Recovery::succeeded`] or
/// [`Recovery::failed`].
#[must_use]
pub(super) struct Turn(());

impl Recovery {
    /// Waits for a turn. `None` when there will be none any more.
    pub(super) fn wait(&self) -> Option<Turn> {
        let mut turns = self.turns.lock();
        loop {
            if turns.stopped {
                return None;
            }
            let now = Instant::now();
            match turns.later(now) {
                None => {
                    turns.trying = Some(now + ATTEMPT);
                    return Some(Turn(()));
                }
                Some(later) => {
                    self.changed.wait_until(&mut turns, later);
                }
            }
        }
    }

    /// A turn, unless attempts fail at the moment or it does not come within
    /// `patience`.
    pub(super) fn soon(&self, patience: Duration) -> Option<Turn> {
        let until = Instant::now() + patience;
        let mut turns = self.turns.lock();
        loop {
            let now = Instant::now();
            if turns.stopped || turns.next.is_some_and(|next| next > now) {
                return None;
            }
            if turns.later(now).is_none() {
                turns.trying = Some(now + ATTEMPT);
                return Some(Turn(()));
            }
            if self.changed.wait_until(&mut turns, until).timed_out() {
                return None;
            }
        }
    }

    /// The attempt succeeded.
    pub(super) fn succeeded(&self, _: Turn) {
        let mut turns = self.turns.lock();
        turns.trying = None;
        turns.next = None;
        turns.delay = Duration::ZERO;
        turns.failures = 0;
        self.changed.notify_all();
    }

    /// The attempt failed; how many did in a row. After a refused PIN there are
    /// no more turns: more attempts would lock the token's user.
    pub(super) fn failed(&self, _: Turn, fault: OpenFault) -> u32 {
        let mut turns = self.turns.lock();
        turns.trying = None;
        turns.delay = (turns.delay * 2).clamp(FIRST_DELAY, LAST_DELAY);
        turns.next = Some(Instant::now() + turns.delay);
        turns.failures = turns.failures.saturating_add(1);
        turns.stopped |= matches!(fault, OpenFault::Pin(_));
        turns.last_fault = Some(fault);
        self.changed.notify_all();
        turns.failures
    }

    /// The library was started again: the next attempt need not wait.
    pub(super) fn hasten(&self) {
        let mut turns = self.turns.lock();
        turns.next = None;
        self.changed.notify_all();
    }

    /// A session that an attempt had opened serves.
    pub(super) fn serves(&self) {
        self.turns.lock().served += 1;
        self.changed.notify_all();
    }

    /// Waits until `sessions` serve, an attempt has failed, or `patience` is
    /// over.
    pub(super) fn first_result(
        &self,
        sessions: usize,
        patience: Duration,
    ) -> Result<(), Option<OpenFault>> {
        let until = Instant::now() + patience;
        let mut turns = self.turns.lock();
        loop {
            if let Some(fault) = &turns.last_fault {
                return Err(Some(fault.clone()));
            }
            if turns.served >= sessions {
                return Ok(());
            }
            if self.changed.wait_until(&mut turns, until).timed_out() {
                return Err(turns.last_fault.clone());
            }
        }
    }

    /// Whether there will be no more turns.
    pub(super) fn is_stopped(&self) -> bool {
        self.turns.lock().stopped
    }

    /// No more turns.
    pub(super) fn stop(&self) {
        self.turns.lock().stopped = true;
        self.changed.notify_all();
    }
}

impl Turns {
    /// Until when nobody may try.
    fn later(&self, now: Instant) -> Option<Instant> {
        [self.trying, self.next]
            .into_iter()
            .flatten()
            .filter(|until| *until > now)
            .max()
    }
}

#[cfg(test)]
mod tests {
    use super::super::return_value::ReturnValue;
    use super::*;

    fn fault() -> OpenFault {
        OpenFault::Unreachable(ReturnValue(0x30))
    }

    #[test]
    fn one_thread_tries_at_a_time() {
        let recovery = Recovery::default();
        let at_once = Duration::ZERO;
        let turn = recovery.soon(at_once).unwrap();
        assert!(recovery.soon(at_once).is_none());
        recovery.succeeded(turn);
        assert!(recovery.soon(at_once).is_some());
    }

    #[test]
    fn attempts_that_fail_come_less_and_less_often() {
        let recovery = Recovery::default();
        let mut delays = Vec::new();
        for _ in 0..7 {
            let turn = recovery.wait().unwrap();
            let _ = recovery.failed(turn, fault());
            delays.push(recovery.turns.lock().delay.as_millis());
            recovery.hasten();
        }
        assert_eq!(delays, [20, 40, 80, 160, 300, 300, 300]);
        let turn = recovery.wait().unwrap();
        recovery.succeeded(turn);
        assert_eq!(recovery.turns.lock().failures, 0);
    }

    #[test]
    fn a_refused_pin_ends_the_attempts() {
        let recovery = Recovery::default();
        let turn = recovery.wait().unwrap();
        let _ = recovery.failed(turn, OpenFault::Pin(ReturnValue(0xa0)));
        assert!(recovery.wait().is_none());
    }
}
