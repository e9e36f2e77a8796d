//! What the operator reads.

use std::fmt;

use serde::Serialize;

use crate::finding::{Finding, Level};
use crate::proposal::Proposal;

/// Everything that was found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Of the format of the JSON.
    pub version: u32,
    /// The token's name in the configuration.
    pub token: String,
    /// How it ended.
    pub ended: Ended,
    /// In the order in which they were found.
    pub findings: Vec<Finding>,
    /// Whether the configured profile does; none when none is configured, or when it
    /// was not tried.
    pub configured_works: Option<bool>,
    /// The settings that fit, if there are some.
    pub proposal: Option<Proposal>,
}

/// How a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// Claviger can work with the token, as it is configured.
    Well,
    /// It cannot, or what is configured would fail.
    Badly,
    /// The trials could not all be made.
    Incomplete,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut topics: Vec<_> = self.findings.iter().map(|it| it.topic).collect();
        topics.sort_unstable();
        topics.dedup();
        for topic in topics {
            writeln!(f, "{}", topic.heading())?;
            let of_topic = self.findings.iter().filter(|it| it.topic == topic);
            let mut of_topic = of_topic.peekable();
            while let Some(finding) = of_topic.next() {
                writeln!(f, "  {:<8} {}", finding.level.name(), finding.found)?;
                // What several mean is said once, below them.
                let same = |next: &&Finding| next.means == finding.means;
                if !finding.means.is_empty() && of_topic.peek().is_none_or(|next| !same(next)) {
                    writeln!(f, "           {}", finding.means)?;
                }
            }
            writeln!(f)?;
        }
        let faults = self.findings.iter().filter(|it| it.level == Level::Fault);
        let faults = faults.count();
        let warnings = self.findings.iter().filter(|it| it.level == Level::Warning);
        let warnings = warnings.count();
        match &self.proposal {
            Some(proposal) => write!(f, "Proposed for the configuration\n\n{}\n", proposal.toml)?,
            None => writeln!(f, "No settings can be proposed.\n")?,
        }
        let configured = match (self.ended, self.configured_works) {
            (Ended::Incomplete, _) => "the test is not complete",
            (_, Some(true)) => "the configured profile works",
            (_, Some(false)) => "the configured profile does not work",
            (_, None) => "no profile is configured",
        };
        writeln!(
            f,
            "{}: {configured}; {faults} faults, {warnings} warnings",
            self.token
        )
    }
}
