//! GetHealthStatus: the proxy and the key managers behind it (XKS-092 to
//! XKS-100). No policy is asked and no external key is touched (XKS-098).

use std::time::Instant;

use claviger_xks::request::GetHealthStatusRequest;

use crate::audit::{AuditRecord, Caller};
use crate::authenticate::Authenticated;
use crate::deadline::Deadline;
use crate::failure::Failure;

pub(crate) async fn get_health_status<'h>(
    authenticated: &Authenticated<'h>,
    body: &[u8],
    deadline: Deadline,
    audit: &mut AuditRecord<'h>,
) -> Result<Vec<u8>, Failure> {
    let request = GetHealthStatusRequest::parse(body)?;
    audit.line().caller = Some(Caller::OfHealth(request));
    let key_store = authenticated.key_store();
    audit.line().backend = Some(&key_store.backend.name);
    let report = key_store
        .health
        .report(&key_store.backend, deadline, Instant::now())
        .await?;
    Ok(report.to_json())
}
