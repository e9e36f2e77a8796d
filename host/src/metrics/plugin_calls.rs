//! How calls of one plugin for one key store ended.

use std::sync::atomic::{AtomicU64, Ordering};

/// How a call ended, or why there was none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallResult {
    /// With an answer, that it refuses included.
    Answered,
    /// With a trap, or without memory.
    Trap,
    /// With the deadline.
    Deadline,
    /// With an answer that breaks the contract; counted as answered, too.
    BadAnswer,
    /// No instance could be made.
    NotStarted,
    /// No instance was free in time.
    Busy,
    /// It was not asked, because it fails every time.
    Broken,
}

impl CallResult {
    pub(crate) const ALL: [Self; 7] = [
        Self::Answered,
        Self::Trap,
        Self::Deadline,
        Self::BadAnswer,
        Self::NotStarted,
        Self::Busy,
        Self::Broken,
    ];

    /// As metrics have it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Trap => "trap",
            Self::Deadline => "deadline",
            Self::BadAnswer => "bad-answer",
            Self::NotStarted => "not-started",
            Self::Busy => "busy",
            Self::Broken => "broken",
        }
    }
}

/// Counts by result.
#[derive(Default)]
pub(crate) struct PluginCalls([AtomicU64; CallResult::ALL.len()]);

impl PluginCalls {
    /// One more.
    pub(crate) fn count(&self, result: CallResult) {
        // Not out of range: an index is made from a result alone.
        if let Some(count) = self.0.get(result as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many of each there were.
    pub(crate) fn counts(&self) -> [(CallResult, u64); CallResult::ALL.len()] {
        let mut counts = self.0.iter();
        let mut next = || counts.next().map_or(0, |it| it.load(Ordering::Relaxed));
        CallResult::ALL.map(|result| (result, next()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flt_102_each_result_is_counted_by_itself() {
        let calls = PluginCalls::default();
        for (times, result) in CallResult::ALL.into_iter().enumerate() {
            (0..times).for_each(|_| calls.count(result));
        }
        for (times, (result, count)) in (0..).zip(calls.counts()) {
            assert_eq!((result as u64, count), (times, times), "{}", result.name());
        }
    }
}
