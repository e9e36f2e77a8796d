//! Which questions are worth an answer that is remembered: those that come again.
//!
//! Callers that are never the same twice would otherwise fill the memory with
//! decisions that nobody asks for again, and throw out those that somebody does.

use std::sync::atomic::{AtomicU32, Ordering};

/// Questions that are told apart. Of two that fall on one place the later one counts;
/// the earlier one is put to the policy once more.
const PLACES: usize = 2048;

/// Marks of the latest questions, 8 KiB.
pub(super) struct Repeated(Box<[AtomicU32]>);

impl Default for Repeated {
    fn default() -> Self {
        Self((0..PLACES).map(|_| AtomicU32::new(0)).collect())
    }
}

impl Repeated {
    /// Whether the question of this digest was there a short while ago, as far as is
    /// known. It is from now on.
    pub(super) fn note(&self, digest: u64) -> bool {
        let [a, b, c, d, place @ ..] = digest.to_le_bytes();
        let place = u32::from_le_bytes(place) as usize % PLACES;
        // Nothing is marked with 0.
        let mark = u32::from_le_bytes([a, b, c, d]) | 1;
        // Not out of range: a remainder.
        let Some(place) = self.0.get(place) else {
            return false;
        };
        if place.load(Ordering::Relaxed) == mark {
            return true;
        }
        place.store(mark, Ordering::Relaxed);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_repeated_when_it_was_asked_before() {
        let repeated = Repeated::default();
        assert!(!repeated.note(1));
        assert!(repeated.note(1));
        assert!(!repeated.note(1 << 40));
    }

    #[test]
    fn flt_10_questions_that_are_asked_once_leave_nothing_behind() {
        let repeated = Repeated::default();
        let digest = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let again = (1..100_000).filter(|&number| repeated.note(digest(number)));
        let again = again.count();
        assert!(again < 10, "{again}");
    }
}
