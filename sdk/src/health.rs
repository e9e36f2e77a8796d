//! The state of the external key managers behind a backend.

/// XKS `healthStatus` (XKS-094).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum HealthStatus {
    /// Healthy.
    Active,
    /// Unhealthy, but still serving.
    Degraded,
    /// Cannot serve.
    Unavailable,
}

/// One entry of XKS `ekmFleetDetails` (XKS-092).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyManager {
    /// Unique within the report; 1 to 128 printable ASCII characters.
    pub id: String,
    /// Product and hardware or firmware version (XKS-095).
    pub model: String,
    /// Its state, found out by using it.
    pub health_status: HealthStatus,
}

/// What a health check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthReport {
    /// XKS `ekmVendor`.
    pub vendor: String,
    /// 1 to 10 entries (XKS-093).
    pub key_managers: Vec<KeyManager>,
}
