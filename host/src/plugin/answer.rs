//! What plugins answer, in the host's words and not yet checked.

use std::sync::Arc;
use std::time::Duration;

use crate::pkcs11::KeyReference;
use crate::words::{Decision, Grounds, Verdict, printable};

/// The answer to a lookup, as the plugin gave it.
pub(super) struct KeyAnswer {
    pub(super) handle: Vec<u8>,
    pub(super) key_spec: String,
    pub(super) key_usage: Vec<String>,
    pub(super) enabled: bool,
    pub(super) metadata: Vec<u8>,
    pub(super) fresh_for: Duration,
    /// Requests of one call.
    pub(super) at_once: u32,
    pub(super) named_key: Option<NamedKey>,
}

/// A key that the plugin names for the host to encrypt with by itself.
pub(super) enum NamedKey {
    /// In the storage.
    Stored {
        /// The record whose value it is.
        key_record: String,
        /// Where its encryptions are counted.
        counter: String,
    },
    /// On a token.
    OnToken {
        /// The granted token's name.
        token: String,
        key: KeyReference,
    },
}

/// Statement ids that are kept.
pub(super) const STATEMENTS: usize = 8;
/// Longest statement id that is kept, in bytes.
pub(super) const STATEMENT: usize = 128;
/// Longest reason that is kept, in bytes.
pub(super) const REASON: usize = 512;

/// The answer of a policy, as the plugin gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VerdictAnswer {
    pub(super) decision: DecisionAnswer,
    pub(super) fresh_for: Duration,
}

/// What it decided, on which grounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DecisionAnswer {
    Allow(GroundsAnswer),
    Deny(GroundsAnswer),
    Abstain,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GroundsAnswer {
    pub(super) statements: Vec<String>,
    pub(super) reason: String,
}

/// With what is kept of its grounds.
impl From<VerdictAnswer> for Verdict {
    fn from(answer: VerdictAnswer) -> Self {
        Self {
            decision: match answer.decision {
                DecisionAnswer::Allow(grounds) => Decision::Allow(kept(&grounds)),
                DecisionAnswer::Deny(grounds) => Decision::Deny(kept(&grounds)),
                DecisionAnswer::Abstain => Decision::Abstain,
            },
            fresh_for: answer.fresh_for,
        }
    }
}

fn kept(grounds: &GroundsAnswer) -> Arc<Grounds> {
    let statements = grounds.statements.iter().take(STATEMENTS);
    Arc::new(Grounds {
        statements: statements.map(|id| printable(id, STATEMENT)).collect(),
        reason: printable(&grounds.reason, REASON),
    })
}
