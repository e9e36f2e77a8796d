//! What is counted of an upstream, for one key store.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use prometheus_client::metrics::histogram::Histogram;

use crate::metrics::times;

/// How a request to an upstream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UpstreamResult {
    /// With an answer of status 100 to 499, or a stream with what was asked.
    Answered,
    /// With an answer of status 500 or more.
    Failed,
    Denied,
    Throttled,
    Deadline,
    Unreachable,
    Broken,
    Refused,
}

impl UpstreamResult {
    pub(crate) const ALL: [Self; 8] = [
        Self::Answered,
        Self::Failed,
        Self::Denied,
        Self::Throttled,
        Self::Deadline,
        Self::Unreachable,
        Self::Broken,
        Self::Refused,
    ];

    /// As metrics have it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Failed => "failed",
            Self::Denied => "denied",
            Self::Throttled => "throttled",
            Self::Deadline => "deadline",
            Self::Unreachable => "unreachable",
            Self::Broken => "broken",
            Self::Refused => "refused",
        }
    }
}

/// Counts of one upstream for one key store.
pub(crate) struct UpstreamCounts {
    results: [AtomicU64; UpstreamResult::ALL.len()],
    /// How long answers took, the wait for a connection included.
    pub(crate) durations: Histogram,
    /// Under way now.
    pub(super) in_flight: AtomicUsize,
    /// Of those: waiting for one of the connections.
    pub(super) waiting: AtomicUsize,
}

impl Default for UpstreamCounts {
    fn default() -> Self {
        Self {
            results: Default::default(),
            durations: times(),
            in_flight: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
        }
    }
}

impl UpstreamCounts {
    pub(super) fn count(&self, result: UpstreamResult) {
        // Not out of range: an index is made from a result alone.
        if let Some(count) = self.results.get(result as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many of each there were.
    pub(crate) fn results(&self) -> [(UpstreamResult, u64); UpstreamResult::ALL.len()] {
        let mut counts = self.results.iter();
        let mut next = || counts.next().map_or(0, |it| it.load(Ordering::Relaxed));
        UpstreamResult::ALL.map(|result| (result, next()))
    }

    /// Under way, and of those waiting for a connection.
    pub(crate) fn population(&self) -> (usize, usize) {
        let [in_flight, waiting] = [&self.in_flight, &self.waiting];
        (
            in_flight.load(Ordering::Relaxed),
            waiting.load(Ordering::Relaxed),
        )
    }
}
