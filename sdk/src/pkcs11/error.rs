//! Why a token gave no answer.

use super::ReturnValue;
use crate::types::Error;
use thiserror::Error;

/// Why a token did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Pkcs11Error {
    /// No token of this name was granted.
    #[error("no token of this name is granted")]
    NoSuchToken,
    /// What was asked breaks a limit of the capability.
    #[error("refused: {0}")]
    Invalid(String),
    /// The tag does not match; decrypt only.
    #[error("the authentication tag does not match")]
    AuthenticationFailed,
    /// The key's object is gone or the library was started again: find the key
    /// once more.
    #[error("the key's object is not there any more")]
    StaleKey,
    /// More waits for the token than the operator allows.
    #[error("more waits for it than is allowed")]
    Throttled,
    /// The request's deadline passed before the token answered.
    #[error("no answer before the deadline")]
    Deadline,
    /// No session works; the host is at it.
    #[error("no session works")]
    Unavailable,
    /// Any other return value (`CK_RV`) of the token.
    #[error("it answered {}", ReturnValue(*.0))]
    Failed(u64),
}

/// Only a tag that does not match is the ciphertext's fault (XKS-109), only a key
/// that forbids what was asked is the key's, and no error of a token says that a key
/// does not exist: an empty search does.
impl From<Pkcs11Error> for Error {
    fn from(error: Pkcs11Error) -> Self {
        match error {
            Pkcs11Error::Failed(value) => {
                let failure = if ReturnValue(value) == ReturnValue::KEY_FUNCTION_NOT_PERMITTED {
                    Self::invalid_key_usage(error)
                } else {
                    Self::internal(error)
                };
                failure.with_code(u32::try_from(value).unwrap_or(u32::MAX))
            }
            Pkcs11Error::AuthenticationFailed => Self::invalid_ciphertext(),
            Pkcs11Error::Throttled => Self::throttling(error),
            Pkcs11Error::Deadline | Pkcs11Error::Unavailable => Self::dependency_timeout(error),
            Pkcs11Error::NoSuchToken | Pkcs11Error::Invalid(_) | Pkcs11Error::StaleKey => {
                Self::internal(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pkcs11Error;
    use crate::{Error, FailureKind};

    #[test]
    fn xks_109_faults_of_a_token_never_blame_the_key_or_the_ciphertext() {
        for error in [
            Pkcs11Error::NoSuchToken,
            Pkcs11Error::Invalid(String::new()),
            Pkcs11Error::StaleKey,
            Pkcs11Error::Throttled,
            Pkcs11Error::Deadline,
            Pkcs11Error::Unavailable,
            Pkcs11Error::Failed(0x6),
        ] {
            let mapped = Error::from(error);
            assert!(
                matches!(
                    mapped.kind,
                    FailureKind::Internal
                        | FailureKind::Throttling
                        | FailureKind::DependencyTimeout
                ),
                "{mapped}"
            );
        }
    }

    #[test]
    fn xks_080_a_key_that_forbids_the_use_is_told_apart_from_a_fault() {
        let mapped = Error::from(Pkcs11Error::Failed(0x68));
        assert_eq!(mapped.kind, FailureKind::InvalidKeyUsage);
    }

    #[test]
    fn a_return_value_is_named() {
        assert_eq!(
            Error::from(Pkcs11Error::Failed(0x6)),
            Error::internal("it answered CKR_FUNCTION_FAILED (0x6)").with_code(6)
        );
    }
}
