//! Which questions are worth an answer that is remembered: those that come again.
//!
//! Callers that are never the same twice would otherwise fill the memory with
//! decisions that nobody asks for again, and throw out those that somebody does.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::atomic::{AtomicU32, Ordering};

/// Questions that are told apart. Of two that fall on one place the later one counts;
/// the earlier one is put to the policy once more.
const PLACES: usize = 2048;

/// Marks of the latest questions, 8 KiB.
pub(super) struct Repeated {
    marks: Box<[AtomicU32]>,
    hasher: RandomState,
}

impl Default for Repeated {
    fn default() -> Self {
        Self {
            marks: (0..PLACES).map(|_| AtomicU32::new(0)).collect(),
            hasher: RandomState::new(),
        }
    }
}

impl Repeated {
    /// Whether this question was there a short while ago, as far as is known. It is
    /// from now on.
    pub(super) fn note(&self, question: &impl Hash) -> bool {
        let [a, b, c, d, place @ ..] = self.hasher.hash_one(question).to_le_bytes();
        let place = u32::from_le_bytes(place) as usize % PLACES;
        // Nothing is marked with 0.
        let mark = u32::from_le_bytes([a, b, c, d]) | 1;
        // Not out of range: a remainder.
        let Some(place) = self.marks.get(place) else {
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
        assert!(!repeated.note(&"who"));
        assert!(repeated.note(&"who"));
        assert!(!repeated.note(&"somebody else"));
    }

    #[test]
    fn flt_10_questions_that_are_asked_once_leave_nothing_behind() {
        let repeated = Repeated::default();
        let again = (0..100_000).filter(|number| repeated.note(number)).count();
        assert!(again < 10, "{again}");
    }
}
