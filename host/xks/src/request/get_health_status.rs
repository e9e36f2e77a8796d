//! The body of `GetHealthStatus`.

use std::sync::Arc;

use super::RequestFault;
use super::metadata::{kms_operation, kms_request_id, request_metadata};
use crate::json::Object;

/// A `GetHealthStatus` request: it has no caller and no key, and requires only
/// these two members of `requestMetadata` (XKS-043, XKS-099).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GetHealthStatusRequest {
    /// `kmsOperation`, for example `KmsHealthCheck` (XKS-045).
    pub kms_operation: Arc<str>,
    /// `kmsRequestId`: opaque, may be empty (XKS-046).
    pub kms_request_id: Arc<str>,
}

impl GetHealthStatusRequest {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, RequestFault> {
        let body = Object::parse(body)?;
        let metadata = request_metadata(&body)?;
        Ok(Self {
            kms_operation: kms_operation(metadata)?,
            kms_request_id: kms_request_id(metadata)?,
        })
    }
}
