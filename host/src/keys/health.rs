//! The state of a key store's key managers, kept fresh in the background
//! (XKS-096, XKS-097).
//!
//! A deep check may take longer than a caller waits, so a request is answered from
//! the last one, and never from one that is older than a minute.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::time::timeout_at;

use super::{KeyFault, KeyStore};
use crate::plugin::PluginFault;
use crate::storage::StorageState;
use crate::words::{Deadline, HealthReport, KeyManager, KeyManagerState};

/// The age beyond which a report is not given to anybody (XKS-097).
const MOST: Duration = Duration::from_mins(1);
/// The time between two checks in the background. A report is too old only after
/// four of these times, so a late check does no harm.
pub(crate) const CHECK_EVERY: Duration = Duration::from_secs(15);
/// How long a check in the background may take.
const CHECK: Duration = Duration::from_secs(10);

/// The last report of one key store.
#[derive(Default)]
pub(crate) struct Health {
    last: Mutex<Option<(Instant, Arc<HealthReport>)>>,
    /// One check at a time: who comes later is given its report.
    checking: tokio::sync::Mutex<()>,
}

impl KeyStore {
    /// Checks in the background. A backend that cannot even answer is reported as a
    /// key manager that is unavailable, which KMS maps itself (XKS-100).
    pub(crate) async fn check_health(&self) {
        let _checking = self.health.checking.lock().await;
        let now = Instant::now();
        let report = self.check(Deadline::after(now, CHECK)).await;
        self.health.store(now, report);
    }

    /// A new report, or why there is none: for an operator who has it checked.
    pub(crate) async fn new_report(&self) -> Result<HealthReport, PluginFault> {
        let deadline = Deadline::after(Instant::now(), CHECK);
        self.backend().check(deadline).await
    }

    async fn check(&self, deadline: Deadline) -> Arc<HealthReport> {
        let backend = self.backend();
        Arc::new(backend.check(deadline).await.unwrap_or_else(|fault| {
            let (key_store, backend) = (&**self.name(), &*backend.name);
            tracing::error!(key_store, backend, error = %fault, "health check");
            unavailable(backend)
        }))
    }

    /// The last report, or a new one made within `deadline` when it is too old.
    pub(crate) async fn health(
        &self,
        deadline: Deadline,
        now: Instant,
    ) -> Result<Arc<HealthReport>, KeyFault> {
        let report = match self.health.fresh(now) {
            Some(report) => report,
            None => Box::pin(self.health_by(deadline)).await?,
        };
        Ok(known_since(
            report,
            self.backend().storage(),
            self.is_impaired(),
        ))
    }

    async fn health_by(&self, deadline: Deadline) -> Result<Arc<HealthReport>, KeyFault> {
        let checking = timeout_at(deadline.as_tokio(), self.health.checking.lock()).await;
        let _checking = checking.map_err(|_| PluginFault::Busy)?;
        let now = Instant::now();
        if let Some(report) = self.health.fresh(now) {
            return Ok(report);
        }
        let report = self.check(Deadline::after(now, CHECK));
        let report = timeout_at(deadline.as_tokio(), report).await;
        let report = report.map_err(|_| PluginFault::Deadline)?;
        self.health.store(now, Arc::clone(&report));
        Ok(report)
    }

    /// The last report, unless it is too old.
    pub(crate) fn last_report(&self, now: Instant) -> Option<Arc<HealthReport>> {
        self.health.fresh(now)
    }
}

/// The report, with what is known since: a storage that fails, or a plugin that fails
/// at every request, shows at once and not only at the next check.
fn known_since(
    report: Arc<HealthReport>,
    storage: Option<StorageState>,
    impaired: bool,
) -> Arc<HealthReport> {
    let at_best = match storage {
        Some(StorageState::Away) => KeyManagerState::Unavailable,
        Some(StorageState::Failing) => KeyManagerState::Degraded,
        None | Some(StorageState::Serving) if impaired => KeyManagerState::Degraded,
        None | Some(StorageState::Serving) => return report,
    };
    Arc::new(Arc::unwrap_or_clone(report).at_best(at_best))
}

impl Health {
    fn fresh(&self, now: Instant) -> Option<Arc<HealthReport>> {
        let last = self.last.lock();
        let (at, report) = last.as_ref()?;
        (now.saturating_duration_since(*at) <= MOST).then(|| Arc::clone(report))
    }

    fn store(&self, at: Instant, report: Arc<HealthReport>) {
        *self.last.lock() = Some((at, report));
    }
}

fn unavailable(backend: &str) -> HealthReport {
    HealthReport {
        vendor: "unknown".to_owned(),
        key_managers: vec![KeyManager {
            id: backend.to_owned(),
            model: "unknown".to_owned(),
            state: KeyManagerState::Unavailable,
        }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xks_097_a_report_older_than_60_seconds_is_not_given_out() {
        let health = Health::default();
        let then = Instant::now();
        health.store(then, Arc::new(unavailable("software")));
        assert!(health.fresh(then + Duration::from_mins(1)).is_some());
        assert!(health.fresh(then + Duration::from_millis(60_001)).is_none());
    }

    #[test]
    fn flt_30_a_storage_that_fails_shows_in_the_health_of_its_key_stores() {
        let mut report = unavailable("software");
        report.key_managers[0].state = KeyManagerState::Active;
        let known = |storage| known_since(Arc::new(report.clone()), storage, false);
        let state = |storage| known(storage).key_managers[0].state;
        assert_eq!(state(None), KeyManagerState::Active);
        assert_eq!(state(Some(StorageState::Serving)), KeyManagerState::Active);
        assert_eq!(
            state(Some(StorageState::Failing)),
            KeyManagerState::Degraded
        );
        assert_eq!(
            state(Some(StorageState::Away)),
            KeyManagerState::Unavailable
        );
        report.key_managers[0].state = KeyManagerState::Unavailable;
        let failing = known_since(Arc::new(report), Some(StorageState::Failing), true);
        assert_eq!(failing.key_managers[0].state, KeyManagerState::Unavailable);
    }
}
