//! Steps 7 to 9 of the order of checks, which the three APIs on a key share: the
//! body is parsed and recorded, and the caller authorized.

use std::mem;
use std::sync::Arc;

use claviger_xks::request::{
    DecryptRequest, EncryptRequest, GetKeyMetadataRequest, RequestFault, RequestMetadata,
};
use claviger_xks::uri::ExternalKeyId;

use crate::audit::{AuditRecord, Caller};
use crate::authenticate::Authenticated;
use crate::authorize::{Authorized, authorize};
use crate::deadline::Deadline;
use crate::failure::Failure;
use crate::plugin::wit::claviger::plugin::types::{RequestContext, XksOperation};

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

    /// Who asked AWS KMS for what; leaves nothing of it behind.
    fn take_metadata(&mut self) -> RequestMetadata;
}

impl<'h> KeyCall<'_, 'h> {
    /// The request, and the permission to look its key up.
    pub(crate) async fn authorize<R: KeyRequest>(
        &mut self,
    ) -> Result<(R, Authorized<'h>), Failure> {
        let mut request = R::read(self.body)?;
        let context = Arc::new(self.context(R::OPERATION, request.take_metadata()));
        self.audit.line().caller = Some(Caller::OfKey(Arc::clone(&context)));
        let authorized = authorize(
            self.authenticated,
            self.external_key_id.clone(),
            &context,
            self.deadline,
            self.audit,
        )
        .await?;
        Ok((request, authorized))
    }

    /// What policies are told, and the audit record repeats.
    fn context(&self, operation: XksOperation, metadata: RequestMetadata) -> RequestContext {
        RequestContext {
            key_store: self.authenticated.key_store().name.clone(),
            operation,
            external_key_id: self.external_key_id.as_str().to_owned(),
            access_key_id: self.authenticated.access_key_id().as_str().to_owned(),
            aws_principal_arn: metadata.aws_principal_arn,
            kms_operation: metadata.kms_operation,
            kms_request_id: metadata.kms_request_id,
            kms_key_arn: metadata.kms_key_arn,
            aws_source_vpc: metadata.aws_source_vpc,
            aws_source_vpce: metadata.aws_source_vpce,
            kms_via_service: metadata.kms_via_service,
            unknown_fields: metadata.unknown,
        }
    }
}

impl KeyRequest for GetKeyMetadataRequest {
    const OPERATION: XksOperation = XksOperation::GetKeyMetadata;

    fn read(body: &[u8]) -> Result<Self, RequestFault> {
        Self::parse(body)
    }

    fn take_metadata(&mut self) -> RequestMetadata {
        mem::take(&mut self.metadata)
    }
}

impl KeyRequest for EncryptRequest {
    const OPERATION: XksOperation = XksOperation::Encrypt;

    fn read(body: &[u8]) -> Result<Self, RequestFault> {
        Self::parse(body)
    }

    fn take_metadata(&mut self) -> RequestMetadata {
        mem::take(&mut self.metadata)
    }
}

impl KeyRequest for DecryptRequest {
    const OPERATION: XksOperation = XksOperation::Decrypt;

    fn read(body: &[u8]) -> Result<Self, RequestFault> {
        Self::parse(body)
    }

    fn take_metadata(&mut self) -> RequestMetadata {
        mem::take(&mut self.metadata)
    }
}
