//! How this machine's clock differs from that of AWS KMS, which dates what it signs
//! (FLT-75).
//!
//! Only what a credential has signed counts: a stranger can write any date. A request
//! that is more than 300 s away is refused, whoever signed it (XKS-032), and somebody may
//! send an old one again; so it takes several in a row that are dated apart, and none
//! that is in time. Whoever has a credential could still send those: what one key store
//! sees is forgotten after a minute, and says nothing against what another one sees.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use claviger_xks::sigv4::AuthenticationFault;
use tracing::warn;

use crate::words::Rate;

/// From so many seconds on the operator is warned.
const WARNED: i64 = 60;
/// So many signed requests in a row that are out of time.
const ENOUGH: u32 = 5;
/// What was seen before so many seconds says nothing.
const FORGOTTEN: i64 = 60;

/// What the dates of requests say that were signed for one key store.
pub(crate) struct Clock {
    behind: AtomicI64,
    /// In a row.
    refused: AtomicU32,
    /// The date of the last one of them, and when it came: in seconds since 1970 by this
    /// machine's clock.
    refused_date: AtomicI64,
    refused_at: AtomicI64,
    /// When one last came in time.
    in_time_at: AtomicI64,
    lines: Rate,
}

/// What a clock says of the machine's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Nothing,
    Right,
    Wrong,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            behind: AtomicI64::new(0),
            refused: AtomicU32::new(0),
            refused_date: AtomicI64::new(i64::MIN),
            refused_at: AtomicI64::new(i64::MIN),
            in_time_at: AtomicI64::new(i64::MIN),
            lines: Rate::of_log_lines(),
        }
    }
}

impl Clock {
    /// A request was signed so many seconds ago by this machine's clock, and is in time.
    pub(super) fn in_time(&self, behind: i64, now: SystemTime) {
        self.differs(behind);
        change(&self.in_time_at, seconds(now));
        if self.refused.load(Ordering::Relaxed) != 0 {
            self.refused.store(0, Ordering::Relaxed);
        }
    }

    /// A request was not authenticated.
    pub(super) fn refused(&self, fault: &AuthenticationFault, now: SystemTime) {
        let AuthenticationFault::Skew {
            behind,
            signed: true,
        } = *fault
        else {
            return;
        };
        let now = seconds(now);
        let date = now.saturating_sub(behind);
        // The same one again says nothing new.
        if self.refused_date.swap(date, Ordering::Relaxed) == date {
            return;
        }
        self.differs(behind);
        let before = self.refused_at.swap(now, Ordering::Relaxed);
        let in_a_row = if is_lately(before, now) {
            self.refused.load(Ordering::Relaxed)
        } else {
            0
        };
        self.refused
            .store(in_a_row.saturating_add(1), Ordering::Relaxed);
    }

    fn behind(&self) -> i64 {
        self.behind.load(Ordering::Relaxed)
    }

    /// When a signed request last came, in time or not; `i64::MIN` before the first.
    fn heard_at(&self) -> i64 {
        let [in_time, refused] = [&self.in_time_at, &self.refused_at];
        let at = |cell: &AtomicI64| cell.load(Ordering::Relaxed);
        at(in_time).max(at(refused))
    }

