//! How many things of one kind may happen in a time: some at once, and then one by one.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// A bound, and what has happened within it.
pub(crate) struct Rate {
    /// Time that what happens at once may take in advance.
    ahead: Duration,
    /// Time that one takes.
    each: Duration,
    state: Mutex<State>,
}

struct State {
    /// When everything so far will have taken its time.
    busy_until: Option<Instant>,
    /// Refused since the last one that was admitted.
    withheld: u64,
}

impl Rate {
    /// For log lines of one kind: one in ten seconds.
    pub(crate) const fn of_log_lines() -> Self {
        Self::new(1, Duration::from_secs(10))
    }

    /// So many at once after a pause, then one in `each`.
    pub(crate) const fn new(burst: u32, each: Duration) -> Self {
        Self {
            ahead: each.saturating_mul(burst),
            each,
            state: Mutex::new(State {
                busy_until: None,
                withheld: 0,
            }),
        }
    }

    /// Whether one more may happen now; and how many were withheld since the last one.
    pub(crate) fn admit(&self, now: Instant) -> Option<u64> {
        let mut state = self.state.lock();
        let busy_until = state.busy_until.map_or(now, |until| until.max(now));
        let after = busy_until + self.each;
        if after.saturating_duration_since(now) > self.ahead {
            state.withheld = state.withheld.saturating_add(1);
            return None;
        }
        state.busy_until = Some(after);
        Some(std::mem::take(&mut state.withheld))
    }

    /// One is withheld, whether it would have been admitted or not.
    pub(crate) fn withhold(&self) {
        let mut state = self.state.lock();
        state.withheld = state.withheld.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EACH: Duration = Duration::from_millis(50);

    #[test]
    fn flt_24_one_line_in_ten_seconds_says_how_many_were_withheld() {
        let lines = Rate::of_log_lines();
        let began = Instant::now();
        let after = |seconds| began + Duration::from_secs(seconds);
        assert_eq!(lines.admit(after(0)), Some(0));
        for _ in 0..99 {
            assert_eq!(lines.admit(after(9)), None);
        }
        assert_eq!(lines.admit(after(10)), Some(99));
        assert_eq!(lines.admit(after(11)), None);
        assert_eq!(lines.admit(after(60)), Some(1));
    }

    #[test]
    fn a_burst_is_admitted_and_then_one_by_one() {
        let rate = Rate::new(100, EACH);
        let start = Instant::now();
        let admitted = |at| (0..1000).filter(|_| rate.admit(at).is_some()).count();
        assert_eq!(admitted(start), 100);
        assert_eq!(admitted(start + Duration::from_secs(1)), 20);
        assert_eq!(admitted(start + Duration::from_mins(1)), 100);
    }

    #[test]
    fn the_next_one_says_how_many_were_withheld() {
        let rate = Rate::new(100, EACH);
        let start = Instant::now();
        let withheld = (0..130).filter(|_| rate.admit(start).is_none()).count();
        assert_eq!(withheld, 30);
        rate.withhold();
        assert_eq!(rate.admit(start + EACH), Some(31));
        assert_eq!(rate.admit(start + EACH * 2), Some(0));
    }
}
