//! `claviger plugin test`

mod conformance;
pub(super) mod latencies;

use std::path::PathBuf;

use clap::Args;
use claviger_config::Log;
use claviger_doctor::finding::{Finding, Verdict};
use claviger_doctor::findings::Findings;
use claviger_doctor::output::{junit, table};
use claviger_doctor::progress::Progress;
use claviger_doctor::streams::of_process;

use super::workbench::{OnTrial, Workbench};
use crate::cli::{CommandFailure, Ended, block_on, logging, print};
use crate::plugin::Role;
use crate::plugin::trial::{self, Times};

/// Try whether a plugin does what its contract and AWS KMS ask
///
/// Needs no configuration and no AWS account. The plugin is called directly, by the
/// functions that it exports: with good and with wrong settings, with keys that there are
/// and are not, with what has been changed, several at once, for some thousand times.
/// Then a host is started around it on a port of this machine, and plays AWS KMS against
/// it as `claviger doctor --thorough` does; a policy or a directory has the stock backend
/// behind it, whose keys are made in a temporary folder.
///
/// The exit status is 0 when everything holds, 1 when something does not, 2 when it could
/// not be tried.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  claviger plugin test my-backend.wasm\n  claviger plugin test my-policy.wasm --settings settings.toml --junit report.xml\n  claviger plugin test my-backend.wasm --with test.toml --key orders --key billing"
)]
pub(in crate::cli) struct Test {
    #[command(flatten)]
    on_trial: OnTrial,
    /// Write what was found as `JUnit` XML too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the host's log, with the plugin's lines in it, to standard error
    #[arg(long)]
    log: bool,
}

/// The name of the suite of `--junit`.
const SUITE: &str = "claviger plugin test";

impl Test {
    pub(super) fn run(self) -> Result<Ended, CommandFailure> {
        let bench = self.on_trial.set_up()?;
        if self.log {
            logging::start(&Log::default()).map_err(CommandFailure::Runtime)?;
        }
        let times = Times::default();
        let findings = block_on(self.all(&bench, &times))??;
        if let Some(path) = &self.junit {
            let written = junit::junit(SUITE, &findings).and_then(|xml| std::fs::write(path, xml));
            written.map_err(|source| CommandFailure::File {
                path: path.clone(),
                source,
            })?;
        }
        let colour = of_process(|streams| streams.colour);
        print(&table::table(&findings, colour))?;
        print(&latencies::table(&times))?;
        let is = |verdict| {
            findings
                .iter()
                .any(move |finding: &Finding| finding.verdict == verdict)
        };
        if is(Verdict::Failure) {
            return Ok(Ended::Badly);
        }
        match untried(&findings, bench.role) {
            None => Ok(Ended::Well),
            Some(why) => Err(CommandFailure::Plugin(format!(
                "{}: what was tried holds, and none of its keys was: {why}",
                self.on_trial.shown()
            ))),
        }
    }

    async fn all(&self, bench: &Workbench, times: &Times) -> Result<Vec<Finding>, CommandFailure> {
        let mut findings = Findings::new(Progress::on_terminal());
        let (asked, resolved) = {
            let subject = bench.subject().await?;
            let asked = self.on_trial.asked(bench, &subject).await;
            trial::run(&subject, &asked, times, &mut findings).await;
            let mut resolved = Vec::new();
            for key in &asked.keys {
                resolved.push(match bench.role {
                    Role::Directory => subject.resolve(key).await,
                    _ => None,
                });
            }
            // What it holds open is closed before a host opens it.
            (asked, resolved)
        };
        let mut findings = findings.finish();
        let keys = asked.keys.iter().zip(resolved).collect();
        let more = conformance::findings(&self.on_trial, bench, keys, &findings).await?;
        findings.extend(more);
        Ok(findings)
    }
}

/// Why no key was tried, if none was and keys are what the plugin is about.
fn untried(findings: &[Finding], role: Role) -> Option<String> {
    let of_keys = match role {
        Role::Backend => "B03",
        Role::Directory => "D03",
        Role::Policy => return None,
    };
    let mut of_keys = findings
        .iter()
        .filter(|finding| finding.check.id == of_keys);
    let skipped = of_keys
        .clone()
        .all(|finding| finding.verdict == Verdict::Skipped);
    let first = of_keys.next()?;
    skipped.then(|| first.seen.clone())
}
