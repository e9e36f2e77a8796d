//! What AWS KMS answers its callers, per operation.

use super::{ConnectionErrorCode, KmsException, Outcome};

/// A fact of the table, and whether a source says it outright.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known<T> {
    /// The fact.
    pub value: T,
    /// Whether it is inferred, because no source says it outright.
    pub inferred: bool,
}

impl<T> Known<T> {
    const fn said(value: T) -> Self {
        Self {
            value,
            inferred: false,
        }
    }

    const fn inferred(value: T) -> Self {
        Self {
            value,
            inferred: true,
        }
    }
}

/// What AWS KMS makes of one [`Outcome`]. None where the outcome cannot come of
/// the operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consequences {
    /// The exception of `CreateCustomKeyStore` and `UpdateCustomKeyStore`.
    pub create_or_update: Option<Known<KmsException>>,
    /// What `DescribeCustomKeyStores` shows after `ConnectCustomKeyStore`.
    pub connect: Option<Known<ConnectionErrorCode>>,
    /// The exception of `CreateKey`.
    pub create_key: Option<Known<KmsException>>,
    /// The exception of Encrypt, Decrypt, `ReEncrypt` and the two operations
    /// that generate data keys.
    pub cryptographic: Option<Known<KmsException>>,
}

impl Outcome {
    /// What follows from this outcome, operation by operation.
    pub const fn consequences(self) -> Consequences {
        use ConnectionErrorCode as Code;
        use KmsException as Exception;

        let (create_or_update, connect, create_key) = match self {
            Self::Validation | Self::Malformed => (
                Some(Known::said(Exception::XksProxyInvalidResponse)),
                Some(Known::said(Code::XksProxyInvalidResponse)),
                Some(Known::said(Exception::CustomKeyStoreInvalidState)),
            ),
            Self::InvalidState => (
                Some(Known::inferred(Exception::XksProxyInvalidResponse)),
                Some(Known::inferred(Code::XksProxyInvalidResponse)),
                Some(Known::said(Exception::XksKeyInvalidConfiguration)),
            ),
            Self::InvalidCiphertext | Self::InnerLayer | Self::IntegrityValue => (None, None, None),
            Self::AuthenticationFailed => (
                Some(Known::said(
                    Exception::XksProxyIncorrectAuthenticationCredential,
                )),
                Some(Known::said(Code::InvalidCredentials)),
                Some(Known::said(Exception::CustomKeyStoreInvalidState)),
            ),
            // The specification has KMSInvalidStateException for CreateKey,
            // which that operation does not declare.
            Self::AccessDenied => (
                Some(Known::inferred(Exception::XksProxyInvalidResponse)),
                Some(Known::said(Code::XksProxyAccessDenied)),
                Some(Known::said(Exception::CustomKeyStoreInvalidState)),
            ),
            Self::KeyNotFound => (None, None, Some(Known::said(Exception::XksKeyNotFound))),
            Self::InvalidUriPath => (
                Some(Known::said(Exception::XksProxyInvalidConfiguration)),
                Some(Known::said(Code::XksProxyInvalidConfiguration)),
                Some(Known::said(Exception::CustomKeyStoreInvalidState)),
            ),
            Self::Throttling => (
                Some(Known::said(Exception::XksProxyUriUnreachable)),
                Some(Known::inferred(Code::XksProxyNotReachable)),
                Some(Known::said(Exception::CustomKeyStoreInvalidState)),
            ),
            Self::Internal => (
                Some(Known::said(Exception::XksProxyInvalidResponse)),
                Some(Known::inferred(Code::XksProxyInvalidResponse)),
                Some(Known::said(Exception::CustomKeyStoreInvalidState)),
            ),
            Self::UnsupportedOperation => (
                Some(Known::inferred(Exception::XksProxyInvalidResponse)),
                Some(Known::inferred(Code::XksProxyInvalidResponse)),
                Some(Known::said(Exception::UnsupportedOperation)),
            ),
            Self::DependencyTimeout | Self::TimedOut => (
                Some(Known::said(Exception::XksProxyUriUnreachable)),
                Some(Known::said(Code::XksProxyTimedOut)),
                Some(Known::said(Exception::CustomKeyStoreInvalidState)),
            ),
            Self::NotReachable => (
                Some(Known::said(Exception::XksProxyUriUnreachable)),
                Some(Known::said(Code::XksProxyNotReachable)),
                Some(Known::said(Exception::CustomKeyStoreInvalidState)),
            ),
            Self::NoTls => (
                Some(Known::said(Exception::XksProxyUriUnreachable)),
                Some(Known::said(Code::XksProxyInvalidTlsConfiguration)),
                Some(Known::said(Exception::CustomKeyStoreInvalidState)),
            ),
            Self::AllUnavailable => (
                Some(Known::said(Exception::XksProxyUriUnreachable)),
                Some(Known::said(Code::XksProxyNotReachable)),
                None,
            ),
            Self::InvalidKeyUsage | Self::KeySpec | Self::KeyStatus | Self::KeyUsage => (
                None,
                None,
                Some(Known::said(Exception::XksKeyInvalidConfiguration)),
            ),
            Self::NotConnected => (
                None,
                None,
                Some(Known::said(Exception::CustomKeyStoreInvalidState)),
            ),
        };
        let cryptographic = match self {
            Self::AllUnavailable | Self::KeySpec | Self::KeyStatus | Self::KeyUsage => None,
            // The specification only says that AWS KMS answers with an error.
            Self::IntegrityValue => Some(Known::inferred(Exception::KmsInvalidState)),
            _ => Some(Known::said(Exception::KmsInvalidState)),
        };
        Consequences {
            create_or_update,
            connect,
            create_key,
            cryptographic,
        }
    }
}
