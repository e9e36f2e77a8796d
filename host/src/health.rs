//! The state of a key store's external key managers, kept fresh in the
//! background (XKS-096, XKS-097).
//!
//! A deep check may take longer than KMS waits, so a request is answered from
//! the last one, and never from one that is older than a minute.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use claviger_xks::response::HealthStatusResponse;
use parking_lot::Mutex;

use crate::deadline::Deadline;
use crate::plugin::PluginFault;
use crate::plugin::backend::{Backend, unavailable};

/// The age beyond which a report is not given to anybody (XKS-097).
const MOST: Duration = Duration::from_mins(1);
/// The time between two checks in the background: three may fail to run before a
/// report is too old.
pub(crate) const REFRESH: Duration = Duration::from_secs(15);
/// How long a check in the background may take.
const CHECK: Duration = Duration::from_secs(10);

/// The last report of one key store.
pub(crate) struct Health {
    fleet_size: NonZeroU32,
    last: Mutex<Option<(Instant, HealthStatusResponse)>>,
}

impl Health {
    /// Nothing is known yet; answers are those of a fleet of `fleet_size` proxies.
    pub(crate) fn new(fleet_size: NonZeroU32) -> Self {
        Self {
            fleet_size,
            last: Mutex::new(None),
        }
    }

    /// Checks in the background. A backend that cannot even answer is reported
    /// as a key manager that is unavailable, which KMS maps itself (XKS-100).
    pub(crate) async fn refresh(&self, backend: &Backend) {
        let started = Instant::now();
        match backend
            .check(self.fleet_size, Deadline::after(started, CHECK))
            .await
        {
            Ok(report) => self.store(started, report),
            Err(fault) => {
                tracing::error!(backend = backend.name, error = %fault, "health check");
                if let Some(report) = unavailable(self.fleet_size, &backend.name) {
                    self.store(started, report);
                }
            }
        }
    }

    /// The last report, or a new one made within `deadline` when it is too old.
    pub(crate) async fn report(
        &self,
        backend: &Backend,
        deadline: Deadline,
        now: Instant,
    ) -> Result<HealthStatusResponse, PluginFault> {
        if let Some(report) = self.fresh(now) {
            return Ok(report);
        }
        let report = Box::pin(backend.check(self.fleet_size, deadline)).await?;
        self.store(now, report.clone());
        Ok(report)
    }

    /// Whether any key manager can serve, as far as is known.
    pub(crate) fn serves(&self, now: Instant) -> bool {
        self.fresh(now).is_some_and(|report| report.serves())
    }

    fn fresh(&self, now: Instant) -> Option<HealthStatusResponse> {
        let last = self.last.lock();
        let (at, report) = last.as_ref()?;
        (now.saturating_duration_since(*at) <= MOST).then(|| report.clone())
    }

    fn store(&self, at: Instant, report: HealthStatusResponse) {
        *self.last.lock() = Some((at, report));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xks_097_a_report_older_than_60_seconds_is_not_given_out() {
        let health = Health::new(NonZeroU32::MIN);
        let then = Instant::now();
        health.store(then, unavailable(NonZeroU32::MIN, "software").unwrap());
        assert!(health.fresh(then + Duration::from_mins(1)).is_some());
        assert!(health.fresh(then + Duration::from_millis(60_001)).is_none());
    }

    #[test]
    fn xks_126_readiness_needs_a_key_manager_that_serves() {
        let health = Health::new(NonZeroU32::MIN);
        let now = Instant::now();
        assert!(!health.serves(now), "nothing is known yet");
        health.store(now, unavailable(NonZeroU32::MIN, "software").unwrap());
        assert!(!health.serves(now));
    }
}
