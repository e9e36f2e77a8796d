//! The answer to `GetHealthStatus`.

use claviger_xks::json::{Object, Value};
use claviger_xks::response::{EkmFleetDetail, HealthStatus, HealthStatusResponse};

use super::member::{array, required, required_string, string};
use super::{Failure, MalformedAnswer};

/// The state of a proxy and its key managers (XKS-092).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthReport {
    /// `xksProxyFleetSize`, at least 1.
    pub proxy_fleet_size: u64,
    /// `xksProxyVendor`
    pub proxy_vendor: String,
    /// `xksProxyModel`
    pub proxy_model: String,
    /// `ekmVendor`
    pub ekm_vendor: String,
    /// `ekmFleetDetails`: 1 to 10 entries whose ids differ (XKS-093).
    pub key_managers: Vec<EkmFleetDetail>,
}

impl HealthReport {
    /// Reads the body of a 200.
    pub fn read(object: &Object<'_>) -> Result<Self, MalformedAnswer> {
        let details = array(object, "ekmFleetDetails")?;
        if !(1..=HealthStatusResponse::MAX_KEY_MANAGERS).contains(&details.len()) {
            return Err(MalformedAnswer::Count {
                member: "ekmFleetDetails",
                count: details.len(),
                expected: "1 to 10",
            });
        }
        let key_managers: Vec<EkmFleetDetail> =
            details.iter().map(detail).collect::<Result<_, _>>()?;
        let mut ids: Vec<&str> = key_managers.iter().map(|one| &*one.id).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.len() != key_managers.len() {
            return Err(MalformedAnswer::RepeatedId);
        }
        let text = |name| required_string(object, name).map(str::to_owned);
        Ok(Self {
            proxy_fleet_size: fleet_size(object)?,
            proxy_vendor: text("xksProxyVendor")?,
            proxy_model: text("xksProxyModel")?,
            ekm_vendor: text("ekmVendor")?,
            key_managers,
        })
    }

    /// AWS KMS takes the proxy for unreachable when no key manager serves.
    pub fn require_serving(&self) -> Result<(), Failure> {
        if self
            .key_managers
            .iter()
            .any(|one| one.health_status.is_serving())
        {
            Ok(())
        } else {
            Err(Failure::AllUnavailable)
        }
    }
}

fn fleet_size(object: &Object<'_>) -> Result<u64, MalformedAnswer> {
    const MEMBER: &str = "xksProxyFleetSize";
    let number = match required(object, MEMBER)? {
        Value::Number(number) => number.as_u64(),
        _ => None,
    };
    number
        .filter(|&size| size > 0)
        .ok_or(MalformedAnswer::Type {
            member: MEMBER,
            expected: "an integer greater than 0",
        })
}

fn detail(value: &Value<'_>) -> Result<EkmFleetDetail, MalformedAnswer> {
    let Value::Object(detail) = value else {
        return Err(MalformedAnswer::Type {
            member: "ekmFleetDetails",
            expected: "an array of objects",
        });
    };
    let member = |name: &'static str, path: &'static str| match detail.get(name) {
        None | Some(Value::Null) => Err(MalformedAnswer::Missing(path)),
        Some(value) => string(value, path),
    };
    let health_status = match member("healthStatus", "ekmFleetDetails.healthStatus")? {
        "ACTIVE" => HealthStatus::Active,
        "DEGRADED" => HealthStatus::Degraded,
        "UNAVAILABLE" => HealthStatus::Unavailable,
        _ => {
            return Err(MalformedAnswer::Value {
                member: "ekmFleetDetails.healthStatus",
                expected: "ACTIVE, DEGRADED or UNAVAILABLE",
            });
        }
    };
    Ok(EkmFleetDetail {
        id: member("id", "ekmFleetDetails.id")?.to_owned(),
        model: member("model", "ekmFleetDetails.model")?.to_owned(),
        health_status,
    })
}
