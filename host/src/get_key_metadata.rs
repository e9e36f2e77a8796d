//! GetKeyMetadata: what an external key is (XKS-050 to XKS-056).

use claviger_xks::request::GetKeyMetadataRequest;
use claviger_xks::response::{KeyMetadataResponse, KeyStatus};
use claviger_xks::uri::ExternalKeyId;

use crate::audit::AuditRecord;
use crate::authenticate::Authenticated;
use crate::authorize::authorize;
use crate::deadline::Deadline;
use crate::failure::Failure;
use crate::key_lookup;
use crate::plugin::wit::claviger::plugin::types::XksOperation;
use crate::request_metadata;

/// A disabled key is described like any other (XKS-055).
pub(crate) async fn get_key_metadata<'h>(
    authenticated: &Authenticated<'h>,
    external_key_id: ExternalKeyId,
    body: &[u8],
    deadline: Deadline,
    audit: &mut AuditRecord<'h>,
) -> Result<Vec<u8>, Failure> {
    let request = GetKeyMetadataRequest::parse(body)?;
    request_metadata::record(&request.metadata, audit);
    let operation = XksOperation::GetKeyMetadata;
    let metadata = &request.metadata;
    let authorized = authorize(
        authenticated,
        operation,
        external_key_id,
        metadata,
        deadline,
        audit,
    )
    .await?;
    let found = key_lookup::find(&authorized, deadline, audit).await?;
    let key = &found.key;
    let status = if key.enabled {
        KeyStatus::Enabled
    } else {
        KeyStatus::Disabled
    };
    let usage = key.key_usage.iter().map(String::as_str);
    Ok(KeyMetadataResponse::new(&key.key_spec, usage, status).to_json())
}
