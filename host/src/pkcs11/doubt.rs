//! Failures that a lost device and an overloaded one have in common.
//!
//! To an AWS CloudHSM `CKR_FUNCTION_FAILED` is both. Giving sessions up at once would
//! burden the overloaded one more, and never giving them up would keep the library
//! from being started again. So a session is given up when for a while no call of
//! the token has ended otherwise: whether another can be opened tells which it is.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Nothing but such failures for so long.
const PATIENCE: Duration = Duration::from_millis(500);

/// Since when a token is in doubt.
#[derive(Default)]
pub(super) struct Doubt {
    /// In nanoseconds of the token's life; 0 while there is none.
    since: AtomicU64,
}

impl Doubt {
    /// A call ended in another way, or a session could be opened.
    pub(super) fn ends(&self) {
        // Read first: every call comes by, and hardly one has to write.
        if self.since.load(Ordering::Relaxed) != 0 {
            self.since.store(0, Ordering::Relaxed);
        }
    }

    /// A call failed so when the token was `age` nanoseconds old. True when its
    /// session is to be given up.
    pub(super) fn grows(&self, age: u64) -> bool {
        let age = age.max(1);
        let first = self
            .since
            .compare_exchange(0, age, Ordering::Relaxed, Ordering::Relaxed);
        let since = first.err().unwrap_or(age);
        u128::from(age.saturating_sub(since)) >= PATIENCE.as_nanos()
    }
}

#[cfg(test)]
mod tests {
    use super::Doubt;

    const MILLISECOND: u64 = 1_000_000;

    #[test]
    fn a_session_is_given_up_when_nothing_else_has_come_for_a_while() {
        let doubt = Doubt::default();
        assert!(!doubt.grows(0));
        assert!(!doubt.grows(499 * MILLISECOND));
        assert!(doubt.grows(501 * MILLISECOND));
        assert!(doubt.grows(502 * MILLISECOND));
        doubt.ends();
        assert!(!doubt.grows(600 * MILLISECOND));
        assert!(doubt.grows(1100 * MILLISECOND));
    }
}
