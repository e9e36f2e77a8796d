//! What a plugin counts of itself.

use std::collections::BTreeMap;

use parking_lot::RwLock;
use prometheus_client::metrics::histogram::Histogram;
use std::sync::atomic::{AtomicU64, Ordering};

use super::times;

/// Names that are kept.
const NAMES: usize = 32;
/// The longest name, in characters.
const NAME: usize = 48;

/// Counts and durations of one plugin for one key store, by the names that it gives
/// them.
#[derive(Default)]
pub(crate) struct PluginOwn {
    counts: RwLock<BTreeMap<String, AtomicU64>>,
    durations: RwLock<BTreeMap<String, Histogram>>,
    /// What had no name, or one too many.
    dropped: AtomicU64,
}

impl PluginOwn {
    pub(crate) fn count(&self, name: &str, by: u64) {
        let add = |count: &AtomicU64| {
            count.fetch_add(by, Ordering::Relaxed);
        };
        self.with(&self.counts, name, AtomicU64::default, add);
    }

    pub(crate) fn observe(&self, name: &str, microseconds: u64) {
        // Nobody measures 500,000 years.
        #[expect(
            clippy::cast_precision_loss,
            reason = "more than a microsecond is not lost"
        )]
        let seconds = microseconds as f64 / 1e6;
        let observe = |durations: &Histogram| durations.observe(seconds);
        self.with(&self.durations, name, times, observe);
    }

    fn with<T>(
        &self,
        all: &RwLock<BTreeMap<String, T>>,
        name: &str,
        new: impl FnOnce() -> T,
        add: impl Fn(&T),
    ) {
        if let Some(known) = all.read().get(name) {
            return add(known);
        }
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let mut all = all.write();
        if all.len() >= NAMES || !(1..=NAME).contains(&name.len()) || !name.bytes().all(legal) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        add(all.entry(name.to_owned()).or_insert_with(new));
    }

    /// Every count.
    pub(crate) fn counts(&self) -> Vec<(String, u64)> {
        let counts = self.counts.read();
        let counts = counts.iter();
        counts
            .map(|(name, count)| (name.clone(), count.load(Ordering::Relaxed)))
            .collect()
    }

    /// Every name of durations.
    pub(crate) fn durations(&self) -> Vec<(String, Histogram)> {
        let durations = self.durations.read();
        let durations = durations.iter();
        durations
            .map(|(name, times)| (name.clone(), times.clone()))
            .collect()
    }

    /// What was not kept.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_in_number_and_in_characters() {
        let own = PluginOwn::default();
        for number in 0..40 {
            own.count(&format!("batch_{number:02}"), 2);
        }
        own.count("batch_00", 1);
        for name in ["", "Batch", "a-b", "a\n", &"a".repeat(49)] {
            own.observe(name, 1);
        }
        own.observe("login", 1500);
        let counts = own.counts();
        assert_eq!(counts.len(), 32);
        assert_eq!(counts[0], ("batch_00".to_owned(), 3));
        assert_eq!(own.durations().len(), 1);
        assert_eq!(own.dropped(), 8 + 5);
    }
}
