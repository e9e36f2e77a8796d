//! Answers of plugins that may be given again, by the plugin's own word.
//!
//! A lookup can be as expensive as the encryption itself, on an HSM much more so,
//! and a policy can be long, while their answers change when somebody disables a
//! key or restarts the host with other settings.

use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::RwLock;

/// The longest that an answer is fresh unless the operator says otherwise: a key that
/// is disabled must be refused within a second, and the backend's own view of it may be
/// behind as well.
const MOST: Duration = Duration::from_millis(500);
/// Answers in one generation; two are kept.
const GENERATION: usize = 4096;
/// Bytes of the questions and answers of one generation: a plugin cannot make the
/// host keep more than twice as much.
const GENERATION_BYTES: usize = 2 << 20;

/// The fresh answers `A` to questions `Q` of one plugin for one key store.
pub(super) struct FreshAnswers<Q, A> {
    generations: RwLock<Generations<Q, A>>,
    most: Duration,
}

/// An answer that may be given again.
pub(super) struct Found<A> {
    pub(super) answer: A,
    /// It has to be asked for again now, so that there is another one before it is too
    /// old. Only whoever is told so does it.
    pub(super) is_due: bool,
}

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
    /// From when on it is due to be asked for again; never with an answer for a moment.
    due: Option<Instant>,
    /// Somebody was told so.
    told: AtomicBool,
}

impl<Q, A> Default for FreshAnswers<Q, A> {
    fn default() -> Self {
        Self::new(MOST)
    }
}

impl<Q, A> FreshAnswers<Q, A> {
    /// None of them older than `most`.
    pub(super) fn new(most: Duration) -> Self {
        Self {
            generations: RwLock::new(Generations {
                young: HashMap::new(),
                old: HashMap::new(),
                young_bytes: 0,
                began: None,
            }),
            most,
        }
    }
}

impl<Q: Eq + Hash, A: Clone> FreshAnswers<Q, A> {
    pub(super) fn get(&self, question: &Q, now: Instant) -> Option<Found<A>> {
        let generations = self.generations.read();
        let fresh = [&generations.young, &generations.old]
            .into_iter()
            .find_map(|answers| answers.get(question).filter(|fresh| now < fresh.until))?;
        let is_due = fresh.due.is_some_and(|due| now >= due);
        Some(Found {
            answer: fresh.answer.clone(),
            is_due: is_due && !fresh.told.swap(true, Ordering::Relaxed),
        })
    }

    /// The answer is not given any more.
    pub(super) fn forget(&self, question: &Q) {
        let mut generations = self.generations.write();
        generations.young.remove(question);
        generations.old.remove(question);
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
        let fresh_for = fresh_for.min(self.most);
        let until = asked + fresh_for;
        let mut generations = self.generations.write();
        let began = *generations.began.get_or_insert(asked);
        let aged = asked.saturating_duration_since(began) >= self.most;
        let full = generations.young.len() >= GENERATION
            || generations.young_bytes + bytes > GENERATION_BYTES;
        if aged || full {
            generations.old = mem::take(&mut generations.young);
            generations.young_bytes = 0;
            generations.began = Some(asked);
        }
        generations.young_bytes += bytes;
        let fresh = Fresh {
            answer,
            until,
            due: (fresh_for > MOST).then(|| asked + fresh_for / 2),
            told: AtomicBool::new(false),
        };
        generations.young.insert(question, fresh);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(
        answers: &FreshAnswers<&str, i32>,
        question: &&'static str,
        at: Instant,
    ) -> Option<i32> {
        answers.get(question, at).map(|found| found.answer)
    }

    #[test]
    fn an_answer_for_longer_is_asked_for_again_by_one_while_it_is_still_given() {
        let answers = FreshAnswers::new(Duration::from_secs(10));
        let asked = Instant::now();
        let due = |seconds| {
            let found = answers.get(&"demo", asked + Duration::from_secs(seconds));
            found.map(|found| found.is_due)
        };
        answers.put("demo", 1, 10, asked, Duration::from_mins(1));
        assert_eq!(
            [due(4), due(5), due(5)],
            [Some(false), Some(true), Some(false)]
        );
        assert_eq!([due(9), due(10)], [Some(false), None]);
        answers.put("demo", 2, 10, asked, Duration::from_mins(1));
        answers.forget(&"demo");
        assert_eq!(due(0), None);
    }

    #[test]
    fn an_answer_is_used_for_as_long_as_the_plugin_said_and_half_a_second_at_most() {
        let answers = FreshAnswers::default();
        let asked = Instant::now();
        let at = |ms| asked + Duration::from_millis(ms);
        answers.put("demo", 1, 10, asked, Duration::from_millis(250));
        assert_eq!(given(&answers, &"demo", at(249)), Some(1));
        assert_eq!(given(&answers, &"demo", at(250)), None);
        answers.put("demo", 2, 10, asked, Duration::from_mins(1));
        assert_eq!(given(&answers, &"demo", at(499)), Some(2));
        assert_eq!(given(&answers, &"demo", at(500)), None);
    }

    #[test]
    fn an_answer_for_one_request_is_not_remembered() {
        let answers = FreshAnswers::default();
        let asked = Instant::now();
        answers.put("demo", 1, 10, asked, Duration::ZERO);
        assert_eq!(given(&answers, &"demo", asked), None);
    }

    #[test]
    fn a_new_answer_replaces_one_of_the_old_generation() {
        let answers = FreshAnswers::default();
        let asked = Instant::now();
        answers.put("demo", 1, 10, asked, MOST);
        let later = asked + MOST;
        answers.put("demo", 2, 10, later, MOST);
        assert_eq!(given(&answers, &"demo", later), Some(2));
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
