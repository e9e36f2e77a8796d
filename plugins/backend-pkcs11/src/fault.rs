//! What can come of asking a token, and what is said of it.

use claviger_sdk::pkcs11::{Pkcs11Error, ReturnValue};
use claviger_sdk::{Error, FailureKind, ManagementError};

/// Why one token gave no answer, or not the one that was hoped for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A search found no such object.
    Missing,
    /// A search found several: none of them is taken (XKS-006).
    Several,
    /// The object is no key that XKS can use.
    Unsuitable,
    /// The token failed.
    Token(Pkcs11Error),
}

impl From<Pkcs11Error> for Fault {
    fn from(error: Pkcs11Error) -> Self {
        Self::Token(error)
    }
}

impl Fault {
    /// Whether the other token may do better. Of what exists the primary's word is
    /// final; the replica may be behind.
    pub(crate) fn is_final(&self, primary: bool) -> bool {
        match self {
            Self::Missing | Self::Several => primary,
            Self::Unsuitable => true,
            Self::Token(error) => match error {
                Pkcs11Error::Unavailable | Pkcs11Error::Throttled | Pkcs11Error::StaleKey => false,
                Pkcs11Error::Failed(value) => {
                    ReturnValue(*value) == ReturnValue::KEY_FUNCTION_NOT_PERMITTED
                }
                // After the deadline there is no time for another attempt.
                Pkcs11Error::Deadline
                | Pkcs11Error::AuthenticationFailed
                | Pkcs11Error::Invalid(_)
                | Pkcs11Error::NoSuchToken => true,
            },
        }
    }

    /// Whether the token itself is in trouble, which its operator should hear of.
    pub(crate) fn is_trouble(&self) -> bool {
        match self {
            Self::Missing | Self::Several | Self::Unsuitable => false,
            Self::Token(error) => *error != Pkcs11Error::AuthenticationFailed,
        }
    }
}

/// The fault that counts after all tokens were asked, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) token: String,
    pub(crate) fault: Fault,
}

impl Failure {
    fn text(&self) -> String {
        let what = match &self.fault {
            Fault::Missing => "it has no such key".to_owned(),
            Fault::Several => "it has several keys of this name".to_owned(),
            Fault::Unsuitable => "the key is not a 256-bit AES key".to_owned(),
            Fault::Token(error) => error.to_string(),
        };
        format!("token {}: {what}", self.token)
    }
}

/// What KMS is told, but for what `decrypt` knows better. A tag that does not match
/// is a fault of the token here, because nothing else was to be decrypted (XKS-109).
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let text = failure.text();
        match failure.fault {
            Fault::Missing | Fault::Several => Self::key_not_found(),
            Fault::Unsuitable => Self::invalid_key_usage(text),
            Fault::Token(error) => {
                let failure = Self::from(error);
                let kind = match failure.kind {
                    FailureKind::InvalidCiphertext => FailureKind::Internal,
                    kind => kind,
                };
                Self {
                    kind,
                    text,
                    ..failure
                }
            }
        }
    }
}

impl From<Failure> for ManagementError {
    fn from(failure: Failure) -> Self {
        match failure.fault {
            Fault::Missing => Self::NotFound,
            Fault::Several | Fault::Unsuitable | Fault::Token(_) => Self::Failed(failure.text()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(fault: Fault) -> Error {
        let token = "hsm".to_owned();
        Error::from(Failure { token, fault })
    }

    #[test]
    fn xks_109_faults_are_named_by_who_is_to_blame() {
        let token = |error| Fault::Token(error);
        let text = |text: &str| format!("token hsm: {text}");
        for (fault, expected) in [
            (Fault::Missing, Error::key_not_found()),
            (Fault::Several, Error::key_not_found()),
            (
                token(Pkcs11Error::Throttled),
                Error::throttling(text("more waits for it than is allowed")),
            ),
            (
                token(Pkcs11Error::Deadline),
                Error::dependency_timeout(text("no answer before the deadline")),
            ),
            (
                token(Pkcs11Error::Unavailable),
                Error::dependency_timeout(text("no session works")),
            ),
            (
                token(Pkcs11Error::Failed(6)),
                Error::internal(text("it answered CKR_FUNCTION_FAILED (0x6)")).with_code(6),
            ),
            (
                token(Pkcs11Error::StaleKey),
                Error::internal(text("the key's object is not there any more")),
            ),
            (
                token(Pkcs11Error::AuthenticationFailed),
                Error::internal(text("the authentication tag does not match")),
            ),
            (
                token(Pkcs11Error::Failed(0x68)),
                Error::invalid_key_usage(text("it answered CKR_KEY_FUNCTION_NOT_PERMITTED (0x68)"))
                    .with_code(0x68),
            ),
        ] {
            assert_eq!(error(fault), expected);
        }
    }
}
