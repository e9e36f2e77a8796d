//! How many requests are served at once (XKS-132).
//!
//! A request beyond the limit is refused at once and does not wait in a queue: KMS
//! waits for 250 ms only, and after a refusal it tells its caller to slow down.
//! Requests are counted over all snapshots, so that a change of the configuration
//! does not let in as many again.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How many requests are being served.
#[derive(Default)]
pub(crate) struct Admission(AtomicUsize);

/// The right to be served; dropped with the request.
pub(crate) struct Admitted<'a>(&'a AtomicUsize);

impl Admission {
    /// Never waits. `most` is the limit of the request's snapshot.
    pub(crate) fn admit(&self, most: usize) -> Option<Admitted<'_>> {
        let inside = self.0.fetch_add(1, Ordering::Relaxed);
        let admitted = Admitted(&self.0);
        (inside < most).then_some(admitted)
    }
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xks_132_what_is_beyond_the_limit_is_refused_until_a_place_is_free() {
        let admission = Admission::default();
        let first = admission.admit(2);
        let second = admission.admit(2);
        assert!(first.is_some() && second.is_some());
        assert!(admission.admit(2).is_none());
        assert!(admission.admit(2).is_none());
        drop(first);
        assert!(admission.admit(2).is_some());
    }
}
