//! Which address of an upstream is asked first: the first that is not known to fail.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long an address that failed is asked last.
const AVOIDED: Duration = Duration::from_secs(2);

/// What is known of each address.
pub(super) struct Order {
    began: Instant,
    /// Milliseconds since then until an address is asked first again; 0 for one that
    /// answered last.
    avoided: Vec<AtomicU64>,
}

impl Order {
    pub(super) fn new(addresses: usize) -> Self {
        Self {
            began: Instant::now(),
            avoided: (0..addresses).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// All of them, those that failed of late at the end. An address whose time is over
    /// is tried by one request, while the others still avoid it.
    pub(super) fn addresses(&self, now: Instant) -> Vec<usize> {
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        let now = self.millis(now);
        for (index, avoided) in self.avoided.iter().enumerate() {
            let until = avoided.load(Ordering::Relaxed);
            let tries = until == 0
                || (until <= now
                    && avoided
                        .compare_exchange(
                            until,
                            now.saturating_add(millis(AVOIDED)),
                            Ordering::Relaxed,
                            Ordering::Relaxed,
                        )
                        .is_ok());
            if tries {
                good.push(index);
            } else {
                bad.push(index);
            }
        }
        good.append(&mut bad);
        good
    }

    pub(super) fn answered(&self, index: usize) {
        if let Some(avoided) = self.avoided.get(index)
            && avoided.load(Ordering::Relaxed) != 0
        {
            avoided.store(0, Ordering::Relaxed);
        }
    }

    pub(super) fn failed(&self, index: usize, now: Instant) {
        if let Some(avoided) = self.avoided.get(index) {
            let until = self.millis(now).saturating_add(millis(AVOIDED)).max(1);
            avoided.store(until, Ordering::Relaxed);
        }
    }

    /// Whether one of them answered last.
    pub(super) fn is_up(&self) -> bool {
        let mut avoided = self.avoided.iter();
        avoided.any(|until| until.load(Ordering::Relaxed) == 0)
    }

    fn millis(&self, now: Instant) -> u64 {
        millis(now.saturating_duration_since(self.began))
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_failed_is_asked_last_until_one_request_has_tried_it() {
        let order = Order::new(3);
        let now = order.began;
        assert_eq!(order.addresses(now), [0, 1, 2]);
        order.failed(0, now);
        assert_eq!(order.addresses(now), [1, 2, 0]);
        let later = now + AVOIDED;
        assert_eq!(order.addresses(later), [0, 1, 2], "one tries it");
        assert_eq!(order.addresses(later), [1, 2, 0], "and no other");
        order.answered(0);
        assert_eq!(order.addresses(later), [0, 1, 2]);
        for address in 0..3 {
            assert!(order.is_up());
            order.failed(address, later);
        }
        assert!(!order.is_up());
        assert_eq!(order.addresses(later), [0, 1, 2], "they are still asked");
    }
}
