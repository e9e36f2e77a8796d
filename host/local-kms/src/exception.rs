//! The errors that callers of the API see.

use std::fmt;

use hyper::StatusCode;
use serde_json::json;

/// The name of an error. Those above [`Self::Validation`] are in the API model of
/// AWS KMS, so that SDKs have a class for them; those from it on are common to
/// the JSON services of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are those of the AWS KMS API")]
pub enum ExceptionName {
    AccessDenied,
    AlreadyExists,
    CloudHsmClusterNotFound,
    CustomKeyStoreHasCmks,
    CustomKeyStoreInvalidState,
    CustomKeyStoreNameInUse,
    CustomKeyStoreNotFound,
    Disabled,
    DryRunOperation,
    IncorrectKey,
    InvalidAliasName,
    InvalidCiphertext,
    InvalidGrantToken,
    InvalidKeyUsage,
    InvalidMarker,
    KmsInternal,
    KmsInvalidState,
    LimitExceeded,
    MalformedPolicyDocument,
    NotFound,
    Tag,
    UnsupportedOperation,
    XksKeyAlreadyInUse,
    XksKeyInvalidConfiguration,
    XksKeyNotFound,
    XksProxyIncorrectAuthenticationCredential,
    XksProxyInvalidConfiguration,
    XksProxyInvalidResponse,
    XksProxyUriEndpointInUse,
    XksProxyUriInUse,
    XksProxyUriUnreachable,
    XksProxyVpcEndpointServiceInUse,
    XksProxyVpcEndpointServiceNotFound,
    Validation,
    Serialization,
    UnknownOperation,
    IncompleteSignature,
    RequestTooLarge,
}

impl ExceptionName {
    /// The name as it goes over the wire, in `__type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "AccessDeniedException",
            Self::AlreadyExists => "AlreadyExistsException",
            Self::CloudHsmClusterNotFound => "CloudHsmClusterNotFoundException",
            Self::CustomKeyStoreHasCmks => "CustomKeyStoreHasCMKsException",
            Self::CustomKeyStoreInvalidState => "CustomKeyStoreInvalidStateException",
            Self::CustomKeyStoreNameInUse => "CustomKeyStoreNameInUseException",
            Self::CustomKeyStoreNotFound => "CustomKeyStoreNotFoundException",
            Self::Disabled => "DisabledException",
            Self::DryRunOperation => "DryRunOperationException",
            Self::IncorrectKey => "IncorrectKeyException",
            Self::InvalidAliasName => "InvalidAliasNameException",
            Self::InvalidCiphertext => "InvalidCiphertextException",
            Self::InvalidGrantToken => "InvalidGrantTokenException",
            Self::InvalidKeyUsage => "InvalidKeyUsageException",
            Self::InvalidMarker => "InvalidMarkerException",
            Self::KmsInternal => "KMSInternalException",
            Self::KmsInvalidState => "KMSInvalidStateException",
            Self::LimitExceeded => "LimitExceededException",
            Self::MalformedPolicyDocument => "MalformedPolicyDocumentException",
            Self::NotFound => "NotFoundException",
            Self::Tag => "TagException",
            Self::UnsupportedOperation => "UnsupportedOperationException",
            Self::XksKeyAlreadyInUse => "XksKeyAlreadyInUseException",
            Self::XksKeyInvalidConfiguration => "XksKeyInvalidConfigurationException",
            Self::XksKeyNotFound => "XksKeyNotFoundException",
            Self::XksProxyIncorrectAuthenticationCredential => {
                "XksProxyIncorrectAuthenticationCredentialException"
            }
            Self::XksProxyInvalidConfiguration => "XksProxyInvalidConfigurationException",
            Self::XksProxyInvalidResponse => "XksProxyInvalidResponseException",
            Self::XksProxyUriEndpointInUse => "XksProxyUriEndpointInUseException",
            Self::XksProxyUriInUse => "XksProxyUriInUseException",
            Self::XksProxyUriUnreachable => "XksProxyUriUnreachableException",
            Self::XksProxyVpcEndpointServiceInUse => "XksProxyVpcEndpointServiceInUseException",
            Self::XksProxyVpcEndpointServiceNotFound => {
                "XksProxyVpcEndpointServiceNotFoundException"
            }
            Self::Validation => "ValidationException",
            Self::Serialization => "SerializationException",
            Self::UnknownOperation => "UnknownOperationException",
            Self::IncompleteSignature => "IncompleteSignatureException",
            Self::RequestTooLarge => "RequestEntityTooLargeException",
        }
    }

    /// The HTTP status that goes with the name. SDKs repeat what has status 500.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::KmsInternal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::RequestTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// An error as a caller of the API sees it. Its message holds no plaintext and no
/// secret, but may repeat what the caller sent of names and ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    name: ExceptionName,
    message: Option<String>,
}

impl Exception {
    /// An error with a message.
    pub fn new(name: ExceptionName, message: impl Into<String>) -> Self {
        Self {
            name,
            message: Some(message.into()),
        }
    }

    /// An error without a message, as AWS KMS has it of ciphertexts that it cannot
    /// read.
    pub const fn silent(name: ExceptionName) -> Self {
        Self {
            name,
            message: None,
        }
    }

    /// `ValidationException` with a message.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new(ExceptionName::Validation, message)
    }

    /// `UnsupportedOperationException` with a message.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ExceptionName::UnsupportedOperation, message)
    }

    /// `LimitExceededException` with a message.
    pub fn limit(message: impl Into<String>) -> Self {
        Self::new(ExceptionName::LimitExceeded, message)
    }

    /// The name.
    pub const fn name(&self) -> ExceptionName {
        self.name
    }

    /// The message, if there is one.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The body of the answer.
    pub fn body(&self) -> Vec<u8> {
        let name = self.name.as_str();
        let body = match &self.message {
            Some(message) => json!({ "__type": name, "message": message }),
            None => json!({ "__type": name }),
        };
        body.to_string().into_bytes()
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name.as_str())?;
        match &self.message {
            Some(message) => write!(formatter, ": {message}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Exception {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_the_name_and_the_message_if_there_is_one() {
        let said = Exception::new(ExceptionName::NotFound, "no \"such\" key");
        let body: serde_json::Value = serde_json::from_slice(&said.body()).unwrap();
        assert_eq!(body["__type"], "NotFoundException");
        assert_eq!(body["message"], "no \"such\" key");
        let silent = Exception::silent(ExceptionName::InvalidCiphertext);
        assert_eq!(silent.body(), br#"{"__type":"InvalidCiphertextException"}"#);
    }

    #[test]
    fn only_faults_of_the_service_itself_have_status_500() {
        assert_eq!(ExceptionName::KmsInternal.status().as_u16(), 500);
        assert_eq!(ExceptionName::KmsInvalidState.status().as_u16(), 400);
        assert_eq!(ExceptionName::Validation.status().as_u16(), 400);
    }
}
