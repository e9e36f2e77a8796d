//! Searches that are under way, and answers that came too late.
//!
//! A search is the dearest thing that a token does, and a large token takes longer
//! for a few of them at once than a request may wait. Were each begun anew by the
//! next request, none would ever be done in time. So requests for one key share a
//! search, a search goes on when all of them have given up, and what it then finds
//! is kept for the next that asks.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::watch;

use super::fault::TokenFault;
use super::job::Asker;
use super::keys::{KeyReference, KeySelector};

/// Searches under way and answers that are kept. A request beyond them has a search
/// of its own, which ends with it. An answer has at most 1,024 keys of 16 bytes.
const MOST: usize = 256;
/// How long a search that nobody waits for is still to be begun.
const LASTS: Duration = Duration::from_secs(10);
/// How long an answer is kept. It is given out once: the key may have changed.
const KEPT: Duration = Duration::from_secs(5);

/// What a search found, under the login of this number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) login: u64,
    pub(super) keys: Vec<KeyReference>,
}

type Answer = Result<Found, TokenFault>;

/// The searches of one token.
#[derive(Default)]
pub(super) struct Searches(Mutex<HashMap<KeySelector, Search>>);

enum Search {
    UnderWay(watch::Sender<Option<Answer>>),
    Kept { found: Found, at: Instant },
}

/// How a request takes part in a search.
pub(super) enum Part {
    /// The answer was there.
    Kept(Vec<KeyReference>),
    /// The answer is going to be there.
    Waits(Waiting),
    /// The same, and the request has to see to it that the search is done.
    Begins(UnderWay, Waiting),
    /// None: too many are under way.
    None,
}

/// A request's place at a search.
pub(super) struct Waiting(watch::Receiver<Option<Answer>>);

/// A search that somebody does, for all who wait for it and who come later.
pub(super) struct UnderWay {
    searches: Arc<Searches>,
    selector: KeySelector,
    answers: watch::Sender<Option<Answer>>,
    began: Instant,
}

impl Searches {
    /// Takes part in the search for these keys; `login` is the present one.
    pub(super) fn join(self: &Arc<Self>, selector: &KeySelector, login: u64, now: Instant) -> Part {
        let mut searches = self.0.lock();
        if searches.len() >= MOST {
            searches.retain(|_, search| search.is_of_use(now));
        }
        let is_full = searches.len() >= MOST;
        match searches.entry(selector.clone()) {
            Entry::Occupied(entry) => match entry.get() {
                Search::UnderWay(answers) => return Part::Waits(Waiting(answers.subscribe())),
                kept @ Search::Kept { .. } => {
                    let is_of_use = kept.is_of_use(now);
                    if let Search::Kept { found, .. } = entry.remove()
                        && is_of_use
                        && found.login == login
                    {
                        return Part::Kept(found.keys);
                    }
                }
            },
            Entry::Vacant(_) if is_full => return Part::None,
            Entry::Vacant(_) => {}
        }
        let (answers, waiting) = watch::channel(None);
        let under_way = UnderWay {
            searches: Arc::clone(self),
            selector: selector.clone(),
            answers: answers.clone(),
            began: now,
        };
        searches.insert(selector.clone(), Search::UnderWay(answers));
        Part::Begins(under_way, Waiting(waiting))
    }

    /// The answer of a search, at `now`.
    fn end(&self, search: &UnderWay, answer: Answer, now: Instant) {
        let mut searches = self.0.lock();
        searches.remove(&search.selector);
        match answer {
            Ok(found) if search.answers.receiver_count() == 0 => {
                let kept = Search::Kept { found, at: now };
                searches.insert(search.selector.clone(), kept);
            }
            // Under the lock: nobody joins any more.
            answer => drop(search.answers.send_replace(Some(answer))),
        }
    }
}

impl Search {
    fn is_of_use(&self, now: Instant) -> bool {
        match self {
            Self::UnderWay(_) => true,
            Self::Kept { at, .. } => now.duration_since(*at) < KEPT,
        }
    }
}

impl Waiting {
    /// The answer, when it is there.
    pub(super) async fn answer(mut self) -> Result<Vec<KeyReference>, TokenFault> {
        match self.0.wait_for(Option::is_some).await {
            Ok(answer) => match answer.as_ref() {
                Some(answer) => answer.clone().map(|found| found.keys),
                None => Err(TokenFault::Unavailable),
            },
            // The search was dropped: the token is being closed.
            Err(_) => Err(TokenFault::Unavailable),
        }
    }
}

