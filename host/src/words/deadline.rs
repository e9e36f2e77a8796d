//! The wall-clock deadline of one request.

use std::time::{Duration, Instant};

/// The moment at which the answer must be ready. Policies, key lookup,
/// cryptography and the verifying decrypt share one (XKS-134, XKS-135).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// The deadline that lies `budget` after `start`.
    pub(crate) fn after(start: Instant, budget: Duration) -> Self {
        Self(start + budget)
    }

    /// What is left at `now`, or `None` when the deadline has passed.
    pub(crate) fn remaining(self, now: Instant) -> Option<Duration> {
        self.0
            .checked_duration_since(now)
            .filter(|left| !left.is_zero())
    }

    /// A deadline that lies `rest` before this one: for a part of the work, so that
    /// time is left to report when that part is late.
    pub(crate) fn earlier(self, rest: Duration) -> Self {
        Self(self.0.checked_sub(rest).unwrap_or(self.0))
    }

    /// The deadline as tokio's timers take it.
    pub(crate) fn as_tokio(self) -> tokio::time::Instant {
        tokio::time::Instant::from_std(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xks_135_the_deadline_runs_from_the_start_of_the_request() {
        let start = Instant::now();
        let deadline = Deadline::after(start, Duration::from_millis(100));
        let later = start + Duration::from_millis(60);
        assert_eq!(deadline.remaining(later), Some(Duration::from_millis(40)));
        assert_eq!(deadline.remaining(start + Duration::from_millis(100)), None);
        assert_eq!(deadline.remaining(start + Duration::from_secs(9)), None);
    }
}
