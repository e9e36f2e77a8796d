//! What a front door knows of the connection that a request came on.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::awaited_bodies::{AwaitedBodies, OnConnection};
use super::network::Network;

/// One connection, shared by its requests and whoever keeps its time.
///
/// Costs a request two stores: that of its time, and none but the first time that
/// of its success.
pub(crate) struct Client {
    /// As records have it.
    address: Box<str>,
    network: Network,
    opened: Instant,
    /// When a request last began, in milliseconds after `opened`.
    last: AtomicU64,
    authenticated: AtomicBool,
    pub(super) awaited: OnConnection,
    pub(super) bodies: Arc<AwaitedBodies>,
}

impl Client {
    /// A connection from this peer, opened now.
    pub(crate) fn new(peer: SocketAddr, now: Instant, bodies: Arc<AwaitedBodies>) -> Self {
        Self {
            address: peer.to_string().into(),
            network: peer.ip().into(),
            opened: now,
            last: AtomicU64::new(0),
            authenticated: AtomicBool::new(false),
            awaited: OnConnection::default(),
            bodies,
        }
    }

    /// Where it comes from, with the port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Whom its budgets are shared with.
    pub(crate) fn network(&self) -> Network {
        self.network
    }

    /// When it was accepted.
    pub(crate) fn opened(&self) -> Instant {
        self.opened
    }

    /// A request begins.
    pub(crate) fn begins(&self, now: Instant) {
        let after = now.saturating_duration_since(self.opened).as_millis();
        let after = u64::try_from(after).unwrap_or(u64::MAX);
        self.last.store(after, Ordering::Relaxed);
    }

    /// When a request last began; when it was opened, before the first.
    pub(crate) fn last_request(&self) -> Instant {
        self.opened + Duration::from_millis(self.last.load(Ordering::Relaxed))
    }

    /// A request on it was signed with a credential of a key store.
    pub(crate) fn authenticated(&self) {
        // Looked at first: all processors can keep a copy of what nobody writes.
        if !self.has_authenticated() {
            self.authenticated.store(true, Ordering::Relaxed);
        }
    }

    /// Whether one ever was.
    pub(crate) fn has_authenticated(&self) -> bool {
        self.authenticated.load(Ordering::Relaxed)
    }
}
