//! Attempts to open a session: less and less often while they fail.

use std::time::{Duration, Instant};

use super::super::library::Restart;
use super::super::slot::OpenFault;

/// From one attempt that failed to the next.
const FIRST_DELAY: Duration = Duration::from_millis(20);
/// After many of them. Service is back this much after the device at the latest.
const LAST_DELAY: Duration = Duration::from_millis(300);
/// Failures in a row after which the library is started again.
const BEFORE_RESTART: u32 = 2;

/// After so much time without success a restart may end sessions of other tokens of
/// the library; then after twice as much, and so on.
const FIRST_FOR_ALL: Duration = Duration::from_secs(1);
const LAST_FOR_ALL: Duration = Duration::from_secs(30);

/// How the attempts of one token went.
#[derive(Default)]
pub(super) struct Attempts {
    /// Failures in a row.
    failures: u32,
    /// When the next may be made.
    pub(super) next: Option<Instant>,
    /// The library is to be started again.
    pub(super) restart: bool,
    /// When that may end the sessions of other tokens, and after how long once more:
    /// many libraries look for tokens at their start only.
    for_all: Option<(Instant, Duration)>,
    /// There are to be no more: they would lock the token's user.
    pub(super) refused: bool,
    pub(super) last_fault: Option<OpenFault>,
}

impl Attempts {
    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
        self.next = None;
        self.restart = false;
        self.for_all = None;
    }

    pub(super) fn failed(&mut self, fault: &OpenFault, now: Instant) {
        let delay = FIRST_DELAY.saturating_mul(1 << self.failures.min(8));
        self.next = Some(now + delay.min(LAST_DELAY));
        self.failures = self.failures.saturating_add(1);
        self.refused |= matches!(fault, OpenFault::Pin(_));
        self.restart = self.failures >= BEFORE_RESTART && !self.refused;
        self.last_fault = Some(fault.clone());
        self.for_all
            .get_or_insert((now + FIRST_FOR_ALL, FIRST_FOR_ALL));
    }

    /// Whom the restart that is due may disturb.
    pub(super) fn manner(&mut self, now: Instant) -> Restart {
        match self.for_all {
            Some((at, pause)) if now >= at => {
                let pause = (2 * pause).min(LAST_FOR_ALL);
                self.for_all = Some((now + pause, pause));
                Restart::ForAll
            }
            _ => Restart::IfUnused,
        }
    }

    /// Until when none may be made because the last has failed.
    pub(super) fn pause(&self, now: Instant) -> Option<Instant> {
        self.next.filter(|next| *next > now)
    }
}
