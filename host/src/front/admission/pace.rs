//! So many requests a second, and as many at once after a second without any.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// In nanoseconds.
const SECOND: u64 = 1_000_000_000;

/// The time that the requests so far would have taken at an even pace.
pub(super) struct Pace {
    began: Instant,
    /// When the next request of an even stream is due, in nanoseconds after `began`.
    due: AtomicU64,
}

impl Pace {
    pub(super) fn new(began: Instant) -> Self {
        Self {
            began,
            due: AtomicU64::new(0),
        }
    }

    /// Whether another request at `now` keeps to the pace; counts it if it does.
    pub(super) fn allows(&self, per_second: NonZeroU32, now: Instant) -> bool {
        let elapsed = now.saturating_duration_since(self.began).as_nanos();
        let now = u64::try_from(elapsed).unwrap_or(u64::MAX);
        let step = SECOND / u64::from(per_second.get());
        let latest = now.saturating_add(SECOND - step);
        let count = |due: u64| (due <= latest).then(|| due.max(now).saturating_add(step));
        self.due
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, count)
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// How many of 1,000 requests at `now` are allowed.
    fn allowed(pace: &Pace, per_second: u32, now: Instant) -> usize {
        let per_second = NonZeroU32::new(per_second).unwrap();
        (0..1000).filter(|_| pace.allows(per_second, now)).count()
    }

    #[test]
    fn xks_132_a_second_of_requests_at_once_and_then_an_even_pace() {
        let began = Instant::now();
        let after = |milliseconds| began + Duration::from_millis(milliseconds);
        let pace = Pace::new(began);
        assert_eq!(allowed(&pace, 10, began), 10);
        assert_eq!(allowed(&pace, 10, after(99)), 0);
        assert_eq!(allowed(&pace, 10, after(100)), 1);
        assert_eq!(allowed(&pace, 10, after(600)), 5);
        // What was not used is not saved up for longer than a second.
        assert_eq!(allowed(&pace, 10, after(60_000)), 10);
        // Another configuration takes effect at once.
        assert_eq!(allowed(&pace, 1, after(61_000)), 1);
        assert_eq!(allowed(&pace, 500, after(62_000)), 500);
    }
}
