//! How a call of a token can fail.

use thiserror::Error;

use super::return_value::ReturnValue;

/// What whoever called a token is told. The texts are for the operator; a plugin is
/// told in its contract's words.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum TokenFault {
    /// The call breaks a limit, or the profile does not fit the token.
    #[error("{0}")]
    Invalid(&'static str),
    #[error("the tag does not match")]
    AuthenticationFailed,
    /// The key has to be found once more.
    #[error("the token has logged in again or lost the key")]
    StaleKey,
    #[error("more waits for the token than `queue` allows")]
    Throttled,
    #[error("the token does not answer in time")]
    Deadline,
    #[error("no session of the token works")]
    Unavailable,
    /// Any other return value.
    #[error("the token fails ({0})")]
    Failed(ReturnValue),
}

/// Why a job could not go on.
#[derive(Debug)]
pub(super) enum Stop {
    /// The caller is told so; the session is sound.
    Fault(TokenFault),
    /// A function of the token returned this.
    Returned(ReturnValue),
    /// A key is missing, and perhaps only to this session.
    Doubt,
    /// The same, and the library has to be started again before more can be known.
    DoubtUntilRestart,
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
