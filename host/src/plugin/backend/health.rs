//! Health reports of a backend, checked.

use std::time::{Duration, Instant};

use super::Backend;
use crate::plugin::fault::PluginFault;
use crate::plugin::turn::Budget;
use crate::words::{Deadline, HealthReport, is_printable};

/// Processor time that a check may take.
const COMPUTES: Duration = Duration::from_millis(300);
/// Most key managers of a report.
const KEY_MANAGERS: usize = 64;
/// Longest vendor, model and id, in characters.
const NAME: usize = 128;

impl Backend {
    /// A deep check on the backend's own test key (XKS-096).
    pub(crate) async fn check(&self, deadline: Deadline) -> Result<HealthReport, PluginFault> {
        let asked = Instant::now();
        match self.check_once(deadline).await {
            Err(PluginFault::Refused(refusal)) if refusal.wants_upkeep => {
                self.upkeep.after(asked, deadline).await;
                self.check_once(deadline).await
            }
            checked => checked,
        }
    }

    async fn check_once(&self, deadline: Deadline) -> Result<HealthReport, PluginFault> {
        let budget = Budget::background(deadline, COMPUTES);
        let mut lease = self.inner.pool.lease_in_background(deadline).await?;
        let report = lease.check(budget).await??;
        checked(report).map_err(|nonsense| lease.condemn(nonsense))
    }
}

pub(in crate::plugin) fn checked(report: HealthReport) -> Result<HealthReport, &'static str> {
    let printable = |text: &str| is_printable(text, NAME);
    if !printable(&report.vendor) {
        return Err("the vendor is not 1 to 128 printable characters");
    }
    let managers = &report.key_managers;
    if managers.len() > KEY_MANAGERS {
        return Err("its health report has more than 64 key managers");
    }
    if !managers
        .iter()
        .all(|manager| printable(&manager.id) && printable(&manager.model))
    {
        return Err("a key manager's id or model is not 1 to 128 printable characters");
    }
    let mut ids: Vec<&str> = managers.iter().map(|manager| &*manager.id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() || ids.len() != managers.len() {
        return Err("its health report has no key manager, or two with the same id");
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{KeyManager, KeyManagerState};

    #[test]
    fn a_report_that_kms_could_not_read_is_refused() {
        let report = |vendor: &str, ids: &[&str]| HealthReport {
            vendor: vendor.to_owned(),
            key_managers: ids
                .iter()
                .map(|id| KeyManager {
                    id: (*id).to_owned(),
                    model: "M 1".to_owned(),
                    state: KeyManagerState::Active,
                })
                .collect(),
        };
        assert!(checked(report("V", &["hsm-1", "hsm-2"])).is_ok());
        assert!(checked(report("", &["hsm-1"])).is_err());
        assert!(checked(report("V", &["hsm\n1"])).is_err());
        assert!(checked(report("V", &["hsm-1", "hsm-1"])).is_err());
        assert!(checked(report("V", &[])).is_err());
    }
}
