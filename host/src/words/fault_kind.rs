//! The kinds of failure that a caller can tell apart.

use std::fmt;

use thiserror::Error;

/// What kind of failure it was. A front door tells its caller the kind and nothing
/// else; the cause is for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum FaultKind {
    /// A policy denies it, or none allows it.
    Denied,
    /// The key manager said for certain that the key does not exist.
    KeyNotFound,
    /// The key, or its manager, is disabled.
    Disabled,
    /// The key does not permit the operation.
    UsageNotPermitted,
    /// The tag does not match what was sent, or no key that is held made it.
    NotAuthentic,
    /// More is asked of the key manager than it takes.
    Throttled,
    /// No answer in time.
    TimedOut,
    /// The key manager cannot do this.
    Unsupported,
    /// Anything else: the host, a plugin or the key manager failed.
    Failed,
}

impl FaultKind {
    /// The name in logs.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::KeyNotFound => "key not found",
            Self::Disabled => "disabled",
            Self::UsageNotPermitted => "usage not permitted",
            Self::NotAuthentic => "ciphertext not authentic",
            Self::Throttled => "throttled",
            Self::TimedOut => "timed out",
            Self::Unsupported => "unsupported",
            Self::Failed => "failed",
        }
    }
}

/// A typed error of a key manager or of a plugin in front of it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) struct Refusal {
    /// What it was.
    pub(crate) kind: FaultKind,
    /// The key manager's own number for it; 0 for none.
    pub(crate) code: u32,
    /// Upkeep is due: the same call may do better after it.
    pub(crate) wants_upkeep: bool,
    /// What was said of the key is not true any more.
    pub(crate) is_of_stale_key: bool,
    /// Its reason, for the log: printable, at most 512 bytes; may be empty.
    pub(crate) text: String,
}

impl Refusal {
    /// Without the text: it was made while a plaintext was being processed, and
    /// may hold it (XKS-116).
    pub(crate) fn withheld(self) -> Self {
        let text = "text withheld: a plaintext or a secret was being processed".to_owned();
        Self { text, ..self }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self {
                wants_upkeep: true, ..
            } => "not ready",
            Self {
                is_of_stale_key: true,
                ..
            } => "the key has changed",
            _ => self.kind.name(),
        })?;
        if self.code != 0 {
            write!(f, ", code {}", self.code)?;
        }
        if !self.text.is_empty() {
            write!(f, " ({})", self.text)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flt_93_xks_116_kind_and_code_of_an_error_made_over_a_plaintext_are_shown_and_no_text() {
        let refusal = Refusal {
            kind: FaultKind::Failed,
            code: 403,
            wants_upkeep: false,
            is_of_stale_key: false,
            text: "plaintext: hello".to_owned(),
        };
        let withheld = refusal.withheld();
        assert_eq!(withheld.kind, FaultKind::Failed);
        let shown = withheld.to_string();
        assert!(shown.starts_with("failed, code 403 ("), "{shown}");
        assert!(!shown.contains("hello"), "{shown}");
    }
}
