//! What a front door knows of the connection that a request came on.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::awaited_bodies::{AwaitedBodies, OnConnection};
use super::network::Network;

/// Answers on a connection on which no request has authenticated.
const ANSWERS: u32 = 64;

/// One connection, shared by its requests and whoever keeps its time.
///
/// Costs a request two stores: that of its time, and that of its success.
pub(crate) struct Client {
    /// As records have it.
    address: Box<str>,
    network: Network,
    opened: Instant,
    /// When a request last began, in milliseconds after `opened`.
    last: AtomicU64,
    /// The same of the last one that was signed with a credential.
    last_signed: AtomicU64,
    /// Answers while nobody had authenticated.
    answered_strangers: AtomicU32,
    enough: Notify,
    /// The key store whose credential first signed one.
    key_store: OnceLock<Arc<str>>,
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
            last_signed: AtomicU64::new(0),
            answered_strangers: AtomicU32::new(0),
            enough: Notify::new(),
            key_store: OnceLock::new(),
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

    /// When the last request began that was signed; when it was opened, before the first.
    pub(crate) fn last_signed(&self) -> Instant {
        self.opened + Duration::from_millis(self.last_signed.load(Ordering::Relaxed))
    }

    /// When a request last began; when it was opened, before the first.
    pub(crate) fn last_request(&self) -> Instant {
        self.opened + Duration::from_millis(self.last.load(Ordering::Relaxed))
    }

    /// The request under way was signed with a credential of this key store.
    pub(crate) fn authenticated(&self, key_store: &Arc<str>) {
        let last = self.last.load(Ordering::Relaxed);
        self.last_signed.store(last, Ordering::Relaxed);
        // Looked at first: all processors can keep a copy of what nobody writes.
        if !self.has_authenticated() {
            let _ = self.key_store.set(Arc::clone(key_store));
        }
    }

    /// A request was answered. Whoever does not authenticate has so many answers, and may
    /// leave them unread: the host keeps them as long as the connection.
    pub(crate) fn answered(&self) {
        if !self.has_authenticated() {
            let before = self.answered_strangers.fetch_add(1, Ordering::Relaxed);
            if before + 1 == ANSWERS {
                self.enough.notify_one();
            }
        }
    }

    /// Completes when a stranger has had its answers.
    pub(crate) async fn had_enough(&self) {
        self.enough.notified().await;
    }

    /// Whether one ever was.
    pub(crate) fn has_authenticated(&self) -> bool {
        self.key_store.get().is_some()
    }

    /// Whose credential first signed a request on it.
    pub(crate) fn key_store(&self) -> Option<&Arc<str>> {
        self.key_store.get()
    }
}