    /// How many seconds the date of the last signed request was before this machine's
    /// clock; negative when it was after it. Of several key stores the nearest of those
    /// that have requests, or the last that had one; 0 before the first request.
    pub(crate) fn difference<'c>(
        all: impl Iterator<Item = &'c Self> + Clone,
        now: SystemTime,
    ) -> i64 {
        let now = seconds(now);
        let lately = all.clone().filter(|clock| is_lately(clock.heard_at(), now));
        let nearest = lately.map(Self::behind).min_by_key(|behind| behind.abs());
        nearest.unwrap_or_else(|| {
            all.max_by_key(|clock| clock.heard_at())
                .map_or(0, Self::behind)
        })
    }

    fn says(&self, now: SystemTime) -> Says {
        let now = seconds(now);
        let lately = |at: &AtomicI64| is_lately(at.load(Ordering::Relaxed), now);
        if self.refused.load(Ordering::Relaxed) >= ENOUGH {
            if lately(&self.refused_at) {
                Says::Wrong
            } else {
                Says::Nothing
            }
        } else if lately(&self.in_time_at) {
            Says::Right
        } else {
            Says::Nothing
        }
    }

    /// By how much this machine's clock is wrong, if signed requests are refused one after
    /// the other because of their dates, and no key store sees any that are in time.
    pub(crate) fn is_wrong<'c>(
        all: impl Iterator<Item = &'c Self>,
        now: SystemTime,
    ) -> Option<i64> {
        let mut wrong = None;
        for clock in all {
            match clock.says(now) {
                Says::Right => return None,
                Says::Wrong => wrong = Some(clock.behind()),
                Says::Nothing => {}
            }
        }
        wrong
    }

    fn differs(&self, behind: i64) {
        change(&self.behind, behind);
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

/// Whether this second is not forgotten; a clock that was put back forgets all.
fn is_lately(at: i64, now: i64) -> bool {
    (0..=FORGOTTEN).contains(&now.saturating_sub(at))
}

/// All processors can keep a copy of what nobody writes.
fn change(cell: &AtomicI64, value: i64) {
    if cell.load(Ordering::Relaxed) != value {
        cell.store(value, Ordering::Relaxed);
    }
}

fn seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn skew(behind: i64, signed: bool) -> AuthenticationFault {
        AuthenticationFault::Skew { behind, signed }
    }

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
    }

    /// So many requests that are dated apart, a second from one to the next.
    fn late(clock: &Clock, count: u64) {
        (0..count).for_each(|n| clock.refused(&skew(310, true), at(n)));
    }

    fn wrong(clocks: &[&Clock], now: SystemTime) -> Option<i64> {
        Clock::is_wrong(clocks.iter().copied(), now)
    }

    #[test]
    fn flt_75_a_clock_is_wrong_when_signed_requests_are_refused_in_a_row() {
        let clock = Clock::default();
        late(&clock, 4);
        assert_eq!(wrong(&[&clock], at(4)), None);
        assert_eq!(clock.behind(), 310);
        clock.refused(&skew(311, true), at(9));
        assert_eq!(wrong(&[&clock], at(9)), Some(311));
        clock.in_time(-2, at(10));
        assert_eq!(wrong(&[&clock], at(10)), None);
        assert_eq!(clock.behind(), -2);
    }

    #[test]
    fn flt_75_one_request_that_is_sent_again_and_again_says_nothing() {
        let clock = Clock::default();
        for n in 0..100 {
            let behind = 1000 + i64::try_from(n).unwrap();
            clock.refused(&skew(behind, true), at(n));
        }
        assert_eq!(wrong(&[&clock], at(100)), None);
    }

    #[test]
    fn flt_75_what_one_key_store_sees_is_forgotten_and_outweighs_no_other() {
        let (greedy, other) = (Clock::default(), Clock::default());
        late(&greedy, 9);
        assert_eq!(wrong(&[&greedy, &other], at(9)), Some(310));
        other.in_time(0, at(5));
        assert_eq!(wrong(&[&greedy, &other], at(9)), None);
        assert_eq!(
            wrong(&[&greedy, &other], at(66)),
            Some(310),
            "the other is quiet"
        );
        assert_eq!(wrong(&[&greedy, &other], at(70)), None, "so is this one");
    }

    #[test]
    fn flt_75_a_row_is_within_a_minute() {
        let clock = Clock::default();
        late(&clock, 4);
        clock.refused(&skew(310, true), at(70));
        assert_eq!(wrong(&[&clock], at(70)), None, "the others are forgotten");
        // And the last one of a row again does not keep it.
        late(&clock, 5);
        let last = skew(310 + 100, true);
        clock.refused(&last, at(4 + 100));
        assert_eq!(wrong(&[&clock], at(104)), None);
    }

    #[test]
    fn flt_75_a_key_store_that_is_quiet_hides_no_difference() {
        let (quiet, busy) = (Clock::default(), Clock::default());
        let difference = |now| Clock::difference([&quiet, &busy].into_iter(), at(now));
        assert_eq!(difference(0), 0);
        quiet.in_time(1, at(0));
        busy.in_time(200, at(30));
        assert_eq!(difference(30), 1);
        busy.in_time(200, at(100));
        assert_eq!(difference(100), 200);
        assert_eq!(difference(1000), 200);
    }

    #[test]
    fn flt_75_what_nobody_signed_says_nothing() {
        let clock = Clock::default();
        for n in 0..100 {
            clock.refused(&skew(310, false), at(n));
            clock.refused(&AuthenticationFault::Signature, at(n));
        }
        assert_eq!(wrong(&[&clock], at(100)), None);
        assert_eq!(clock.behind(), 0);
    }
}
