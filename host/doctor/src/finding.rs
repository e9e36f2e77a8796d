//! What a check came to.

use std::fmt::Write as _;

use crate::becomes::Becomes;
use crate::catalogue::Check;

/// The longest text of a finding that comes from outside, in characters.
const LONGEST: usize = 1000;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It holds.
    Ok,
    /// It was not made, for the reason that [`Finding::seen`] gives.
    Skipped,
    /// What it would need was not there to be read.
    CannotTell,
    /// It does not hold, and that will hurt.
    Warning,
    /// It does not hold, and AWS KMS will fail or the keys are not safe.
    Failure,
}

impl Verdict {
    /// In words: `cannot tell`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::CannotTell => "cannot tell",
            Self::Warning => "warning",
            Self::Failure => "failure",
        }
    }
}

/// What one check found in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The check.
    pub check: &'static Check,
    /// What was looked at: a host name, a key id, an endpoint service's name. Empty
    /// where there is only one.
    pub subject: String,
    /// How it ended.
    pub verdict: Verdict,
    /// What was seen, or why nothing was.
    pub seen: String,
    /// What AWS KMS will make of it; empty unless it is a warning or a failure.
    pub becomes: Vec<Becomes>,
    /// What to do, with the values of this case; `None` unless it is a warning or a
    /// failure.
    pub fix: Option<String>,
}

impl Finding {
    /// The check holds.
    pub fn ok(check: &'static Check, subject: &str, seen: &str) -> Self {
        Self {
            check,
            subject: shown(subject),
            verdict: Verdict::Ok,
            seen: shown(seen),
            becomes: Vec::new(),
            fix: None,
        }
    }

    /// The check does not hold, and that will hurt.
    pub fn warning(check: &'static Check, subject: &str, seen: &str) -> Self {
        Self {
            verdict: Verdict::Warning,
            ..Self::failure(check, subject, seen)
        }
    }

    /// The check does not hold. AWS KMS answers, and the fix is, as the catalogue
    /// says unless [`Self::becomes`] and [`Self::fix`] say more exactly.
    pub fn failure(check: &'static Check, subject: &str, seen: &str) -> Self {
        Self {
            verdict: Verdict::Failure,
            becomes: check.becomes.to_vec(),
            fix: Some(check.fix.to_owned()).filter(|fix| !fix.is_empty()),
            ..Self::ok(check, subject, seen)
        }
    }

    /// What the check would need is not there: `why`.
    pub fn cannot_tell(check: &'static Check, subject: &str, why: &str) -> Self {
        Self {
            verdict: Verdict::CannotTell,
            ..Self::ok(check, subject, why)
        }
    }

    /// The check was not made: `why`.
    pub fn skipped(check: &'static Check, why: &str) -> Self {
        Self {
            verdict: Verdict::Skipped,
            ..Self::ok(check, "", why)
        }
    }

    /// What AWS KMS makes of it in this case, instead of what the catalogue says.
    #[must_use]
    pub fn becomes(self, becomes: impl IntoIterator<Item = Becomes>) -> Self {
        Self {
            becomes: becomes.into_iter().collect(),
            ..self
        }
    }

    /// What to do in this case, instead of what the catalogue says.
    #[must_use]
    pub fn fix(self, fix: &str) -> Self {
        Self {
            fix: Some(shown(fix)),
            ..self
        }
    }
}

/// A text from outside as it can go to a terminal: control characters and the like
/// are escaped, and a long one is cut.
pub fn shown(text: &str) -> String {
    let mut safe = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == LONGEST {
            safe.push('…');
            break;
        }
        if character == ' ' || (!character.is_control() && !is_invisible(character)) {
            safe.push(character);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(safe, "{}", character.escape_unicode());
        }
    }
    safe
}

/// Line separators, marks of direction, and other format characters that change how
/// the rest of a line is shown.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{T03, V07};

    #[test]
    fn a_failure_says_what_the_catalogue_says_unless_it_knows_better() {
        let finding = Finding::failure(&V07, "vpce-svc-1", "AcceptanceRequired is true");
        assert_eq!(finding.becomes, V07.becomes);
        assert_eq!(finding.fix.as_deref(), Some(V07.fix));
        assert_eq!(finding.fix("do").fix.as_deref(), Some("do"));
    }

    #[test]
    fn only_warnings_and_failures_have_consequences() {
        for finding in [
            Finding::ok(&T03, "a", "b"),
            Finding::cannot_tell(&T03, "a", "b"),
            Finding::skipped(&T03, "b"),
        ] {
            assert!(finding.becomes.is_empty());
            assert_eq!(finding.fix, None);
        }
        assert_eq!(Finding::warning(&T03, "a", "b").becomes, T03.becomes);
    }

    #[test]
    fn texts_from_outside_have_no_effect_on_a_terminal_and_end_somewhere() {
        assert_eq!(
            shown("a\u{1b}[2J\nb\u{202e}é"),
            "a\\u{1b}[2J\\u{a}b\\u{202e}é"
        );
        assert_eq!(shown(&"ä".repeat(5000)).chars().count(), LONGEST + 1);
    }
}
