//! The run: judge the values, call the proxy, judge the AWS side, write the findings.

use std::io::{self, Write as _};
use std::path::PathBuf;

use claviger_config::{Fault, report};

use super::{Ended, Options, input};
use crate::aws::commands;
use crate::catalogue::{self, Check};
use crate::finding::{Finding, Verdict};
use crate::findings::Findings;
use crate::output::{json, junit, table};
use crate::progress::Progress;
use crate::streams::Streams;
use crate::target::Target;
use crate::{judge, probe};

/// Why the checks could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum RunFault {
    /// What was asked for cannot be done; all faults at once.
    #[error("{}", report(.0))]
    Input(Vec<Fault>),
    /// Threads cannot be started.
    #[error("the runtime does not start: {0}")]
    Runtime(io::Error),
    /// Standard output is closed or full.
    #[error("standard output: {0}")]
    Output(io::Error),
    /// The file of `--junit` cannot be written.
    #[error("{}: {source}; fix: correct --junit", path.display())]
    Junit {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// Checks that need the AWS side.
const OF_AWS: [char; 3] = ['K', 'V', 'X'];

pub(super) fn run(options: Options, streams: &mut Streams<'_>) -> Result<Ended, RunFault> {
    if options.aws_commands {
        write(streams, commands::SCRIPT)?;
        return Ok(Ended::Well);
    }
    let input = input::read(&options).map_err(RunFault::Input)?;
    let progress = std::mem::replace(&mut streams.progress, Progress::silent());
    let mut findings = Findings::new(progress);
    judge::values(&input.given, &mut findings);
    match input.console_file {
        Some(finding) => findings.add(finding),
        None => findings.add(Finding::skipped(
            &catalogue::C02,
            "no --console-file was given",
        )),
    }
    match &input.target {
        Ok(target) => call(target, &mut findings)?,
        Err(why) => skip(&mut findings, why, |check| {
            !is_of(check, &OF_AWS) && !is_of(check, &['C'])
        }),
    }
    match &input.aws {
        Some(files) => judge::files(&input.given, files, &mut findings),
        None => skip(&mut findings, "no --aws was given", |check| {
            is_of(check, &OF_AWS)
        }),
    }
    let findings = sorted(findings.finish());

    if let Some(path) = options.junit {
        let written = junit::junit(&findings).and_then(|xml| std::fs::write(&path, xml));
        written.map_err(|source| RunFault::Junit { path, source })?;
    }
    let text = if options.json {
        json::json(&findings)
    } else {
        table::table(&findings, streams.colour)
    };
    write(streams, &text)?;
    let failed = findings
        .iter()
        .any(|finding| finding.verdict == Verdict::Failure);
    Ok(if failed {
        Ended::WithFailures
    } else {
        Ended::Well
    })
}

fn call(target: &Target, findings: &mut Findings) -> Result<(), RunFault> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("claviger-doctor")
        .build()
        .map_err(RunFault::Runtime)?;
    runtime.block_on(probe::probe(target, findings));
    Ok(())
}

fn skip(findings: &mut Findings, why: &str, which: impl Fn(&Check) -> bool) {
    for check in catalogue::ALL.iter().copied().filter(|check| which(check)) {
        findings.add(Finding::skipped(check, why));
    }
}

fn is_of(check: &Check, letters: &[char]) -> bool {
    check.id.starts_with(letters)
}

/// In the order of the catalogue, and of one check in the order in which they were found.
fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    let place = |finding: &Finding| {
        let same = |check: &&'static Check| check.id == finding.check.id;
        catalogue::ALL.iter().position(same)
    };
    findings.sort_by_key(place);
    findings
}

fn write(streams: &mut Streams<'_>, text: &str) -> Result<(), RunFault> {
    let output = &mut streams.output;
    let written = output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush());
    written.map_err(RunFault::Output)
}
