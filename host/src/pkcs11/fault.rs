//! How a call of a token can fail.

use super::return_value::ReturnValue;

/// What whoever called a token is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenFault {
    /// The call breaks a limit, or the profile does not fit the token.
    Invalid(&'static str),
    /// The tag does not match.
    AuthenticationFailed,
    /// The key has to be found once more.
    StaleKey,
    /// More waits than the operator allows.
    Throttled,
    /// The deadline passed before the token answered.
    Deadline,
    /// No session works.
    Unavailable,
    /// Any other return value.
    Failed(u64),
}

/// Why a job could not go on.
#[derive(Debug)]
pub(super) enum Stop {
    /// The caller is told so; the session is sound.
    Fault(TokenFault),
    /// A function of the token returned this.
    Returned(ReturnValue),
}

impl From<TokenFault> for Stop {
    fn from(fault: TokenFault) -> Self {
        Self::Fault(fault)
    }
}

impl From<ReturnValue> for Stop {
    fn from(value: ReturnValue) -> Self {
        Self::Returned(value)
    }
}

impl From<cryptoki::error::Error> for Stop {
    fn from(error: cryptoki::error::Error) -> Self {
        Self::Returned(error.into())
    }
}
