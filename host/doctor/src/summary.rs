//! How many findings there are of each verdict.

use std::fmt;

use serde::Serialize;

use crate::finding::{Finding, Verdict};

/// Counts of findings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Checks that hold.
    pub ok: usize,
    /// Those that do not, which will hurt.
    pub warning: usize,
    /// Those that do not, with which AWS KMS fails or keys are not safe.
    pub failure: usize,
    /// Those for which something could not be read.
    pub cannot_tell: usize,
    /// Those that were not made.
    pub skipped: usize,
}

impl Summary {
    /// Of these findings.
    pub fn of(findings: &[Finding]) -> Self {
        let mut summary = Self::default();
        for finding in findings {
            *match finding.verdict {
                Verdict::Ok => &mut summary.ok,
                Verdict::Warning => &mut summary.warning,
                Verdict::Failure => &mut summary.failure,
                Verdict::CannotTell => &mut summary.cannot_tell,
                Verdict::Skipped => &mut summary.skipped,
            } += 1;
        }
        summary
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        write!(
            formatter,
            "{} failure{}, {} warning{}, {} cannot tell, {} ok, {} skipped",
            self.failure,
            plural(self.failure),
            self.warning,
            plural(self.warning),
            self.cannot_tell,
            self.ok,
            self.skipped
        )
    }
}
