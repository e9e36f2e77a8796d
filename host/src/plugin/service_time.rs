//! How long an instance is in use for one request, as a rule.
//!
//! A request that has to wait for an instance is only let wait while what is left of
//! its deadline is enough to be served afterwards. Otherwise those that have waited
//! too long would take instances, and miss their deadlines with them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A moving average, in nanoseconds; the newest time counts for an eighth.
#[derive(Default)]
pub(super) struct ServiceTime(AtomicU64);

impl ServiceTime {
    /// Zero until something was served.
    pub(super) fn usual(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }

    /// A request was served in this time.
    pub(super) fn took(&self, time: Duration) {
        let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let usual = self.0.load(Ordering::Relaxed);
        let next = match usual {
            0 => time,
            _ => usual - usual / 8 + time / 8,
        };
        // A race loses one of two times.
        self.0.store(next, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_time_follows_what_was_served() {
        let times = ServiceTime::default();
        assert_eq!(times.usual(), Duration::ZERO);
        times.took(Duration::from_millis(80));
        assert_eq!(times.usual(), Duration::from_millis(80));
        (0..100).for_each(|_| times.took(Duration::from_millis(8)));
        let usual = times.usual();
        assert!((7..10).contains(&usual.as_millis()), "{usual:?}");
    }
}