impl Asker for UnderWay {
    type Answer = Found;

    fn waits(&self, now: Instant) -> bool {
        self.lasts(now) && self.answers.receiver_count() > 0
    }

    fn lasts(&self, now: Instant) -> bool {
        now.duration_since(self.began) < LASTS
    }

    fn answer(&mut self, answer: Answer) {
        let searches = Arc::clone(&self.searches);
        searches.end(self, answer, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGIN: u64 = 7;
    const KEY: KeyReference = KeyReference {
        start: LOGIN,
        object: 1,
    };

    fn label(text: &str) -> KeySelector {
        KeySelector::Label(text.to_owned())
    }

    fn found(keys: &[KeyReference]) -> Found {
        Found {
            login: LOGIN,
            keys: keys.to_vec(),
        }
    }

    fn begun(searches: &Arc<Searches>, now: Instant) -> (UnderWay, Waiting) {
        match searches.join(&label("key"), LOGIN, now) {
            Part::Begins(under_way, waiting) => (under_way, waiting),
            _ => panic!("a new search"),
        }
    }

    fn kept(searches: &Arc<Searches>, login: u64, now: Instant) -> Option<Vec<KeyReference>> {
        match searches.join(&label("key"), login, now) {
            Part::Kept(keys) => Some(keys),
            _ => None,
        }
    }

    #[tokio::test]
    async fn flt_51_who_asks_for_the_same_shares_a_search() {
        let (searches, now) = (Arc::<Searches>::default(), Instant::now());
        let (mut under_way, first) = begun(&searches, now);
        let Part::Waits(second) = searches.join(&label("key"), LOGIN, now) else {
            panic!("it is under way")
        };
        drop(first);
        assert!(under_way.waits(now));
        under_way.answer(Ok(found(&[KEY])));
        assert_eq!(second.answer().await, Ok(vec![KEY]));
        // Whoever waited has it: it is not kept.
        assert_eq!(kept(&searches, LOGIN, now), None);
    }

    #[test]
    fn flt_51_what_came_too_late_is_kept_for_one_who_asks_later() {
        for keys in [&[KEY][..], &[]] {
            let (searches, now) = (Arc::<Searches>::default(), Instant::now());
            let (mut under_way, waiting) = begun(&searches, now);
            drop(waiting);
            assert!(!under_way.waits(now) && under_way.lasts(now));
            assert!(!under_way.lasts(now + LASTS));
            under_way.answer(Ok(found(keys)));
            assert_eq!(kept(&searches, LOGIN, now), Some(keys.to_vec()));
            assert_eq!(kept(&searches, LOGIN, now), None, "once");
        }
    }

    #[test]
    fn what_is_old_or_of_another_login_is_not_given_out() {
        for (login, later) in [(LOGIN + 1, Duration::ZERO), (LOGIN, 2 * KEPT)] {
            let (searches, now) = (Arc::<Searches>::default(), Instant::now());
            let (mut under_way, waiting) = begun(&searches, now);
            drop(waiting);
            under_way.answer(Ok(found(&[KEY])));
            assert_eq!(kept(&searches, login, now + later), None);
        }
    }

    #[tokio::test]
    async fn a_fault_is_not_kept() {
        let (searches, now) = (Arc::<Searches>::default(), Instant::now());
        let (mut under_way, waiting) = begun(&searches, now);
        drop(waiting);
        under_way.answer(Err(TokenFault::Unavailable));
        let (mut under_way, waiting) = begun(&searches, now);
        under_way.answer(Err(TokenFault::Deadline));
        assert_eq!(waiting.answer().await, Err(TokenFault::Deadline));
    }

    #[test]
    fn there_are_not_more_than_so_many() {
        let (searches, now) = (Arc::<Searches>::default(), Instant::now());
        let mut under_way = Vec::new();
        for number in 0..MOST {
            match searches.join(&label(&number.to_string()), LOGIN, now) {
                Part::Begins(search, _) => under_way.push(search),
                _ => panic!("{number}"),
            }
        }
        let part = searches.join(&label("one more"), LOGIN, now);
        assert!(matches!(part, Part::None));
        // Answers that are kept make room when they are old.
        for mut search in under_way {
            search.answer(Ok(found(&[KEY])));
        }
        let part = searches.join(&label("one more"), LOGIN, now);
        assert!(matches!(part, Part::None));
        let later = Instant::now() + KEPT;
        let part = searches.join(&label("one more"), LOGIN, later);
        assert!(matches!(part, Part::Begins(..)));
    }
}
