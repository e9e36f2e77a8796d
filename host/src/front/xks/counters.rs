//! What is counted of requests: numbers, never a word of a request.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use claviger_xks::credential::AccessKeyId;
use claviger_xks::error::XksError;
use claviger_xks::uri::Api;
use prometheus_client::metrics::histogram::Histogram;

use super::clock::Clock;
use super::failure::Failure;
use super::recent::Recent;
use crate::audit::name;
use crate::front::admission::TooMany;
use crate::metrics::{Kept, times};

/// What is counted of the whole host.
#[derive(Default)]
pub(crate) struct Counters {
    key_stores: Kept<Arc<str>, KeyStoreCounters>,
    /// Refused before a key store was found, by [`XksError::ALL`].
    unrouted: [AtomicU64; ERRORS],
    /// Where somebody looks.
    pub(crate) recent: Option<Recent>,
}

/// What is counted of one key store, over all snapshots.
pub(crate) struct KeyStoreCounters {
    operations: [OfOperation; Api::ALL.len()],
    stages: [Histogram; Stage::ALL.len()],
    throttled: [AtomicU64; Limit::ALL.len()],
    abandoned: AtomicU64,
    last_used: Kept<AccessKeyId, AtomicU64>,
    /// What its requests say of this machine's.
    pub(crate) clock: Clock,
}

struct OfOperation {
    duration: Histogram,
    errors: [AtomicU64; ERRORS],
}

/// Errors by name.
const ERRORS: usize = XksError::ALL.len();

/// A part of a request's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Asking the policies.
    Policy,
    /// Finding the key.
    Lookup,
    /// Encrypting, decrypting, verifying.
    Crypto,
    /// Waiting until the audit record is written.
    Audit,
}

/// A limit that a request can exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    InFlight,
    OfKeyStore,
    PerSecond,
    Health,
    Audit,
    Bodies,
}

/// A credential in use.
pub(crate) struct CredentialInUse {
    pub(crate) access_key_id: AccessKeyId,
    /// When the file of its secret was written, if it is in one.
    pub(crate) written: Option<SystemTime>,
    /// In seconds since 1970; 0 is never.
    last_used: Arc<AtomicU64>,
}

impl Counters {
    /// The last requests are kept, too.
    pub(crate) fn watched() -> Self {
        Self {
            recent: Some(Recent::default()),
            ..Self::default()
        }
    }

    /// Of the key store of this name.
    pub(crate) fn key_store(&self, name: &Arc<str>) -> Arc<KeyStoreCounters> {
        self.key_stores
            .get(Arc::clone(name), KeyStoreCounters::default)
    }

    /// A request was refused before its key store was known.
    pub(super) fn unrouted(&self, error: XksError) {
        count(&self.unrouted, error as usize);
    }

    /// How many were, by error.
    pub(crate) fn unrouted_errors(&self) -> impl Iterator<Item = (XksError, u64)> {
        XksError::ALL.into_iter().zip(read(&self.unrouted))
    }
}

impl Default for KeyStoreCounters {
    fn default() -> Self {
        Self {
            operations: Api::ALL.map(|_| OfOperation {
                duration: times(),
                errors: Default::default(),
            }),
            stages: Stage::ALL.map(|_| times()),
            throttled: Default::default(),
            abandoned: AtomicU64::new(0),
            last_used: Kept::default(),
            clock: Clock::default(),
        }
    }
}

impl KeyStoreCounters {
    /// A request was answered: after so long, with this failure or none.
    pub(super) fn answered(&self, api: Api, took: Duration, failure: Option<&Failure>) {
        // Not out of range: an index is made from an API alone.
        let Some(operation) = self.operations.get(api as usize) else {
            return;
        };
        operation.duration.observe(took.as_secs_f64());
        if let Some(failure) = failure {
            count(&operation.errors, failure.error() as usize);
            if let Some(limit) = Limit::reached_by(failure) {
                count(&self.throttled, limit as usize);
            }
        }
    }

    /// Its client went away before the answer.
    pub(super) fn abandoned(&self) {
        self.abandoned.fetch_add(1, Ordering::Relaxed);
    }

    /// A part of a request took so long.
    pub(super) fn took(&self, stage: Stage, time: Duration) {
        if let Some(histogram) = self.stages.get(stage as usize) {
            histogram.observe(time.as_secs_f64());
        }
    }

    /// A credential of the key store.
    pub(crate) fn credential(
        &self,
        access_key_id: AccessKeyId,
        written: Option<SystemTime>,
    ) -> CredentialInUse {
        CredentialInUse {
            last_used: self
                .last_used
                .get(access_key_id.clone(), AtomicU64::default),
            access_key_id,
            written,
        }
    }
}

/// What was counted.
impl KeyStoreCounters {
    pub(crate) fn durations(&self) -> impl Iterator<Item = (Api, &Histogram)> {
        let durations = self.operations.iter().map(|it| &it.duration);
        Api::ALL.into_iter().zip(durations)
    }

    pub(crate) fn errors(&self) -> impl Iterator<Item = (Api, XksError, u64)> {
        let operations = Api::ALL.into_iter().zip(&self.operations);
        operations.flat_map(|(api, operation)| {
            let errors = XksError::ALL.into_iter().zip(read(&operation.errors));
            errors.map(move |(error, count)| (api, error, count))
        })
    }

