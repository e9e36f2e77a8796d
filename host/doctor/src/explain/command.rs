//! The command line of `claviger doctor explain`.

use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;

use clap::Args;
use claviger_config::regular_file::{self, FileFault};

use super::audit::{self, AuditLine, Matches, Numbered};
use super::recognise::{Subject, TEXT_LIMIT, Unknown, recognise};
use super::render;
use crate::aws::cloud_trail::Record;
use crate::finding::shown;
use crate::output::wrap;
use crate::streams::Streams;

/// Explain a code, an exception, a message or a CloudTrail record
///
/// Says what it means, what causes it, how to tell the causes apart, and what to do.
/// Takes any ConnectionErrorCode, exception or message of AWS KMS (also in the middle of
/// what an SDK prints), the id of a check, the word `deletion`, or `-`: the same, or
/// records of CloudTrail as JSON, on standard input.
#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "the text of --help has no marks")]
#[command(
    after_help = "Examples:\n  claviger doctor explain XKS_PROXY_INVALID_RESPONSE\n  claviger doctor explain - --audit audit.jsonl < record.json"
)]
pub struct ExplainCommand {
    /// What to explain; `-` reads it from standard input
    #[arg(required = true, value_name = "CODE|EXCEPTION|TEXT|-")]
    what: Vec<String>,
    /// Claviger's audit file, to find the lines of the records, or of a request id
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,
}

/// Why nothing is explained.
#[derive(Debug, thiserror::Error)]
pub enum ExplainFault {
    /// The text says nothing.
    #[error("{0}; fix: quote the message whole, or name a code or an exception")]
    Unknown(#[from] Unknown),
    /// Standard input cannot be read as text.
    #[error("standard input: {0}")]
    Input(io::Error),
    /// More than 4 MiB.
    #[error("standard input has more than 4 MiB; fix: hand over the records in question only")]
    TooLarge,
    /// The audit file cannot be read.
    #[error("{}: {source}; fix: correct --audit", path.display())]
    Audit {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: FileFault,
    },
    /// There is nothing to look for in the audit file.
    #[error(
        "--audit needs something to look for; fix: hand a CloudTrail record over on standard \
         input (explain -), or name a request id"
    )]
    NothingToFind,
    /// Standard output is closed or full.
    #[error("standard output: {0}")]
    Output(io::Error),
}

impl ExplainCommand {
    /// Writes the explanation.
    pub fn run(self, streams: &mut Streams<'_>) -> Result<(), ExplainFault> {
        let text = match self.what.as_slice() {
            [only] if only == "-" => read(streams)?,
            words => words.join(" "),
        };
        let subjects = recognise(&text)?;
        let explained: Vec<_> = subjects.iter().map(render::text).collect();
        let mut explained = explained.join("\n");
        if let Some(path) = self.audit {
            explained.push('\n');
            explained += &lines(&subjects, path)?;
        }
        let output = &mut streams.output;
        output
            .write_all(explained.as_bytes())
            .and_then(|()| output.flush())
            .map_err(ExplainFault::Output)
    }
}

fn read(streams: &mut Streams<'_>) -> Result<String, ExplainFault> {
    let mut bytes = Vec::new();
    let most = u64::try_from(TEXT_LIMIT + 1).unwrap_or(u64::MAX);
    let mut input = (&mut streams.input).take(most);
    input.read_to_end(&mut bytes).map_err(ExplainFault::Input)?;
    if bytes.len() > TEXT_LIMIT {
        return Err(ExplainFault::TooLarge);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What the audit file has of the subjects.
fn lines(subjects: &[Subject], path: PathBuf) -> Result<String, ExplainFault> {
    let records = subjects.iter().flat_map(|subject| match subject {
        Subject::Records(records) => records.clone(),
        Subject::RequestId(id) => vec![Record {
            request_id: Some(id.clone()),
            ..Record::default()
        }],
        _ => Vec::new(),
    });
    let records: Vec<_> = records.collect();
    if records.is_empty() {
        return Err(ExplainFault::NothingToFind);
    }
    // Of any length, and read line by line.
    let found = regular_file::open(&path)
        .and_then(|(file, _)| audit::find(&records, file).map_err(FileFault::from));
    let found = found.map_err(|source| ExplainFault::Audit { path, source })?;
    let of_each = records.iter().zip(&found);
    Ok(of_each
        .map(|(record, matches)| of_record(record, matches))
        .collect())
}

const NO_LINE: &str = "\
No audit line has this request id. Then the request did not arrive (TCP, TLS, time), or AWS KMS \
refused it itself («is disabled», «is unavailable», IncorrectKeyException, \
InvalidCiphertextException without a message), or the proxy refused it before it could read its \
id. Lines of the last kind at the same time:";

fn of_record(record: &Record, matches: &Matches) -> String {
    let id = shown(record.request_id.as_deref().unwrap_or("(none)"));
    if !matches.exact.is_empty() {
        let head = format!("Audit lines of request {id}:\n");
        return head + &listed(&matches.exact);
    }
    if !matches.claimed.is_empty() {
        let head = format!("Audit lines of refused requests that claim to be request {id}:\n");
        return head + &listed(&matches.claimed);
    }
    let mut text = format!("Audit lines of request {id}: none.\n");
    text += &wrap(NO_LINE, "", "");
    if matches.near.is_empty() && matches.elsewhere.is_empty() {
        return text + "  none within five seconds\n";
    }
    text += &listed(&matches.near);
    if !matches.elsewhere.is_empty() {
        text += "From addresses that AWS KMS has not been seen to use in this file:\n";
        text += &listed(&matches.elsewhere);
    }
    text
}

fn listed(lines: &[Numbered]) -> String {
    let line = |(number, line): &Numbered| {
        let head = format!("  line {number}: ");
        wrap(&described(line), &head, "    ")
    };
    lines.iter().map(line).collect()
}

fn described(line: &AuditLine) -> String {
    let status = line.status.map(|status| status.to_string());
    let parts = [
        ("", line.time.as_deref()),
        ("from ", line.peer.as_deref()),
        ("key store ", line.key_store.as_deref()),
        ("", line.operation.as_deref()),
        ("for ", line.kms_operation.as_deref()),
        ("key ", line.external_key_id.as_deref()),
        ("credential ", line.access_key_id.as_deref()),
        ("status ", status.as_deref()),
        ("", line.error.as_deref()),
        ("because ", line.reason.as_deref()),
    ];
    let mut text: Vec<_> = parts
        .iter()
        .filter_map(|(name, value)| Some(format!("{name}{}", shown((*value)?))))
        .collect();
    if let Some(claims) = &line.unverified {
        let part = |value: &Option<String>| shown(value.as_deref().unwrap_or("?"));
        text.push(format!(
            "unverified: {} {} with credential {}",
            part(&claims.method),
            part(&claims.path),
            part(&claims.access_key_id)
        ));
    }
    if let Some(policy) = &line.policy {
        let part = |value: &Option<String>| shown(value.as_deref().unwrap_or("?"));
        text.push(format!(
            "policy {} statement {} ({})",
            part(&policy.plugin),
            part(&policy.statement),
            part(&policy.reason)
        ));
    }
    text.join(", ")
}
