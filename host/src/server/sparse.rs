//! Log lines of one kind, at most one in some time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The least time between two lines of one kind.
const BETWEEN: Duration = Duration::from_secs(10);

/// When the last line was written, and what was withheld since then.
pub(super) struct Sparse {
    began: Instant,
    /// Before this, in milliseconds after `began`, no line is written.
    next: AtomicU64,
    withheld: AtomicU64,
}

impl Default for Sparse {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            next: AtomicU64::new(0),
            withheld: AtomicU64::new(0),
        }
    }
}

impl Sparse {
    /// Whether to write a line now, and how many were withheld since the last one.
    pub(super) fn line(&self, now: Instant) -> Option<u64> {
        let after = |time: Instant| {
            let elapsed = time.saturating_duration_since(self.began).as_millis();
            u64::try_from(elapsed).unwrap_or(u64::MAX)
        };
        let turn = |next: u64| (next <= after(now)).then(|| after(now + BETWEEN));
        let ours = self
            .next
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, turn);
        if ours.is_ok() {
            Some(self.withheld.swap(0, Ordering::Relaxed))
        } else {
            self.withheld.fetch_add(1, Ordering::Relaxed);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flt_24_one_line_in_ten_seconds_says_how_many_were_withheld() {
        let sparse = Sparse::default();
        let after = |seconds| sparse.began + Duration::from_secs(seconds);
        assert_eq!(sparse.line(after(0)), Some(0));
        for _ in 0..99 {
            assert_eq!(sparse.line(after(9)), None);
        }
        assert_eq!(sparse.line(after(10)), Some(99));
        assert_eq!(sparse.line(after(11)), None);
        assert_eq!(sparse.line(after(60)), Some(1));
    }
}