    pub(crate) fn throttles(&self) -> impl Iterator<Item = (Limit, u64)> {
        Limit::ALL.into_iter().zip(read(&self.throttled))
    }

    pub(crate) fn abandonments(&self) -> u64 {
        self.abandoned.load(Ordering::Relaxed)
    }

    pub(crate) fn stages(&self) -> impl Iterator<Item = (Stage, &Histogram)> {
        Stage::ALL.into_iter().zip(&self.stages)
    }
}

impl CredentialInUse {
    /// A request was signed with it.
    pub(super) fn used(&self, now: SystemTime) {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        // Looked at first: all processors can keep a copy of what nobody writes.
        if self.last_used.load(Ordering::Relaxed) != now {
            self.last_used.store(now, Ordering::Relaxed);
        }
    }

    /// When that last was, since the process began.
    pub(crate) fn last_used(&self) -> Option<SystemTime> {
        match self.last_used.load(Ordering::Relaxed) {
            0 => None,
            seconds => UNIX_EPOCH.checked_add(Duration::from_secs(seconds)),
        }
    }
}

impl Stage {
    pub(crate) const ALL: [Self; 4] = [Self::Policy, Self::Lookup, Self::Crypto, Self::Audit];

    /// As metrics have it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Lookup => "lookup",
            Self::Crypto => "crypto",
            Self::Audit => "audit",
        }
    }
}

impl Stage {
    /// As audit records have it.
    pub(super) const fn member(self) -> &'static str {
        match self {
            Self::Policy => name!("policy"),
            Self::Lookup => name!("lookup"),
            Self::Crypto => name!("crypto"),
            Self::Audit => name!("audit"),
        }
    }
}

impl Limit {
    pub(crate) const ALL: [Self; 6] = [
        Self::InFlight,
        Self::OfKeyStore,
        Self::PerSecond,
        Self::Health,
        Self::Audit,
        Self::Bodies,
    ];

    /// The setting, where there is one.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::InFlight => "server.requests_in_flight",
            Self::OfKeyStore => "requests_in_flight",
            Self::PerSecond => "requests_per_second",
            Self::Health => "health",
            Self::Audit => "audit",
            Self::Bodies => "bodies",
        }
    }

    fn reached_by(failure: &Failure) -> Option<Self> {
        match failure {
            Failure::TooMany(TooMany::InFlight) => Some(Self::InFlight),
            Failure::TooMany(TooMany::OfKeyStore) => Some(Self::OfKeyStore),
            Failure::TooMany(TooMany::PerSecond) => Some(Self::PerSecond),
            Failure::TooMany(TooMany::OfHealth) => Some(Self::Health),
            Failure::AuditFull => Some(Self::Audit),
            Failure::BodiesMissing => Some(Self::Bodies),
            _ => None,
        }
    }
}

fn count(counts: &[AtomicU64], index: usize) {
    // Not out of range: an index is made from a value of the list alone.
    if let Some(count) = counts.get(index) {
        count.fetch_add(1, Ordering::Relaxed);
    }
}

fn read(counts: &[AtomicU64]) -> impl Iterator<Item = u64> {
    counts.iter().map(|count| count.load(Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flt_102_every_error_of_every_operation_is_counted_by_itself() {
        let counters = KeyStoreCounters::default();
        let failures = [
            Failure::AuditFull,
            Failure::KeyStoreDisabled,
            Failure::Panicked,
        ];
        for (at, api) in Api::ALL.into_iter().enumerate() {
            for failure in &failures {
                (0..=at).for_each(|_| counters.answered(api, Duration::ZERO, Some(failure)));
            }
        }
        for (api, error, count) in counters.errors() {
            let counted = failures.iter().any(|failure| failure.error() == error);
            let expected = if counted { api as u64 + 1 } else { 0 };
            assert_eq!(count, expected, "{} {}", api.name(), error.name());
        }
        let audit = counters
            .throttles()
            .find(|(limit, _)| *limit == Limit::Audit);
        assert_eq!(audit, Some((Limit::Audit, 1 + 2 + 3 + 4)));
    }

    #[test]
    fn lists_are_in_the_order_of_their_indexes() {
        for (at, error) in XksError::ALL.into_iter().enumerate() {
            assert_eq!(error as usize, at);
        }
        for (at, api) in Api::ALL.into_iter().enumerate() {
            assert_eq!(api as usize, at);
        }
        for (at, stage) in Stage::ALL.into_iter().enumerate() {
            assert_eq!(stage as usize, at);
        }
        for (at, limit) in Limit::ALL.into_iter().enumerate() {
            assert_eq!(limit as usize, at);
        }
    }

    #[test]
    fn a_credential_remembers_its_last_use_through_a_change_of_the_configuration() {
        let counters = KeyStoreCounters::default();
        let id: AccessKeyId = "AKIAI2SFODNN7EXAMPLE".parse().unwrap();
        let before = counters.credential(id.clone(), None);
        assert_eq!(before.last_used(), None);
        let now = UNIX_EPOCH + Duration::from_secs(1_796_000_000);
        before.used(now);
        let after = counters.credential(id, None);
        drop(before);
        assert_eq!(after.last_used(), Some(now));
    }
}
