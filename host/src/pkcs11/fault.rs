//! How a call of a token can fail.

use std::fmt;

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

/// For the operator. A plugin is told in its contract's words.
impl fmt::Display for TokenFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(what) => f.write_str(what),
            Self::AuthenticationFailed => f.write_str("the tag does not match"),
            Self::StaleKey => f.write_str("the token has logged in again or lost the key"),
            Self::Throttled => f.write_str("more waits for the token than `queue` allows"),
            Self::Deadline => f.write_str("the token does not answer in time"),
            Self::Unavailable => f.write_str("no session of the token works"),
            Self::Failed(value) => write!(f, "the token fails ({})", ReturnValue(*value)),
        }
    }
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
