//! The run: judge the values, call the proxy, judge the AWS side, write the findings.

use std::future::Future;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use claviger_config::{Fault, report};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

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
    /// The findings so far are written, and there is no failure among them.
    #[error("not all checks were made: {0}")]
    Cut(String),
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

/// How long all calls of the proxy may take together. A proxy that is in time needs a few
/// seconds.
const LIMIT: Duration = Duration::from_mins(1);
const LIMIT_THOROUGH: Duration = Duration::from_mins(3);

/// The name of the suite of `--junit`.
const SUITE: &str = "claviger doctor";

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
    let mut cut = None;
    match &input.target {
        Ok(target) => cut = call(target, &mut findings)?,
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
        let written = junit::junit(SUITE, &findings).and_then(|xml| std::fs::write(&path, xml));
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
    match cut {
        _ if failed => Ok(Ended::WithFailures),
        Some(why) => Err(RunFault::Cut(why)),
        None => Ok(Ended::Well),
    }
}

/// Calls the proxy. Why not all of the checks were made, if there is a reason.
fn call(target: &Target, findings: &mut Findings) -> Result<Option<String>, RunFault> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("claviger-doctor")
        .build()
        .map_err(RunFault::Runtime)?;
    let limit = if target.thorough {
        LIMIT_THOROUGH
    } else {
        LIMIT
    };
    let cut = runtime.block_on(within(limit, probe::probe(target, findings)));
    // A name that is being resolved is not waited for.
    runtime.shutdown_background();
    let cut = cut.map_err(RunFault::Runtime)?;
    if let Some(why) = &cut {
        probe::skip_those_left(why, findings);
    }
    Ok(cut)
}

/// Does the work until it is done, or until there is a reason to stop: the limit, or a
/// signal.
async fn within(limit: Duration, work: impl Future<Output = ()>) -> io::Result<Option<String>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(tokio::select! {
        () = work => None,
        () = sleep(limit) => Some(format!("the limit of {} s for all calls passed", limit.as_secs())),
        _ = interrupt.recv() => Some("the run was interrupted".to_owned()),
        _ = terminate.recv() => Some("the run was ended by SIGTERM".to_owned()),
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    /// A signal is for the whole process, and so for every test in it.
    static SIGNALS: Mutex<()> = Mutex::new(());

    fn cut(limit: Duration, work: impl Future<Output = ()>) -> Option<String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(within(limit, work)).unwrap()
    }

    #[test]
    fn calls_end_with_the_limit_and_what_was_found_before_stays() {
        let _alone = SIGNALS.lock().unwrap();
        let mut findings = Findings::new(Progress::silent());
        findings.add(Finding::ok(&catalogue::N02, "", "reached"));
        let why = cut(Duration::ZERO, std::future::pending()).unwrap();
        assert_eq!(why, "the limit of 0 s for all calls passed");
        probe::skip_those_left(&why, &mut findings);
        assert_eq!(findings.worst(&catalogue::N02), Some(Verdict::Ok));
        assert_eq!(findings.worst(&catalogue::E07), Some(Verdict::Skipped));
        assert_eq!(findings.worst(&catalogue::K01), None);
        assert_eq!(cut(Duration::from_mins(1), async {}), None);
    }

    #[test]
    fn a_signal_ends_the_calls_and_not_the_program() {
        let _alone = SIGNALS.lock().unwrap();
        for (signal, why) in [("INT", "interrupted"), ("TERM", "SIGTERM")] {
            let work = async {
                let process = std::process::id().to_string();
                let mut kill = std::process::Command::new("kill");
                kill.args(["-s", signal, &process]).status().unwrap();
                std::future::pending::<()>().await;
            };
            let cut = cut(Duration::from_mins(1), work).unwrap();
            assert!(cut.contains(why), "{cut}");
        }
    }
}
