//! When a connection last began a request.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::IDLE;

/// Costs one store per request, and one timer per connection that is set again only
/// when it fires.
pub(super) struct Activity {
    opened: Instant,
    /// Milliseconds after `opened`.
    last: AtomicU64,
}

impl Activity {
    pub(super) fn new(opened: Instant) -> Self {
        Self {
            opened,
            last: AtomicU64::new(0),
        }
    }

    /// A request began at `now`.
    pub(super) fn touch(&self, now: Instant) {
        let after = now.saturating_duration_since(self.opened).as_millis();
        self.last
            .store(u64::try_from(after).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// From when on the connection counts as idle, unless another request begins.
    /// A request takes far less time than that.
    pub(super) fn idle_from(&self) -> Instant {
        self.opened + Duration::from_millis(self.last.load(Ordering::Relaxed)) + IDLE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xks_137_a_connection_without_requests_is_idle_after_75_seconds() {
        let opened = Instant::now();
        let activity = Activity::new(opened);
        assert_eq!(activity.idle_from(), opened + Duration::from_secs(75));
        activity.touch(opened + Duration::from_mins(1));
        assert_eq!(activity.idle_from(), opened + Duration::from_secs(135));
    }
}
