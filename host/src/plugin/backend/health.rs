//! Interface `health` of a backend.

use std::num::NonZeroU32;

use claviger_xks::response::{EkmFleetDetail, HealthStatus, HealthStatusResponse};

use super::super::fault::PluginFault;
use super::super::instance::Sensitivity;
use super::super::wit::exports::claviger::plugin::health as contract;
use super::{Backend, printable_within};
use crate::deadline::Deadline;

/// Longest vendor, model and id, in characters.
const NAME: usize = 128;

const PROXY_VENDOR: &str = "Claviger";
const PROXY_MODEL: &str = concat!("Claviger ", env!("CARGO_PKG_VERSION"));

impl Backend {
    /// A deep check on the backend's own test key (XKS-096), as the answer to
    /// GetHealthStatus of a fleet of `fleet_size` proxies.
    pub(crate) async fn check(
        &self,
        fleet_size: NonZeroU32,
        deadline: Deadline,
    ) -> Result<HealthStatusResponse, PluginFault> {
        let mut lease = self.pool.lease(deadline).await?;
        let (answer,) = lease
            .call(deadline, Sensitivity::Plain, |backend| backend.check, ())
            .await?;
        let report = answer?;
        checked(fleet_size, report).map_err(|nonsense| lease.condemn(nonsense))
    }
}

/// The answer while a backend does not report at all: KMS itself maps a fleet
/// that is unavailable (XKS-100).
pub(crate) fn unavailable(fleet_size: NonZeroU32, backend: &str) -> Option<HealthStatusResponse> {
    let detail = EkmFleetDetail {
        id: backend.to_owned(),
        model: "unknown".to_owned(),
        health_status: HealthStatus::Unavailable,
    };
    answer(fleet_size, "unknown".to_owned(), vec![detail]).ok()
}

fn checked(
    fleet_size: NonZeroU32,
    report: contract::HealthReport,
) -> Result<HealthStatusResponse, &'static str> {
    let printable = |text: &str| printable_within(text, NAME);
    if !printable(&report.vendor) {
        return Err("the vendor is not 1 to 128 printable characters");
    }
    if !report
        .key_managers
        .iter()
        .all(|entry| printable(&entry.id) && printable(&entry.model))
    {
        return Err("a key manager's id or model is not 1 to 128 printable characters");
    }
    let details = report.key_managers.into_iter().map(detail).collect();
    answer(fleet_size, report.vendor, details)
}

fn answer(
    fleet_size: NonZeroU32,
    vendor: String,
    details: Vec<EkmFleetDetail>,
) -> Result<HealthStatusResponse, &'static str> {
    HealthStatusResponse::new(fleet_size, PROXY_VENDOR, PROXY_MODEL, vendor, details)
        .map_err(|_| "its health report has no key manager, or two with the same id")
}

fn detail(manager: contract::KeyManager) -> EkmFleetDetail {
    EkmFleetDetail {
        id: manager.id,
        model: manager.model,
        health_status: match manager.health_status {
            contract::HealthStatus::Active => HealthStatus::Active,
            contract::HealthStatus::Degraded => HealthStatus::Degraded,
            contract::HealthStatus::Unavailable => HealthStatus::Unavailable,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_that_kms_could_not_read_is_refused() {
        let report = |vendor: &str, id: &str| contract::HealthReport {
            vendor: vendor.to_owned(),
            key_managers: vec![contract::KeyManager {
                id: id.to_owned(),
                model: "M 1".to_owned(),
                health_status: contract::HealthStatus::Active,
            }],
        };
        let one = NonZeroU32::MIN;
        assert!(checked(one, report("V", "hsm-1")).is_ok());
        assert!(checked(one, report("", "hsm-1")).is_err());
        assert!(checked(one, report("V", "hsm\n1")).is_err());
        assert!(
            checked(
                one,
                contract::HealthReport {
                    vendor: "V".into(),
                    key_managers: vec![]
                }
            )
            .is_err()
        );
    }
}
