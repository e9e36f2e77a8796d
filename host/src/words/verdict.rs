//! What a policy decided.

use std::sync::Arc;
use std::time::Duration;

/// What one policy decided. Any denial denies; otherwise one that allows is
/// enough.
#[derive(Clone, Debug)]
pub(crate) enum Decision {
    /// It allows the operation.
    Allow(Arc<Grounds>),
    /// It forbids it.
    Deny(Arc<Grounds>),
    /// It has nothing to say.
    Abstain,
}

impl Decision {
    /// About how much memory it takes up.
    pub(crate) fn bytes(&self) -> usize {
        let grounds = match self {
            Self::Allow(grounds) | Self::Deny(grounds) => {
                size_of::<Grounds>() + grounds.statement.len() + grounds.reason.len()
            }
            Self::Abstain => 0,
        };
        size_of::<Self>() + grounds
    }
}

/// Which statement decided and why: for the audit record only.
#[derive(Debug)]
pub(crate) struct Grounds {
    /// Printable, at most 128 bytes.
    pub(crate) statement: String,
    /// Printable, at most 512 bytes.
    pub(crate) reason: String,
}

/// A decision, and for how long it may be repeated without asking again.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    pub(crate) decision: Decision,
    pub(crate) fresh_for: Duration,
}
