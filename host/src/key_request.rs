//! Steps 7 to 9 of the order of checks, which the three APIs on a key share: the
//! body is parsed and recorded, and the caller authorized.

use claviger_xks::request::{
    DecryptRequest, EncryptRequest, GetKeyMetadataRequest, RequestFault, RequestMetadata,
};
use claviger_xks::uri::ExternalKeyId;

use crate::audit::AuditRecord;
use crate::authenticate::Authenticated;
use crate::authorize::{Authorized, authorize};
use crate::deadline::Deadline;
use crate::failure::Failure;
use crate::plugin::wit::claviger::plugin::types::XksOperation;
use crate::request_metadata;

/// An authenticated call of an API on a key, not yet looked into.
pub(crate) struct KeyCall<'c, 'h> {
    pub(crate) authenticated: &'c Authenticated<'h>,
    pub(crate) external_key_id: ExternalKeyId,
    pub(crate) body: &'c [u8],
    pub(crate) deadline: Deadline,
    pub(crate) audit: &'c mut AuditRecord<'h>,
}

/// The body of an API on a key.
pub(crate) trait KeyRequest: Sized {
    /// The API.
    const OPERATION: XksOperation;

    /// Reads the body.
    fn read(body: &[u8]) -> Result<Self, RequestFault>;

    /// Who asked AWS KMS for what.
    fn metadata(&self) -> &RequestMetadata;
}

impl<'h> KeyCall<'_, 'h> {
    /// The request, and the permission to look its key up.
    pub(crate) async fn authorize<R: KeyRequest>(
        &mut self,
    ) -> Result<(R, Authorized<'h>), Failure> {
        let request = R::read(self.body)?;
        let metadata = request.metadata();
        request_metadata::record(metadata, self.audit);
        let authorized = authorize(
            self.authenticated,
            R::OPERATION,
            self.external_key_id.clone(),
            metadata,
            self.deadline,
            self.audit,
        )
        .await?;
        Ok((request, authorized))
    }
}

impl KeyRequest for GetKeyMetadataRequest {
    const OPERATION: XksOperation = XksOperation::GetKeyMetadata;

    fn read(body: &[u8]) -> Result<Self, RequestFault> {
        Self::parse(body)
    }

    fn metadata(&self) -> &RequestMetadata {
        &self.metadata
    }
}

impl KeyRequest for EncryptRequest {
    const OPERATION: XksOperation = XksOperation::Encrypt;

    fn read(body: &[u8]) -> Result<Self, RequestFault> {
        Self::parse(body)
    }

    fn metadata(&self) -> &RequestMetadata {
        &self.metadata
    }
}

impl KeyRequest for DecryptRequest {
    const OPERATION: XksOperation = XksOperation::Decrypt;

    fn read(body: &[u8]) -> Result<Self, RequestFault> {
        Self::parse(body)
    }

    fn metadata(&self) -> &RequestMetadata {
        &self.metadata
    }
}
