//! Connections that end before their first request: told apart by cause, counted,
//! and written to the log at `info`, each cause at most once in ten seconds (FLT-24).
//!
//! Load balancers open connections and close them without a byte, to see whether
//! somebody listens. Those are counted and not written: among 200 of them nobody
//! would find the one line that matters.

mod cause;

use std::fmt::Display;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use tracing::{debug, info};

use crate::words::Rate;

pub(super) use cause::Cause;

/// What was seen so far, by cause.
#[derive(Default)]
pub(super) struct Handshakes {
    tallies: [Tally; Cause::ALL.len()],
    pings: AtomicU64,
}

struct Tally {
    count: AtomicU64,
    lines: Rate,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            count: AtomicU64::new(0),
            lines: Rate::of_log_lines(),
        }
    }
}

/// How many connections ended so, at one moment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Counts {
    /// In the order of [`Cause::ALL`].
    pub(super) failed: [(Cause, u64); Cause::ALL.len()],
    /// Closed without a byte.
    pub(super) pings: u64,
}

impl Handshakes {
    /// A connection from `peer` came to nothing; `detail` is what the library says.
    pub(super) fn failed(&self, cause: Cause, peer: SocketAddr, detail: &dyn Display) {
        // Not out of range: an index is made from a cause alone.
        let Some(tally) = self.tallies.get(cause as usize) else {
            return;
        };
        tally.count.fetch_add(1, Ordering::Relaxed);
        match tally.lines.admit(Instant::now()) {
            None => debug!(%peer, "no TLS connection: {cause} ({detail})"),
            Some(0) => info!(%peer, "no TLS connection: {cause} ({detail})"),
            Some(withheld) => {
                info!(%peer, withheld, "no TLS connection: {cause} ({detail})");
            }
        }
    }

    /// A connection was opened and closed again.
    pub(super) fn ping(&self) {
        self.pings.fetch_add(1, Ordering::Relaxed);
    }

    /// What was counted up to now.
    pub(super) fn counts(&self) -> Counts {
        let mut tallies = self.tallies.iter();
        let mut count = || tallies.next().map_or(0, |tally| read(&tally.count));
        Counts {
            failed: Cause::ALL.map(|cause| (cause, count())),
            pings: read(&self.pings),
        }
    }
}

impl Counts {
    /// For the log, when the host stops: a number for each cause that was seen.
    pub(super) fn report(&self) {
        for (cause, count) in &self.failed {
            if *count > 0 {
                info!(count, "connections that came to nothing: {cause}");
            }
        }
        if self.pings > 0 {
            debug!(
                count = self.pings,
                "connections that were closed without a byte"
            );
        }
    }
}

fn read(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flt_24_each_cause_is_counted_by_itself() {
        let handshakes = Handshakes::default();
        let peer = "192.0.2.1:1".parse().unwrap();
        for cause in Cause::ALL {
            handshakes.failed(cause, peer, &"detail");
        }
        handshakes.failed(Cause::PlainHttp, peer, &"detail");
        handshakes.ping();
        let counts = handshakes.counts();
        assert_eq!(counts.pings, 1);
        let expected = |cause| if cause == Cause::PlainHttp { 2 } else { 1 };
        for (at, (cause, count)) in counts.failed.into_iter().enumerate() {
            assert_eq!((at, count), (cause as usize, expected(cause)), "{cause}");
        }
    }
}
