//! The `requestMetadata` that AWS KMS sends.

use std::borrow::Cow;

use serde::Serialize;

/// What AWS KMS says of a request, per operation; absent members are not sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestMetadata {
    /// Who called AWS KMS: an ARN, a service name, or `AWS Internal`. Not for
    /// `GetHealthStatus`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws_principal_arn: Option<String>,
    /// The VPC that the call to AWS KMS came from, through a VPC endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws_source_vpc: Option<String>,
    /// The VPC endpoint that the call to AWS KMS came through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws_source_vpce: Option<String>,
    /// The KMS key; for Encrypt and Decrypt only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_arn: Option<String>,
    /// The operation of AWS KMS.
    pub kms_operation: KmsOperation,
    /// The id of the request to AWS KMS, which `CloudTrail` records too.
    pub kms_request_id: String,
    /// The AWS service that called AWS KMS on behalf of the principal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_via_service: Option<String>,
}

impl RequestMetadata {
    /// For `GetHealthStatus`: operation and request id only.
    pub fn health(operation: KmsOperation, request_id: impl Into<String>) -> Self {
        Self {
            aws_principal_arn: None,
            aws_source_vpc: None,
            aws_source_vpce: None,
            kms_key_arn: None,
            kms_operation: operation,
            kms_request_id: request_id.into(),
            kms_via_service: None,
        }
    }

    /// For the `GetKeyMetadata` of `CreateKey`, when the KMS key has no ARN yet.
    /// The via service is not sent.
    pub fn create_key(caller: &Caller, request_id: impl Into<String>) -> Self {
        Self {
            aws_principal_arn: Some(caller.principal_arn.clone()),
            aws_source_vpc: caller.source_vpc.clone(),
            aws_source_vpce: caller.source_vpce.clone(),
            ..Self::health(KmsOperation::CreateKey, request_id)
        }
    }

    /// For Encrypt and Decrypt.
    pub fn cryptographic(
        operation: KmsOperation,
        caller: &Caller,
        kms_key_arn: impl Into<String>,
        request_id: impl Into<String>,
    ) -> Self {
        Self {
            kms_key_arn: Some(kms_key_arn.into()),
            kms_operation: operation,
            kms_via_service: caller.via_service.clone(),
            ..Self::create_key(caller, request_id)
        }
    }
}

/// Who calls AWS KMS, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// An ARN, a service name such as `ec2.amazonaws.com`, or `AWS Internal`.
    pub principal_arn: String,
    /// A VPC, when the call comes through a VPC endpoint. For Encrypt and Decrypt
    /// only if the caller's account owns the KMS key, which is for whoever makes
    /// this value to know.
    pub source_vpc: Option<String>,
    /// A VPC endpoint, under the same conditions.
    pub source_vpce: Option<String>,
    /// An AWS service that calls on behalf of the principal, for example
    /// `ebs.eu-central-1.amazonaws.com`.
    pub via_service: Option<String>,
}

impl Caller {
    /// A principal that calls AWS KMS directly, through no VPC endpoint.
    pub fn new(principal_arn: impl Into<String>) -> Self {
        Self {
            principal_arn: principal_arn.into(),
            source_vpc: None,
            source_vpce: None,
            via_service: None,
        }
    }
}

/// The `kmsOperation` of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KmsOperation {
    /// `CreateCustomKeyStore`, with `GetHealthStatus`; for public endpoints.
    CreateCustomKeyStore,
    /// `UpdateCustomKeyStore`, with `GetHealthStatus` of the new values.
    UpdateCustomKeyStore,
    /// `ConnectCustomKeyStore`, with `GetHealthStatus`.
    ConnectCustomKeyStore,
    /// `KmsHealthCheck`, with `GetHealthStatus`, every few minutes.
    KmsHealthCheck,
    /// `CreateKey`, with `GetKeyMetadata`.
    CreateKey,
    /// Encrypt, with Encrypt.
    Encrypt,
    /// `GenerateDataKey`, with Encrypt and an integrity value.
    GenerateDataKey,
    /// `GenerateDataKeyWithoutPlaintext`, with Encrypt and an integrity value.
    GenerateDataKeyWithoutPlaintext,
    /// Decrypt, with Decrypt.
    Decrypt,
    /// `ReEncrypt`, with Decrypt and then Encrypt, under one request id.
    ReEncrypt,
    /// Any other text, as AWS KMS may send one day.
    Other(Cow<'static, str>),
}

impl KmsOperation {
    /// The operation's name.
    pub fn name(&self) -> &str {
        match self {
            Self::CreateCustomKeyStore => "CreateCustomKeyStore",
            Self::UpdateCustomKeyStore => "UpdateCustomKeyStore",
            Self::ConnectCustomKeyStore => "ConnectCustomKeyStore",
            Self::KmsHealthCheck => "KmsHealthCheck",
            Self::CreateKey => "CreateKey",
            Self::Encrypt => "Encrypt",
            Self::GenerateDataKey => "GenerateDataKey",
            Self::GenerateDataKeyWithoutPlaintext => "GenerateDataKeyWithoutPlaintext",
            Self::Decrypt => "Decrypt",
            Self::ReEncrypt => "ReEncrypt",
            Self::Other(name) => name,
        }
    }
}

impl Serialize for KmsOperation {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn health_has_two_members() {
        let metadata = RequestMetadata::health(KmsOperation::KmsHealthCheck, "id");
        assert_eq!(
            serde_json::to_value(metadata).unwrap(),
            json!({"kmsOperation": "KmsHealthCheck", "kmsRequestId": "id"})
        );
    }

    #[test]
    fn create_key_has_no_key_and_no_via_service() {
        let caller = Caller {
            source_vpc: Some("vpc-1".to_owned()),
            source_vpce: Some("vpce-2".to_owned()),
            via_service: Some("ebs.eu-central-1.amazonaws.com".to_owned()),
            ..Caller::new("arn:aws:iam::123456789012:user/Alice")
        };
        assert_eq!(
            serde_json::to_value(RequestMetadata::create_key(&caller, "id")).unwrap(),
            json!({
                "awsPrincipalArn": "arn:aws:iam::123456789012:user/Alice",
                "awsSourceVpc": "vpc-1",
                "awsSourceVpce": "vpce-2",
                "kmsOperation": "CreateKey",
                "kmsRequestId": "id",
            })
        );
    }

    #[test]
    fn cryptographic_operations_have_the_key_and_the_via_service() {
        let caller = Caller {
            via_service: Some("ebs.eu-central-1.amazonaws.com".to_owned()),
            ..Caller::new("AWS Internal")
        };
        let metadata =
            RequestMetadata::cryptographic(KmsOperation::ReEncrypt, &caller, "arn:key", "id");
        assert_eq!(
            serde_json::to_value(metadata).unwrap(),
            json!({
                "awsPrincipalArn": "AWS Internal",
                "kmsKeyArn": "arn:key",
                "kmsOperation": "ReEncrypt",
                "kmsRequestId": "id",
                "kmsViaService": "ebs.eu-central-1.amazonaws.com",
            })
        );
    }
}
