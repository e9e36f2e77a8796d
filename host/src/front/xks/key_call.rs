//! Steps 7 to 12 of the order of checks, which the three APIs on a key share: the
//! body is parsed and recorded, the caller authorized, the key found.

use std::mem;
use std::sync::Arc;
use std::time::Instant;

use claviger_xks::request::{
    DecryptRequest, EncryptRequest, GetKeyMetadataRequest, RequestFault, RequestMetadata,
};
use claviger_xks::uri::ExternalKeyId;

use super::authenticate::Authenticated;
use super::counters::Stage;
use super::failure::Failure;
use super::key_store::KeyStore;
use super::record::{AuditRecord, Caller};
use crate::keys::{Api, Authorized, Decrypt, Describe, Encrypt, FoundKey};
use crate::words::{self, Deadline, KeyId, NotAKeyId};

/// An authenticated call of an API on a key, not yet looked into.
pub(super) struct KeyCall<'c, 'h> {
    pub(super) authenticated: &'c Authenticated<'h>,
    pub(super) external_key_id: ExternalKeyId,
    pub(super) body: &'c [u8],
    pub(super) deadline: Deadline,
    pub(super) record: &'c mut AuditRecord<'h>,
}

/// The body of an API on a key.
pub(super) trait KeyBody: Sized {
    /// What it asks of the key.
    type Api: Api;

    /// Reads the body.
    fn read(body: &[u8]) -> Result<Self, RequestFault>;

    /// Who asked AWS KMS for what; leaves nothing of it behind.
    fn take_metadata(&mut self) -> RequestMetadata;
}

impl<'h> KeyCall<'_, 'h> {
    /// Reads the request, authorizes its caller and looks its key up.
    pub(super) async fn find<R: KeyBody>(&mut self) -> Result<(R, FoundKey<'h, R::Api>), Failure> {
        let (request, authorized) = self.authorize::<R>().await?;
        self.record.line().backend = Some(self.key_store().keys.backend_name());
        let since = Instant::now();
        let found = authorized.find(self.deadline).await;
        self.record.took(Stage::Lookup, since);
        Ok((request, found?))
    }

    /// The key store that is called.
    pub(super) fn key_store(&self) -> &'h KeyStore {
        self.authenticated.key_store()
    }

    async fn authorize<R: KeyBody>(&mut self) -> Result<(R, Authorized<'h, R::Api>), Failure> {
        let mut request = R::read(self.body)?;
        let key_id = KeyId::try_from(Arc::from(self.external_key_id.clone()))
            .map_err(|NotAKeyId| Failure::PathForm)?;
        let caller = self.caller(request.take_metadata());
        let asked = self.key_store().keys.request(key_id, caller);
        self.record.line().caller = Some(Caller::OfKey(Arc::clone(asked.context())));
        let since = Instant::now();
        let said = &mut self.record.line().policy;
        let authorized = asked.authorize(self.deadline, said).await;
        self.record.took(Stage::Policy, since);
        Ok((request, authorized?))
    }

    /// What policies are told, and the record repeats.
    fn caller(&self, metadata: RequestMetadata) -> words::Caller {
        words::Caller {
            credential: self.authenticated.access_key_id().clone().into(),
            aws_principal_arn: metadata.aws_principal_arn,
            kms_operation: metadata.kms_operation,
            kms_request_id: metadata.kms_request_id,
            kms_key_arn: metadata.kms_key_arn,
            aws_source_vpc: metadata.aws_source_vpc,
            aws_source_vpce: metadata.aws_source_vpce,
            kms_via_service: metadata.kms_via_service,
            unknown_fields: metadata.unknown.into(),
        }
    }
}

impl KeyBody for GetKeyMetadataRequest {
    type Api = Describe;

    fn read(body: &[u8]) -> Result<Self, RequestFault> {
        Self::parse(body)
    }

    fn take_metadata(&mut self) -> RequestMetadata {
        mem::take(&mut self.metadata)
    }
}

impl KeyBody for EncryptRequest {
    type Api = Encrypt;

    fn read(body: &[u8]) -> Result<Self, RequestFault> {
        Self::parse(body)
    }

    fn take_metadata(&mut self) -> RequestMetadata {
        mem::take(&mut self.metadata)
    }
}

impl KeyBody for DecryptRequest {
    type Api = Decrypt;

    fn read(body: &[u8]) -> Result<Self, RequestFault> {
        Self::parse(body)
    }

    fn take_metadata(&mut self) -> RequestMetadata {
        mem::take(&mut self.metadata)
    }
}
