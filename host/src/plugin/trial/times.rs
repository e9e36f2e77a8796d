//! How long the calls of each function took.

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::Mutex;

/// Calls of one function that are remembered.
const MOST: usize = 100_000;

/// The times of all calls, by function.
#[derive(Default)]
pub(crate) struct Times(Mutex<BTreeMap<&'static str, Vec<Duration>>>);

/// What is said of the calls of one function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) calls: usize,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    pub(crate) max: Duration,
}

impl Times {
    /// A call of this function took so long.
    pub(super) fn add(&self, function: &'static str, took: Duration) {
        let mut all = self.0.lock();
        let times = all.entry(function).or_default();
        if times.len() < MOST {
            times.push(took);
        }
    }

    /// By function, in the order of their names.
    pub(crate) fn summaries(&self) -> Vec<(&'static str, Summary)> {
        let all = self.0.lock();
        let summaries = all.iter();
        summaries
            .map(|(function, times)| (*function, Summary::of(times.clone())))
            .collect()
    }

    /// The times of one function that are known by now.
    pub(super) fn of(&self, function: &str) -> Vec<Duration> {
        self.0.lock().get(function).cloned().unwrap_or_default()
    }
}

impl Summary {
    /// Of these times.
    pub(super) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |percent: usize| {
            // The first that this part of them does not exceed.
            let place = (times.len() * percent).div_ceil(100).saturating_sub(1);
            times.get(place).copied().unwrap_or_default()
        };
        Self {
            calls: times.len(),
            p50: at(50),
            p99: at(99),
            max: times.last().copied().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let ms = Duration::from_millis;
        let summary = Summary::of((1..=200).rev().map(ms).collect());
        let expected = Summary {
            calls: 200,
            p50: ms(100),
            p99: ms(198),
            max: ms(200),
        };
        assert_eq!(summary, expected);
        let one = Summary::of(vec![ms(7)]);
        assert_eq!((one.p50, one.p99, one.max), (ms(7), ms(7), ms(7)));
        assert_eq!(Summary::of(Vec::new()), Summary::default());
    }
}
