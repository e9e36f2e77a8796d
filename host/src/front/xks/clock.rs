//! How this machine's clock differs from that of AWS KMS, which dates what it signs
//! (FLT-75).
//!
//! Only what a credential has signed counts: a stranger can write any date. A request
//! that is more than 300 s away is refused, whoever signed it (XKS-032), and somebody may
//! send an old one again; so it takes several in a row, and none that is in time, before
//! the clock is held to be wrong.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Instant;

use claviger_xks::sigv4::AuthenticationFault;
use tracing::warn;

use crate::words::Rate;

/// From so many seconds on the operator is warned.
const WARNED: i64 = 60;
/// So many signed requests in a row that are out of time.
const ENOUGH: u32 = 5;

/// What the dates of signed requests say.
pub(crate) struct Clock {
    behind: AtomicI64,
    refused: AtomicU32,
    lines: Rate,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            behind: AtomicI64::new(0),
            refused: AtomicU32::new(0),
            lines: Rate::of_log_lines(),
        }
    }
}

impl Clock {
    /// A request was signed so many seconds ago by this machine's clock, and is in time.
    pub(super) fn in_time(&self, behind: i64) {
        self.differs(behind);
        if self.refused.load(Ordering::Relaxed) != 0 {
            self.refused.store(0, Ordering::Relaxed);
        }
    }

    /// A request was not authenticated.
    pub(super) fn refused(&self, fault: &AuthenticationFault) {
        if let AuthenticationFault::Skew {
            behind,
            signed: true,
        } = fault
        {
            self.differs(*behind);
            let _ = self
                .refused
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |so_far| {
                    so_far.checked_add(1)
                });
        }
    }

    /// How many seconds the date of the last signed request was before this machine's
    /// clock; negative when it was after it.
    pub(crate) fn behind(&self) -> i64 {
        self.behind.load(Ordering::Relaxed)
    }

    /// Whether signed requests are refused one after the other because of their dates.
    pub(crate) fn is_wrong(&self) -> bool {
        self.refused.load(Ordering::Relaxed) >= ENOUGH
    }

    fn differs(&self, behind: i64) {
        if self.behind.load(Ordering::Relaxed) != behind {
            self.behind.store(behind, Ordering::Relaxed);
        }
        if behind.abs() >= WARNED && self.lines.admit(Instant::now()).is_some() {
            let direction = if behind > 0 { "before" } else { "after" };
            warn!(
                seconds = behind.abs(),
                "AWS KMS dates its requests {direction} this machine's clock; from 300 s on \
                 they are refused: set the clock, and see that it is kept by NTP"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skew(behind: i64, signed: bool) -> AuthenticationFault {
        AuthenticationFault::Skew { behind, signed }
    }

    #[test]
    fn flt_75_a_clock_is_wrong_when_signed_requests_are_refused_in_a_row() {
        let clock = Clock::default();
        (1..ENOUGH).for_each(|_| clock.refused(&skew(310, true)));
        assert!(!clock.is_wrong());
        assert_eq!(clock.behind(), 310);
        clock.refused(&skew(311, true));
        assert!(clock.is_wrong());
        clock.in_time(-2);
        assert!(!clock.is_wrong());
        assert_eq!(clock.behind(), -2);
    }

    #[test]
    fn flt_75_what_nobody_signed_says_nothing() {
        let clock = Clock::default();
        for _ in 0..100 {
            clock.refused(&skew(310, false));
            clock.refused(&AuthenticationFault::Signature);
        }
        assert!(!clock.is_wrong());
        assert_eq!(clock.behind(), 0);
    }
}
