//! requestMetadata in the audit record (XKS-118).

use claviger_xks::request::{GetHealthStatusRequest, RequestMetadata};

use crate::audit::{AuditRecord, Metadata, recorded};

/// Records who asked AWS KMS for what.
pub(crate) fn record(metadata: &RequestMetadata, audit: &mut AuditRecord<'_>) {
    audit.line().metadata = Metadata {
        aws_principal_arn: Some(recorded(&metadata.aws_principal_arn)),
        kms_operation: Some(recorded(&metadata.kms_operation)),
        kms_request_id: Some(recorded(&metadata.kms_request_id)),
        kms_key_arn: metadata.kms_key_arn.as_deref().map(recorded),
        aws_source_vpc: metadata.aws_source_vpc.as_deref().map(recorded),
        aws_source_vpce: metadata.aws_source_vpce.as_deref().map(recorded),
        kms_via_service: metadata.kms_via_service.as_deref().map(recorded),
    };
}

/// GetHealthStatus has no caller but AWS KMS itself.
pub(crate) fn record_health(request: &GetHealthStatusRequest, audit: &mut AuditRecord<'_>) {
    audit.line().metadata = Metadata {
        kms_operation: Some(recorded(&request.kms_operation)),
        kms_request_id: Some(recorded(&request.kms_request_id)),
        ..Metadata::default()
    };
}
