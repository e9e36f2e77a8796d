//! What is known of a request to use a key.

use std::sync::Arc;

use super::KeyId;

/// What is to be done with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    /// Say what it is.
    Describe,
    /// Encrypt under it.
    Encrypt,
    /// Decrypt what it encrypted.
    Decrypt,
}

/// Who asks, as the front door has verified it. The texts of AWS KMS are opaque
/// and as it sent them; a front door that does not serve AWS KMS leaves them
/// empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The id (never the secret) of the credential that was proved.
    pub(crate) credential: Arc<str>,
    /// Who called AWS KMS: an ARN, or the name of a service.
    pub(crate) aws_principal_arn: Arc<str>,
    /// The operation of AWS KMS; any text.
    pub(crate) kms_operation: Arc<str>,
    /// The request's id, which `CloudTrail` shows; may be empty.
    pub(crate) kms_request_id: Arc<str>,
    /// Of the KMS key; absent while one is being made.
    pub(crate) kms_key_arn: Option<Arc<str>>,
    /// For callers behind a VPC endpoint.
    pub(crate) aws_source_vpc: Option<Arc<str>>,
    /// For callers behind a VPC endpoint.
    pub(crate) aws_source_vpce: Option<Arc<str>>,
    /// The AWS service that called AWS KMS.
    pub(crate) kms_via_service: Option<Arc<str>>,
    /// What this version has no name for: name and JSON text.
    pub(crate) unknown_fields: Arc<[(String, String)]>,
}

/// What policies judge, and audit records repeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestContext {
    /// The name of the key store, from the operator's configuration.
    pub(crate) key_store: Arc<str>,
    /// What is to be done.
    pub(crate) operation: Operation,
    /// With which key.
    pub(crate) key_id: KeyId,
    /// By whom.
    pub(crate) caller: Caller,
}
