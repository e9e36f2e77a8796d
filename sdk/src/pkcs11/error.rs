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
        let text = error.to_string();
        match error {
            Pkcs11Error::Failed(value)
                if ReturnValue(value) == ReturnValue::KEY_FUNCTION_NOT_PERMITTED =>
            {
                Self::InvalidKeyUsage(text)
            }
            Pkcs11Error::AuthenticationFailed => Self::InvalidCiphertext,
            Pkcs11Error::Throttled => Self::Throttling(text),
            Pkcs11Error::Deadline | Pkcs11Error::Unavailable => Self::DependencyTimeout(text),
            Pkcs11Error::NoSuchToken
            | Pkcs11Error::Invalid(_)
            | Pkcs11Error::StaleKey
            | Pkcs11Error::Failed(_) => Self::Internal(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pkcs11Error;
    use crate::Error;

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
                    mapped,
                    Error::Internal(_) | Error::Throttling(_) | Error::DependencyTimeout(_)
                ),
                "{mapped}"
            );
        }
    }

    #[test]
    fn xks_080_a_key_that_forbids_the_use_is_told_apart_from_a_fault() {
        assert!(matches!(
            Error::from(Pkcs11Error::Failed(0x68)),
            Error::InvalidKeyUsage(_)
        ));
    }

    #[test]
    fn a_return_value_is_named() {
        assert_eq!(
            Error::from(Pkcs11Error::Failed(0x6)),
            Error::Internal("it answered CKR_FUNCTION_FAILED (0x6)".into())
        );
    }
}
