//! GetKeyMetadata: what an external key is (XKS-050 to XKS-056).

use claviger_xks::request::GetKeyMetadataRequest;
use claviger_xks::response::{KeyMetadataResponse, KeyStatus};

use crate::failure::Failure;
use crate::key_lookup;
use crate::key_request::KeyCall;

/// A disabled key is described like any other (XKS-055).
pub(crate) async fn get_key_metadata(mut call: KeyCall<'_, '_>) -> Result<Vec<u8>, Failure> {
    let (_, authorized) = call.authorize::<GetKeyMetadataRequest>().await?;
    let found = key_lookup::find(&authorized, call.deadline, call.audit).await?;
    let key = &found.key;
    let status = if found.enabled {
        KeyStatus::Enabled
    } else {
        KeyStatus::Disabled
    };
    let usage = key.key_usage.iter().map(String::as_str);
    Ok(KeyMetadataResponse::new(&key.key_spec, usage, status).to_json())
}
