//! How many requests are served at once (XKS-132).
//!
//! More than that are answered 429 at once: a request that would wait in a queue
//! for most of its 250 ms is better refused, because AWS KMS tells its caller to
//! slow down.

use tokio::sync::{Semaphore, SemaphorePermit};

/// The limit, and who is inside it.
pub(crate) struct Admission(Semaphore);

/// The right to be served; dropped with the request.
pub(crate) struct Admitted<'a>(#[expect(dead_code, reason = "held, not read")] SemaphorePermit<'a>);

impl Admission {
    pub(crate) fn new(requests_in_flight: usize) -> Self {
        Self(Semaphore::new(requests_in_flight))
    }

    /// Never waits.
    pub(crate) fn admit(&self) -> Option<Admitted<'_>> {
        self.0.try_acquire().ok().map(Admitted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xks_132_what_is_beyond_the_limit_is_refused_until_a_place_is_free() {
        let admission = Admission::new(2);
        let first = admission.admit();
        let second = admission.admit();
        assert!(first.is_some() && second.is_some());
        assert!(admission.admit().is_none());
        drop(first);
        assert!(admission.admit().is_some());
    }
}
