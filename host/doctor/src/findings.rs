//! The findings of one run.

use crate::catalogue::Check;
use crate::finding::{Finding, Verdict};
use crate::progress::Progress;

/// Collects findings while checks run, and shows on a terminal how far they are.
#[derive(Debug)]
pub struct Findings {
    list: Vec<Finding>,
    progress: Progress,
}

impl Findings {
    /// None yet.
    pub fn new(progress: Progress) -> Self {
        Self {
            list: Vec::new(),
            progress,
        }
    }

    /// Another one.
    pub fn add(&mut self, finding: Finding) {
        self.list.push(finding);
    }

    /// This check runs now, and takes a while: `what` it does, such as
    /// `30 cold connections`.
    pub fn working_on(&mut self, check: &'static Check, what: &str) {
        self.progress.show(check.id, what);
    }

    /// All of them, in the order in which they were found; the line of progress is
    /// gone.
    pub fn finish(mut self) -> Vec<Finding> {
        self.progress.clear();
        self.list
    }

    /// The worst verdict on this check so far; `None` before it has run.
    pub fn worst(&self, check: &'static Check) -> Option<Verdict> {
        self.list
            .iter()
            .filter(|finding| finding.check.id == check.id)
            .map(|finding| finding.verdict)
            .max()
    }
}
