//! The exceptions of AWS KMS that a proxy can cause.

use std::fmt;

/// An exception of the AWS KMS API that follows from what a proxy does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KmsException {
    /// `XksProxyUriUnreachableException`
    XksProxyUriUnreachable,
    /// `XksProxyInvalidResponseException`
    XksProxyInvalidResponse,
    /// `XksProxyInvalidConfigurationException`
    XksProxyInvalidConfiguration,
    /// `XksProxyIncorrectAuthenticationCredentialException`
    XksProxyIncorrectAuthenticationCredential,
    /// `CustomKeyStoreInvalidStateException`
    CustomKeyStoreInvalidState,
    /// `XksKeyInvalidConfigurationException`
    XksKeyInvalidConfiguration,
    /// `XksKeyNotFoundException`
    XksKeyNotFound,
    /// `UnsupportedOperationException`
    UnsupportedOperation,
    /// `KMSInvalidStateException`, the only one that cryptographic operations
    /// have for whatever a proxy does.
    KmsInvalidState,
}

impl KmsException {
    /// The name as SDKs know it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::XksProxyUriUnreachable => "XksProxyUriUnreachableException",
            Self::XksProxyInvalidResponse => "XksProxyInvalidResponseException",
            Self::XksProxyInvalidConfiguration => "XksProxyInvalidConfigurationException",
            Self::XksProxyIncorrectAuthenticationCredential => {
                "XksProxyIncorrectAuthenticationCredentialException"
            }
            Self::CustomKeyStoreInvalidState => "CustomKeyStoreInvalidStateException",
            Self::XksKeyInvalidConfiguration => "XksKeyInvalidConfigurationException",
            Self::XksKeyNotFound => "XksKeyNotFoundException",
            Self::UnsupportedOperation => "UnsupportedOperationException",
            Self::KmsInvalidState => "KMSInvalidStateException",
        }
    }
}

impl fmt::Display for KmsException {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
