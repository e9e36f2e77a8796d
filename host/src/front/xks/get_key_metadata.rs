//! GetKeyMetadata: what an external key is (XKS-050 to XKS-056).

use claviger_xks::request::GetKeyMetadataRequest;
use claviger_xks::response::{KeyMetadataResponse, KeyStatus};

use super::failure::Failure;
use super::key_call::KeyCall;

/// A disabled key is described like any other (XKS-055).
pub(super) async fn get_key_metadata(mut call: KeyCall<'_, '_>) -> Result<Vec<u8>, Failure> {
    let (_, key) = call.find::<GetKeyMetadataRequest>().await?;
    let status = if key.is_enabled() {
        KeyStatus::Enabled
    } else {
        KeyStatus::Disabled
    };
    Ok(KeyMetadataResponse::new(key.key_spec(), key.key_usage(), status).to_json())
}
