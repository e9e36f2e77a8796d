//! The XKS front door: everything that AWS KMS observes.
//!
//! [`pipeline`] is the whole path of a request on one page, in the order of checks
//! of the requirements catalogue: [`route`] → [`body`] → [`authenticate`] → the API
//! ([`get_key_metadata`], [`encrypt`], [`decrypt`], [`get_health_status`]), each
//! over the domain's steps, with a [`record`] whatever happens. What goes wrong is
//! a [`failure`], which says in one table which XKS error it is.

mod authenticate;
mod body;
mod clock;
mod counters;
mod decrypt;
mod encrypt;
mod failure;
mod get_health_status;
mod get_key_metadata;
mod key_call;
mod key_store;
mod pipeline;
mod recent;
mod record;
mod route;
mod unverified;
mod unwind;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use claviger_audit::{Condition, NoRoom, Ticket};
use claviger_config::Server;
use claviger_xks::uri::XksUri;

use self::clock::Clock;
use super::admission::Admitted;
use crate::audit::{Act, AuditSink};
use authenticate::Authenticated;
use failure::Failure;

pub(crate) use counters::{Counters, CredentialInUse};
pub(crate) use key_store::{KeyStore, KeyStores};
pub(crate) use pipeline::{Answer, serve};
pub(crate) use recent::{Denials, Newer, Point, STEP, Seen};

/// The door of one snapshot.
pub(crate) struct Front {
    key_stores: KeyStores,
    audit: Arc<AuditSink>,
    counters: Arc<Counters>,
    /// Of a connection's first request, and of those after it.
    deadline: Duration,
    later_deadline: Duration,
    body_bytes: usize,
    /// XKS `xksProxyFleetSize`.
    fleet_size: NonZeroU32,
}

impl Front {
    /// Opens the door to these key stores.
    pub(crate) fn new(
        server: &Server,
        key_stores: KeyStores,
        audit: Arc<AuditSink>,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            key_stores,
            audit,
            counters,
            deadline: server.deadline,
            later_deadline: server.later_deadline,
            body_bytes: server.body_bytes,
            fleet_size: NonZeroU32::new(server.fleet_size).unwrap_or(NonZeroU32::MIN),
        }
    }

    /// Why requests cannot be recorded, and so are not served.
    pub(crate) fn cannot_record(&self) -> Option<&'static str> {
        match self.audit.admit() {
            Ok(()) => {
                // With `durability = "interval"` requests go on for a while.
                let failing = self
                    .audit
                    .condition()
                    .is_some_and(|it| it.failure.is_some());
                failing.then_some("audit records cannot be written")
            }
            Err(NoRoom::Failing) => Some("audit records cannot be written"),
            Err(NoRoom::Full) => Some("too many audit records wait to be written"),
        }
    }

    /// The key stores behind it by name, without those that wait for something.
    pub(crate) fn key_stores(&self) -> Vec<&KeyStore> {
        let mut key_stores: Vec<_> = self.key_stores.open().collect();
        key_stores.sort_unstable_by(|one, other| one.keys.name().cmp(other.keys.name()));
        key_stores
    }

    fn clocks(&self) -> impl Iterator<Item = &Clock> + Clone {
        self.key_stores
            .open()
            .map(|key_store| &key_store.counters.clock)
    }

    /// How far the last signed date was behind this machine's clock, in seconds.
    pub(crate) fn clock_difference(&self, now: SystemTime) -> i64 {
        Clock::difference(self.clocks(), now)
    }

    /// By how many seconds this machine's clock is wrong, if signed requests say so.
    pub(crate) fn clock_is_wrong(&self, now: SystemTime) -> Option<i64> {
        Clock::is_wrong(self.clocks(), now)
    }

    /// What is counted of the whole host.
    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// How the audit log is doing.
    pub(crate) fn audit_condition(&self) -> Option<Condition> {
        self.audit.condition()
    }

    /// Records what was done to the host.
    pub(crate) fn record(&self, act: &Act<'_>) -> Option<Ticket> {
        self.audit.record(act)
    }

    /// Goes on in a new file, if somebody has renamed that of the audit records.
    pub(crate) fn reopen_audit(&self) {
        self.audit.reopen();
    }

    /// The same door, with these key stores besides or in place of others.
    pub(crate) fn with(&self, key_stores: KeyStores) -> Self {
        Self {
            key_stores: self.key_stores.replaced_by(key_stores),
            audit: Arc::clone(&self.audit),
            counters: Arc::clone(&self.counters),
            ..*self
        }
    }

    /// Takes an authenticated request on, unless it would be one too many or could
    /// not be recorded.
    fn admit<'h>(
        &self,
        authenticated: &Authenticated<'h>,
        uri: &XksUri<'_>,
        now: Instant,
    ) -> Result<Admitted<'h>, Failure> {
        self.audit.admit().map_err(|_| Failure::AuditFull)?;
        let key_store = authenticated.key_store();
        let admitted = match uri {
            XksUri::Health { .. } => key_store.load.admit_health(),
            XksUri::Key { .. } => key_store.load.admit(key_store.limits, now),
        };
        Ok(admitted?)
    }
}
