//! What this process has seen of a token's keys, so that one that is missing is told
//! from one that never was.
//!
//! Libraries that have lost their device, or its files, can answer a search with no
//! object and no error. So an empty answer is believed only when the same session
//! proves that it sees the token, and, of a key that was there, only after the
//! library was started again and some time has passed.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use super::keys::{KeyReference, KeySelector};

/// How long a key that was there has to be missing before it is believed that
/// somebody has deleted it: longer than it takes to put a token's files back.
const DELETED: Duration = Duration::from_secs(10);
/// Keys that are remembered, 24 bytes each. Of more, those that were seen first are
/// told from keys that never were, and the others are not.
const MOST: usize = 65_536;

/// A start of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// Never used twice in a process.
    pub(super) number: u64,
    pub(super) at: Instant,
}

/// The keys of one token that were seen.
#[derive(Default)]
pub(super) struct Known {
    /// By the hash of what it was looked for by: since when it is missing, unless it
    /// was there at the last look. Two of one hash are no harm: one that never was is
    /// believed to be missing a little later.
    seen: HashMap<u64, Option<Instant>>,
    hasher: RandomState,
    /// A key that was found last, for as long as its login lasts.
    witness: Option<KeyReference>,
}

/// What a search that finds nothing says of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// It never was there, or is not there any more, if this session sees the token.
    IfProven,
    /// Nothing for now: it was there a moment ago.
    InDoubt,
    /// Nothing, before the library is started again.
    InDoubtUntilRestart,
}

impl Known {
    /// A search has found this key, among others perhaps.
    pub(super) fn found(&mut self, selector: &KeySelector, key: KeyReference) {
        let hash = self.hasher.hash_one(selector);
        if self.seen.len() < MOST || self.seen.contains_key(&hash) {
            self.seen.insert(hash, None);
        }
        self.witness = Some(key);
    }

    /// A search has found nothing, in a session of this start of the library.
    pub(super) fn missed(&mut self, selector: &KeySelector, start: Start, now: Instant) -> Missing {
        let Some(missing) = self.seen.get_mut(&self.hasher.hash_one(selector)) else {
            return Missing::IfProven;
        };
        let since = *missing.get_or_insert(now);
        let deleted = since + DELETED;
        if start.at < since {
            Missing::InDoubtUntilRestart
        } else if now < deleted {
            Missing::InDoubt
        } else if start.at < deleted {
            Missing::InDoubtUntilRestart
        } else {
            Missing::IfProven
        }
    }

    /// It was proven that the key is not there.
    pub(super) fn is_gone(&mut self, selector: &KeySelector) {
        self.seen.remove(&self.hasher.hash_one(selector));
    }

    /// A key that a session of this login has to see.
    pub(super) fn witness(&self, login: u64) -> Option<KeyReference> {
        self.witness.filter(|key| key.start == login)
    }

    /// Whether the token has ever shown a key.
    pub(super) fn any(&self) -> bool {
        !self.seen.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: KeyReference = KeyReference {
        start: 7,
        object: 1,
    };

    fn label(text: &str) -> KeySelector {
        KeySelector::Label(text.to_owned())
    }

    fn start(at: Instant) -> Start {
        Start { number: 1, at }
    }

    #[test]
    fn a_key_that_never_was_is_missing_if_the_session_sees_the_token() {
        let (mut known, now) = (Known::default(), Instant::now());
        known.found(&label("there"), KEY);
        assert_eq!(
            known.missed(&label("never"), start(now), now),
            Missing::IfProven
        );
    }

    #[test]
    fn flt_50_a_key_that_was_there_is_in_doubt_for_ten_seconds_and_two_starts() {
        let (mut known, then) = (Known::default(), Instant::now());
        let key = label("key");
        known.found(&key, KEY);
        let after = |milliseconds| then + Duration::from_millis(milliseconds);
        for (started, now, expected) in [
            (0, 1_000, Missing::InDoubtUntilRestart),
            (0, 1_500, Missing::InDoubtUntilRestart),
            (1_600, 1_700, Missing::InDoubt),
            (1_600, 10_999, Missing::InDoubt),
            (1_600, 11_000, Missing::InDoubtUntilRestart),
            (11_001, 11_100, Missing::IfProven),
        ] {
            let missed = known.missed(&key, start(after(started)), after(now));
            assert_eq!(missed, expected, "started at {started}, missed at {now}");
        }
        // What was proven is no doubt any more, until it is there again.
        known.is_gone(&key);
        assert_eq!(known.missed(&key, start(then), then), Missing::IfProven);
        assert!(!known.any());
        known.found(&key, KEY);
        let missed = known.missed(&key, start(then), after(20_000));
        assert_eq!(missed, Missing::InDoubtUntilRestart);
    }

    #[test]
    fn a_key_that_is_back_is_missing_from_the_beginning_the_next_time() {
        let (mut known, then) = (Known::default(), Instant::now());
        let key = label("key");
        known.found(&key, KEY);
        let after = |seconds| then + Duration::from_secs(seconds);
        known.missed(&key, start(then), after(1));
        known.found(&key, KEY);
        let missed = known.missed(&key, start(after(30)), after(30));
        assert_eq!(missed, Missing::InDoubt);
    }

    #[test]
    fn a_witness_is_of_the_login_that_asks() {
        let mut known = Known::default();
        assert_eq!(known.witness(7), None);
        known.found(&label("there"), KEY);
        assert_eq!((known.witness(7), known.witness(8)), (Some(KEY), None));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (mut known, now) = (Known::default(), Instant::now());
        for number in 0..=MOST {
            known.found(&label(&number.to_string()), KEY);
        }
        assert_eq!(known.seen.len(), MOST);
        let last = label(&MOST.to_string());
        assert_eq!(known.missed(&last, start(now), now), Missing::IfProven);
    }
}
