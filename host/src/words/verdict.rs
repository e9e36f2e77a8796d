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
            Self::Allow(grounds) | Self::Deny(grounds) => size_of::<Grounds>() + grounds.bytes(),
            Self::Abstain => 0,
        };
        size_of::<Self>() + grounds
    }
}

/// Which statements decided and why: for the audit record only.
#[derive(Debug)]
pub(crate) struct Grounds {
    /// At most 8, the most telling first; each printable, at most 128 bytes.
    pub(crate) statements: Vec<String>,
    /// Printable, at most 512 bytes.
    pub(crate) reason: String,
}

impl Grounds {
    /// The most telling statement; empty when the policy names none.
    pub(crate) fn statement(&self) -> &str {
        self.statements.first().map_or("", String::as_str)
    }

    fn bytes(&self) -> usize {
        let statements = self.statements.iter();
        let statements: usize = statements.map(|id| size_of::<String>() + id.len()).sum();
        statements + self.reason.len()
    }
}

/// A decision, and for how long it may be repeated without asking again.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    pub(crate) decision: Decision,
    pub(crate) fresh_for: Duration,
}
