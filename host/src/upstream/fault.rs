//! Why an upstream gave no answer, by who is to blame.

use thiserror::Error;

use super::counts::UpstreamResult;

/// No answer. The texts are for the plugin: they say nothing of where the upstream is,
/// and nothing of what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum UpstreamFault {
    /// What was asked breaks a limit.
    #[error("{0}")]
    Denied(&'static str),
    /// More waits than the operator allows.
    #[error("more waits than is allowed")]
    Throttled,
    /// No answer before the deadline.
    #[error("no answer in time")]
    Deadline,
    /// No connection.
    #[error("{0}")]
    Unreachable(&'static str),
    /// The connection ended, or what came is not HTTP.
    #[error("{0}")]
    Broken(&'static str),
    /// The answer is not one that a plugin may have.
    #[error("{0}")]
    Refused(&'static str),
}

impl UpstreamFault {
    /// As what it is counted.
    pub(super) fn counted_as(&self) -> UpstreamResult {
        match self {
            Self::Denied(_) => UpstreamResult::Denied,
            Self::Throttled => UpstreamResult::Throttled,
            Self::Deadline => UpstreamResult::Deadline,
            Self::Unreachable(_) => UpstreamResult::Unreachable,
            Self::Broken(_) => UpstreamResult::Broken,
            Self::Refused(_) => UpstreamResult::Refused,
        }
    }
}
