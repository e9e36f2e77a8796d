//! The `requestMetadata` of the three APIs that concern a key.

use std::sync::Arc;

use super::RequestFault;
use super::fields::{optional_string, required_string};
use crate::json::{Object, Value};

/// Who wants what (XKS-043 to XKS-049). Every string is as AWS KMS sent it and
/// as long as the body allows; shared, because policies and records repeat it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestMetadata {
    /// `awsPrincipalArn`: an ARN, a service name such as `ec2.amazonaws.com`, or
    /// `AWS Internal` (XKS-048).
    pub aws_principal_arn: Arc<str>,
    /// `kmsOperation`: any text, not only operations known today (XKS-045).
    pub kms_operation: Arc<str>,
    /// `kmsRequestId`: opaque, may be empty (XKS-046).
    pub kms_request_id: Arc<str>,
    /// `kmsKeyArn`: always there for Encrypt and Decrypt, not for `CreateKey`
    /// (XKS-115).
    pub kms_key_arn: Option<Arc<str>>,
    /// `awsSourceVpc`, for callers behind a VPC endpoint (XKS-044).
    pub aws_source_vpc: Option<Arc<str>>,
    /// `awsSourceVpce`, for callers behind a VPC endpoint (XKS-044).
    pub aws_source_vpce: Option<Arc<str>>,
    /// `kmsViaService`: the AWS service that called AWS KMS (XKS-044).
    pub kms_via_service: Option<Arc<str>>,
    /// Members that this version does not know: name and compact JSON text
    /// (XKS-049).
    pub unknown: Vec<(String, String)>,
}

impl RequestMetadata {
    /// For `GetKeyMetadata`, where `kmsKeyArn` may be absent.
    pub(super) fn read(body: &Object<'_>) -> Result<Self, RequestFault> {
        let object = request_metadata(body)?;
        let optional =
            |name, field| optional_string(object, name, field).map(|text| text.map(Arc::from));
        Ok(Self {
            aws_principal_arn: required_string(
                object,
                "awsPrincipalArn",
                "requestMetadata.awsPrincipalArn",
            )?
            .into(),
            kms_operation: kms_operation(object)?,
            kms_request_id: kms_request_id(object)?,
            kms_key_arn: optional("kmsKeyArn", KMS_KEY_ARN)?,
            aws_source_vpc: optional("awsSourceVpc", "requestMetadata.awsSourceVpc")?,
            aws_source_vpce: optional("awsSourceVpce", "requestMetadata.awsSourceVpce")?,
            kms_via_service: optional("kmsViaService", "requestMetadata.kmsViaService")?,
            unknown: unknown(object),
        })
    }

    /// For Encrypt and Decrypt, where `kmsKeyArn` is required (XKS-043).
    pub(super) fn read_with_key_arn(body: &Object<'_>) -> Result<Self, RequestFault> {
        let metadata = Self::read(body)?;
        if metadata.kms_key_arn.is_none() {
            return Err(RequestFault::Missing(KMS_KEY_ARN));
        }
        Ok(metadata)
    }
}

const KMS_KEY_ARN: &str = "requestMetadata.kmsKeyArn";

pub(super) fn request_metadata<'o, 'b>(
    body: &'o Object<'b>,
) -> Result<&'o Object<'b>, RequestFault> {
    match body.get("requestMetadata") {
        None | Some(Value::Null) => Err(RequestFault::Missing("requestMetadata")),
        Some(Value::Object(object)) => Ok(object),
        Some(_) => Err(RequestFault::NotAnObject("requestMetadata")),
    }
}

pub(super) fn kms_operation(object: &Object<'_>) -> Result<Arc<str>, RequestFault> {
    required_string(object, "kmsOperation", "requestMetadata.kmsOperation").map(Arc::from)
}

pub(super) fn kms_request_id(object: &Object<'_>) -> Result<Arc<str>, RequestFault> {
    required_string(object, "kmsRequestId", "requestMetadata.kmsRequestId").map(Arc::from)
}

fn unknown(object: &Object<'_>) -> Vec<(String, String)> {
    object
        .iter()
        .filter(|(name, _)| {
            !matches!(
                *name,
                "awsPrincipalArn"
                    | "kmsOperation"
                    | "kmsRequestId"
                    | "kmsKeyArn"
                    | "awsSourceVpc"
                    | "awsSourceVpce"
                    | "kmsViaService"
            )
        })
        .map(|(name, value)| (name.to_owned(), value.to_json()))
        .collect()
}
