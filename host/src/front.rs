//! Front doors: what callers speak, over the domain of [`crate::keys`].
//!
//! [`xks`] is what AWS KMS observes. Another door stands beside it with its own
//! route, authentication, parsing, framing, errors and records; it shares
//! [`admission`], what is known of a [`client`], the audit log and the key stores.

pub(crate) mod admission;
pub(crate) mod awaited_bodies;
pub(crate) mod client;
pub(crate) mod fair_queue;
pub(crate) mod network;
pub(crate) mod xks;

use std::sync::Arc;

/// What is counted over all snapshots.
#[derive(Default)]
pub(crate) struct Ledger {
    /// How much the key stores have to do.
    pub(crate) admission: admission::Admission,
    /// What became of requests.
    pub(crate) counters: Arc<xks::Counters>,
}

impl Ledger {
    /// The last requests are kept for a page, too.
    pub(crate) fn watched() -> Self {
        Self {
            counters: Arc::new(xks::Counters::watched()),
            ..Self::default()
        }
    }
}
