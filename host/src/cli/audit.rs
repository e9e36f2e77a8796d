//! `claviger audit`

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use claviger_audit::verify::{self, Expectation, Report};
use claviger_audit::{Head, PublicKey};

use super::{CommandFailure, print};

/// Verify the audit log
#[derive(Subcommand)]
#[command(after_help = "Example:\n  claviger audit verify /var/log/claviger/audit.jsonl")]
pub(super) enum Audit {
    /// Find every line that was changed, deleted, inserted or moved
    ///
    /// Reads the file, those that were rotated from it, and its state file. Without a
    /// head that was kept elsewhere it cannot see that the whole log was put back or made
    /// anew. Ends with 0 when nothing was done to the log, and with 1 otherwise. Prints
    /// the head of the log: the next verification can be given it.
    #[command(
        after_help = "Example:\n  claviger audit verify /var/log/claviger/audit.jsonl --head-file /mnt/elsewhere/claviger.head"
    )]
    Verify(Verify),
}

/// What to verify, and against what.
#[derive(Args)]
pub(super) struct Verify {
    /// The audit log as the configuration names it; or several files of one log
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// A head that was kept elsewhere
    #[arg(long, value_name = "HEAD", value_parser = parse_head, conflicts_with = "head_file")]
    head: Option<Head>,
    /// A file with such heads, a line each; the last one counts
    #[arg(long, value_name = "FILE")]
    head_file: Option<PathBuf>,
    /// The key that the chain begins with, as an earlier verification printed it
    #[arg(long, value_name = "KEY", value_parser = parse_key)]
    first_key: Option<PublicKey>,
    /// The state file, where it is not beside the log
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// What several processes wrote to standard output, each with a chain of its own
    #[arg(long)]
    many_chains: bool,
}

impl Audit {
    pub(super) fn run(self) -> Result<(), CommandFailure> {
        let Self::Verify(verify) = self;
        verify.run()
    }
}

impl Verify {
    fn run(self) -> Result<(), CommandFailure> {
        let head = match &self.head_file {
            Some(file) => Some(last_head(file)?),
            None => self.head,
        };
        let expectation = Expectation {
            head,
            first_key: self.first_key,
            state: self.state,
            many_chains: self.many_chains,
        };
        let place = self.files.first().cloned().unwrap_or_default();
        let report = match self.files.as_slice() {
            [log] if !self.many_chains => verify::log(log, expectation),
            files => verify::files(files, &expectation),
        };
        let report = report.map_err(|source| CommandFailure::File {
            path: place,
            source,
        })?;
        print(&text(&report))?;
        if report.is_ok() {
            Ok(())
        } else {
            let more = usize::try_from(report.more_findings).unwrap_or(usize::MAX);
            let findings = report.findings.len().saturating_add(more);
            Err(CommandFailure::Tampered(findings))
        }
    }
}

/// The longest file of heads that is read, in bytes.
const HEADS: u64 = 64 << 20;

fn last_head(path: &std::path::Path) -> Result<Head, CommandFailure> {
    let cannot = |source| CommandFailure::File {
        path: path.to_owned(),
        source,
    };
    let text = claviger_config::access::open(path)
        .and_then(|file| {
            use std::io::Read as _;
            let mut text = String::new();
            file.take(HEADS).read_to_string(&mut text)?;
            Ok(text)
        })
        .map_err(cannot)?;
    let last = text.lines().rev().find(|line| !line.trim().is_empty());
    let head = last.and_then(|line| Head::parse(line.trim()));
    head.ok_or_else(|| cannot(std::io::Error::other("its last line is no head")))
}

fn text(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    for finding in &report.findings {
        let _ = writeln!(text, "{finding}");
    }
    if report.more_findings > 0 {
        let _ = writeln!(text, "and {} more findings", report.more_findings);
    }
    for note in &report.notes {
        let _ = writeln!(text, "note: {note}");
    }
    let (records, checkpoints) = (report.records, report.checkpoints);
    let _ = writeln!(text, "{records} records, {checkpoints} checkpoints");
    if let Some(key) = &report.first_key {
        let _ = writeln!(text, "first key: {key}");
    }
    if let Some(head) = &report.head {
        let _ = writeln!(text, "head: {head}");
    }
    text
}

fn parse_head(text: &str) -> Result<Head, String> {
    Head::parse(text).ok_or_else(|| "not a head of an audit log".to_owned())
}

fn parse_key(text: &str) -> Result<PublicKey, String> {
    PublicKey::parse(text).ok_or_else(|| "not a key of an audit log".to_owned())
}
