//! Whether the calls of one plugin for one key store are quick, as they are as a
//! rule, or better begin on the slow lane.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// A call that takes longer than this on a thread that moves requests is not quick.
pub(super) const QUICK: Duration = Duration::from_micros(250);
/// One that works for several requests may take so many times as long at the most: it
/// still holds a thread.
const TOGETHER: u32 = 4;
/// From this score on calls begin on the slow lane.
const SLOW: u32 = 32;
/// The highest score: so many quick calls in a row as it is above [`SLOW`], and the
/// plugin counts as quick again.
const MOST: u32 = 64;
/// What a call that was not quick adds. A quick one takes off one, so one slow call
/// in nine is put up with: threads are preempted, caches are cold.
const NOT_QUICK: u32 = 8;

/// A score of the latest calls.
#[derive(Default)]
pub(super) struct Pace(AtomicU32);

impl Pace {
    pub(super) fn is_slow(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= SLOW
    }

    /// A call that worked for so many requests was done in this time.
    pub(super) fn took(&self, time: Duration, requests: u32) {
        let score = self.0.load(Ordering::Relaxed);
        // Races lose a point of a score that is only a guess.
        if time > QUICK * requests.min(TOGETHER) {
            let more = score.saturating_add(NOT_QUICK);
            self.0.store(more.min(MOST), Ordering::Relaxed);
        } else if score > 0 {
            self.0.store(score - 1, Ordering::Relaxed);
        }
    }

    /// A call had to give way.
    pub(super) fn gave_way(&self) {
        self.0.store(MOST, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flt_02_calls_that_are_often_slow_begin_on_the_slow_lane() {
        let pace = Pace::default();
        for _ in 0..4 {
            assert!(!pace.is_slow());
            pace.took(QUICK * 2, 1);
        }
        assert!(pace.is_slow());
    }

    #[test]
    fn a_call_for_several_requests_may_take_longer_and_not_without_end() {
        let pace = Pace::default();
        for _ in 0..100 {
            pace.took(QUICK * 3, 3);
            pace.took(QUICK * TOGETHER, 100);
        }
        assert!(!pace.is_slow());
        for _ in 0..4 {
            pace.took(QUICK * 5, 100);
        }
        assert!(pace.is_slow());
    }

    #[test]
    fn a_slow_call_among_many_quick_ones_changes_nothing() {
        let pace = Pace::default();
        for _ in 0..100 {
            pace.took(QUICK * 100, 1);
            (0..9).for_each(|_| pace.took(QUICK, 1));
            assert!(!pace.is_slow());
        }
    }

    #[test]
    fn one_call_that_gave_way_is_enough_and_many_quick_ones_make_up_for_it() {
        let pace = Pace::default();
        pace.gave_way();
        for _ in 0..32 {
            assert!(pace.is_slow());
            pace.took(QUICK, 1);
        }
        pace.took(QUICK, 1);
        assert!(!pace.is_slow());
    }
}
