//! The answer to `GetHealthStatus`.

use std::num::NonZeroU32;

use serde::Serialize;
use thiserror::Error;

/// XKS `healthStatus` of an external key manager (XKS-094).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum HealthStatus {
    /// Healthy.
    Active,
    /// Unhealthy, but serving.
    Degraded,
    /// Not serving.
    Unavailable,
}

impl HealthStatus {
    /// Whether the key manager serves requests.
    pub const fn is_serving(self) -> bool {
        matches!(self, Self::Active | Self::Degraded)
    }
}

/// One entry of `ekmFleetDetails`: one external key manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EkmFleetDetail {
    /// Unique within the answer (XKS-093).
    pub id: String,
    /// Product and hardware or firmware version (XKS-095).
    pub model: String,
    /// What the last check found.
    pub health_status: HealthStatus,
}

/// The state of the proxy and its key managers (XKS-092).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthStatusResponse {
    xks_proxy_fleet_size: NonZeroU32,
    xks_proxy_vendor: String,
    xks_proxy_model: String,
    ekm_vendor: String,
    ekm_fleet_details: Vec<EkmFleetDetail>,
}

impl HealthStatusResponse {
    /// The most entries of `ekmFleetDetails` (XKS-093).
    pub const MAX_KEY_MANAGERS: usize = 10;

    /// Takes the size of the proxy fleet, vendor and model of the proxy, the
    /// vendor of the key managers, and at least one of them with ids that differ.
    ///
    /// Of more than ten the first ten are kept. Should none of those serve, the
    /// first that does takes the last place: AWS KMS refuses to connect when
    /// all that it is shown are unavailable (XKS-093).
    pub fn new(
        xks_proxy_fleet_size: NonZeroU32,
        xks_proxy_vendor: impl Into<String>,
        xks_proxy_model: impl Into<String>,
        ekm_vendor: impl Into<String>,
        mut ekm_fleet_details: Vec<EkmFleetDetail>,
    ) -> Result<Self, HealthStatusResponseFault> {
        if ekm_fleet_details.is_empty() {
            return Err(HealthStatusResponseFault::NoKeyManager);
        }
        let mut ids: Vec<&str> = ekm_fleet_details.iter().map(|detail| &*detail.id).collect();
        ids.sort_unstable();
        if ids
            .iter()
            .zip(ids.iter().skip(1))
            .any(|(left, right)| left == right)
        {
            return Err(HealthStatusResponseFault::RepeatedId);
        }
        let first_serving = ekm_fleet_details
            .iter()
            .position(|detail| detail.health_status.is_serving());
        if let Some(position) = first_serving.filter(|&at| at >= Self::MAX_KEY_MANAGERS) {
            ekm_fleet_details.swap(position, Self::MAX_KEY_MANAGERS - 1);
        }
        ekm_fleet_details.truncate(Self::MAX_KEY_MANAGERS);
        Ok(Self {
            xks_proxy_fleet_size,
            xks_proxy_vendor: xks_proxy_vendor.into(),
            xks_proxy_model: xks_proxy_model.into(),
            ekm_vendor: ekm_vendor.into(),
            ekm_fleet_details,
        })
    }

    /// Whether at least one key manager serves.
    pub fn serves(&self) -> bool {
        self.ekm_fleet_details
            .iter()
            .any(|detail| detail.health_status.is_serving())
    }

    /// The body of the answer.
    pub fn to_json(&self) -> Vec<u8> {
        super::to_json(self)
    }
}

/// Why a report of key managers cannot be an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HealthStatusResponseFault {
    /// No entry at all.
    #[error("the report names no key manager: at least one is required")]
    NoKeyManager,
    /// Two entries with one id.
    #[error("the report names two key managers with the same id")]
    RepeatedId,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(statuses: &[HealthStatus]) -> Vec<EkmFleetDetail> {
        let detail = |(index, &health_status)| EkmFleetDetail {
            id: format!("hsm-{index}"),
            model: "Luna 5.0".to_owned(),
            health_status,
        };
        statuses.iter().enumerate().map(detail).collect()
    }

    fn response(
        details: Vec<EkmFleetDetail>,
    ) -> Result<HealthStatusResponse, HealthStatusResponseFault> {
        let fleet_size = NonZeroU32::new(2).unwrap();
        HealthStatusResponse::new(fleet_size, "Acme", "Acme Proxy 1.0", "Thales", details)
    }

    #[test]
    fn xks_092_body_has_every_member() {
        let details = details(&[HealthStatus::Degraded, HealthStatus::Active]);
        assert_eq!(
            String::from_utf8(response(details).unwrap().to_json()).unwrap(),
            "{\"xksProxyFleetSize\":2,\"xksProxyVendor\":\"Acme\",\
             \"xksProxyModel\":\"Acme Proxy 1.0\",\"ekmVendor\":\"Thales\",\"ekmFleetDetails\":[\
             {\"id\":\"hsm-0\",\"model\":\"Luna 5.0\",\"healthStatus\":\"DEGRADED\"},\
             {\"id\":\"hsm-1\",\"model\":\"Luna 5.0\",\"healthStatus\":\"ACTIVE\"}]}"
        );
    }

    #[test]
    fn xks_093_one_to_ten_entries_with_unique_ids() {
        assert_eq!(
            response(Vec::new()),
            Err(HealthStatusResponseFault::NoKeyManager)
        );
        let one = details(&[HealthStatus::Active]);
        let twice = [one.clone(), one].concat();
        assert_eq!(response(twice), Err(HealthStatusResponseFault::RepeatedId));
        let kept = response(details(&[HealthStatus::Active; 12]))
            .unwrap()
            .ekm_fleet_details;
        assert_eq!(kept, details(&[HealthStatus::Active; 10]));
    }

    #[test]
    fn xks_093_a_serving_entry_is_kept() {
        let mut statuses = [HealthStatus::Unavailable; 13];
        statuses[11] = HealthStatus::Degraded;
        let kept = response(details(&statuses)).unwrap().ekm_fleet_details;
        assert_eq!(kept.len(), 10);
        assert_eq!(kept[9].id, "hsm-11");
        assert_eq!(kept[..9], details(&statuses)[..9]);
    }

    #[test]
    fn xks_094_statuses_are_the_words_of_the_specification() {
        let all = [
            HealthStatus::Active,
            HealthStatus::Degraded,
            HealthStatus::Unavailable,
        ];
        assert_eq!(
            serde_json::to_string(&all).unwrap(),
            r#"["ACTIVE","DEGRADED","UNAVAILABLE"]"#
        );
    }
}
