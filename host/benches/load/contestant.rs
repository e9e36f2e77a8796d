//! One side of a comparison, and the two sides in turn.

use std::sync::Arc;
use std::time::Duration;

use crate::closed_loop::{self, CONNECTIONS, Round};
use crate::key_store::KeyStore;
use crate::kms_request::Call;
use crate::server_process::ServerProcess;

/// A server, and what it is asked.
pub(crate) struct Contestant<'k> {
    pub(crate) server: ServerProcess,
    pub(crate) key_store: &'k KeyStore,
    pub(crate) call: Call,
    /// How many principals ask in turn.
    pub(crate) callers: u32,
}

impl Contestant<'_> {
    fn round(&self, duration: Duration) -> Round {
        // Signed once a round: a signature is good for five minutes, and AWS KMS
        // may repeat a request (XKS-032, XKS-041).
        let requests: Vec<Arc<[u8]>> = (0..self.callers)
            .map(|number| self.key_store.sign(&self.call.of_caller(number)))
            .collect();
        let (server, client) = (&self.server, self.key_store.client());
        closed_loop::run(server, client, &requests, CONNECTIONS, duration)
    }
}

/// Rounds of the host, each with the other's round beside it.
pub(crate) struct Pairs(Vec<(Round, Round)>);

impl Pairs {
    /// Measures `rounds` pairs, with `after` called after each round.
    pub(crate) fn measure(
        host: &Contestant<'_>,
        other: &Contestant<'_>,
        rounds: u32,
        duration: Duration,
        after: impl Fn(&Round),
    ) -> Self {
        let measure = |contestant: &Contestant<'_>| {
            let round = contestant.round(duration);
            after(&round);
            round
        };
        let pairs = (0..rounds).map(|round| {
            // A machine that warms up or slows down does so to both.
            if round % 2 == 0 {
                let host = measure(host);
                (host, measure(other))
            } else {
                let other = measure(other);
                (measure(host), other)
            }
        });
        Self(pairs.collect())
    }

    /// The median of a figure of the host's rounds.
    pub(crate) fn host(&self, figure: fn(&Round) -> f64) -> f64 {
        median(self.0.iter().map(|(host, _)| figure(host)))
    }

    /// The median of a figure of the other's rounds.
    pub(crate) fn other(&self, figure: fn(&Round) -> f64) -> f64 {
        median(self.0.iter().map(|(_, other)| figure(other)))
    }

    /// Of the host's figure to the other's in each pair: the median, and in
    /// parentheses the least and the most.
    pub(crate) fn ratio(&self, figure: fn(&Round) -> f64) -> String {
        let ratios = || {
            let pairs = self.0.iter();
            pairs.map(|(host, other)| figure(host) / figure(other))
        };
        let least = ratios().fold(f64::INFINITY, f64::min);
        let most = ratios().fold(0.0, f64::max);
        format!("**{:.2}** ({least:.2}–{most:.2})", median(ratios()))
    }

    /// Answers other than 200, the host's and the other's.
    pub(crate) fn refused(&self) -> (u32, u32) {
        self.0.iter().fold((0, 0), |sum, (host, other)| {
            (sum.0 + host.refused, sum.1 + other.refused)
        })
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 0 {
        f64::midpoint(values[middle - 1], values[middle])
    } else {
        values[middle]
    }
}
