//! Answers of plugins that may be given again, by the plugin's own word.
//!
//! A lookup can be as expensive as the encryption itself, on an HSM much more so,
//! and a policy can be long, while their answers change when somebody disables a
//! key or restarts the host with other settings.

use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::time::{Duration, Instant};

use parking_lot::RwLock;

/// The longest that an answer is fresh: a key that is disabled must be refused
/// within a second, and the backend's own view of it may be behind as well.
const MOST: Duration = Duration::from_millis(500);
/// Answers in one generation; two are kept.
const GENERATION: usize = 4096;
/// Bytes of the questions and answers of one generation: a plugin cannot make the
/// host keep more than twice as much.
const GENERATION_BYTES: usize = 2 << 20;

/// The fresh answers `A` to questions `Q` of one plugin for one key store.
pub(super) struct FreshAnswers<Q, A>(RwLock<Generations<Q, A>>);

/// Answers are added to the young generation. When it is full, or as old as an
/// answer can be, it becomes the old one, and the old one is forgotten: nothing is
/// ever searched for what has expired.
struct Generations<Q, A> {
    young: HashMap<Q, Fresh<A>>,
    old: HashMap<Q, Fresh<A>>,
    young_bytes: usize,
    began: Option<Instant>,
}

struct Fresh<A> {
    answer: A,
    until: Instant,
}

impl<Q, A> Default for FreshAnswers<Q, A> {
    fn default() -> Self {
        Self(RwLock::new(Generations {
            young: HashMap::new(),
            old: HashMap::new(),
            young_bytes: 0,
            began: None,
        }))
    }
}

impl<Q: Eq + Hash, A: Clone> FreshAnswers<Q, A> {
    pub(super) fn get(&self, question: &Q, now: Instant) -> Option<A> {
        let generations = self.0.read();
        [&generations.young, &generations.old]
            .into_iter()
            .find_map(|answers| answers.get(question).filter(|fresh| now < fresh.until))
            .map(|fresh| fresh.answer.clone())
    }

    /// Remembers the answer to a question that was asked at `asked`. Together they
    /// take up about so many `bytes`.
    pub(super) fn put(
        &self,
        question: Q,
        answer: A,
        bytes: usize,
        asked: Instant,
        fresh_for: Duration,
    ) {
        if fresh_for.is_zero() || bytes > GENERATION_BYTES {
            return;
        }
        let until = asked + fresh_for.min(MOST);
        let mut generations = self.0.write();
        let began = *generations.began.get_or_insert(asked);
        let aged = asked.saturating_duration_since(began) >= MOST;
        let full = generations.young.len() >= GENERATION
            || generations.young_bytes + bytes > GENERATION_BYTES;
        if aged || full {
            generations.old = mem::take(&mut generations.young);
            generations.young_bytes = 0;
            generations.began = Some(asked);
        }
        generations.young_bytes += bytes;
        let fresh = Fresh { answer, until };
        generations.young.insert(question, fresh);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_used_for_as_long_as_the_plugin_said_and_half_a_second_at_most() {
        let answers = FreshAnswers::default();
        let asked = Instant::now();
        let at = |ms| asked + Duration::from_millis(ms);
        answers.put("demo", 1, 10, asked, Duration::from_millis(250));
        assert_eq!(answers.get(&"demo", at(249)), Some(1));
        assert_eq!(answers.get(&"demo", at(250)), None);
        answers.put("demo", 2, 10, asked, Duration::from_mins(1));
        assert_eq!(answers.get(&"demo", at(499)), Some(2));
        assert_eq!(answers.get(&"demo", at(500)), None);
    }

    #[test]
    fn an_answer_for_one_request_is_not_remembered() {
        let answers = FreshAnswers::default();
        let asked = Instant::now();
        answers.put("demo", 1, 10, asked, Duration::ZERO);
        assert_eq!(answers.get(&"demo", asked), None);
    }

    #[test]
    fn a_new_answer_replaces_one_of_the_old_generation() {
        let answers = FreshAnswers::default();
        let asked = Instant::now();
        answers.put("demo", 1, 10, asked, MOST);
        let later = asked + MOST;
        answers.put("demo", 2, 10, later, MOST);
        assert_eq!(answers.get(&"demo", later), Some(2));
    }

    /// How many of so many answers of this size are remembered.
    fn kept(count: usize, bytes: usize) -> usize {
        let answers = FreshAnswers::default();
        let asked = Instant::now();
        for number in 0..count {
            answers.put(number, number, bytes, asked, MOST);
        }
        let kept = (0..count).filter(|number| answers.get(number, asked).is_some());
        kept.count()
    }

    #[test]
    fn flt_10_what_is_remembered_is_bounded_in_number_and_in_bytes() {
        assert_eq!(kept(3 * GENERATION, 1), 2 * GENERATION);
        assert_eq!(kept(100, GENERATION_BYTES / 10), 20);
        assert_eq!(kept(1, GENERATION_BYTES + 1), 0);
    }
}
