//! GetHealthStatus: the proxy and the key managers behind it (XKS-092 to
//! XKS-100). No policy is asked and no external key is touched (XKS-098).

use std::num::NonZeroU32;
use std::time::Instant;

use claviger_xks::request::GetHealthStatusRequest;
use claviger_xks::response::{EkmFleetDetail, HealthStatus, HealthStatusResponse};

use super::authenticate::Authenticated;
use super::failure::Failure;
use super::record::{AuditRecord, Caller};
use crate::words::{Deadline, KeyManager, KeyManagerState};

const PROXY_VENDOR: &str = "Claviger";
const PROXY_MODEL: &str = concat!("Claviger ", env!("CARGO_PKG_VERSION"));

pub(super) async fn get_health_status<'h>(
    authenticated: &Authenticated<'h>,
    fleet_size: NonZeroU32,
    body: &[u8],
    deadline: Deadline,
    record: &mut AuditRecord<'h>,
) -> Result<Vec<u8>, Failure> {
    let request = GetHealthStatusRequest::parse(body)?;
    record.line().caller = Some(Caller::OfHealth(request));
    let keys = &authenticated.key_store().keys;
    record.line().backend = Some(keys.backend_name());
    let report = keys.health(deadline, Instant::now()).await?;
    let details = report.key_managers.iter().map(detail).collect();
    let vendor = report.vendor.clone();
    let answer = HealthStatusResponse::new(fleet_size, PROXY_VENDOR, PROXY_MODEL, vendor, details)?;
    Ok(answer.to_json())
}

fn detail(manager: &KeyManager) -> EkmFleetDetail {
    EkmFleetDetail {
        id: manager.id.clone(),
        model: manager.model.clone(),
        health_status: match manager.state {
            KeyManagerState::Active => HealthStatus::Active,
            KeyManagerState::Degraded => HealthStatus::Degraded,
            KeyManagerState::Unavailable => HealthStatus::Unavailable,
        },
    }
}
