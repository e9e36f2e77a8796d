//! `claviger plugin bench`

use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::source;
use super::test::latencies::shown;
use super::workbench::OnTrial;
use crate::cli::{CommandFailure, block_on, compiler, print};
use crate::plugin::inspection::{MEMORY, inspect};
use crate::plugin::trial::Measured;
use crate::resources::{PoolSize, ReadComponent, Resources};

/// Measure how fast a plugin is, without a host around it
///
/// Calls each function that a request calls, directly, by one caller and by several at
/// the same time, each with an instance of its own; and says how large the component is,
/// how long it takes to compile and to start, and how much memory an instance has.
#[derive(Args)]
#[command(after_help = "Example:\n  claviger plugin bench my-backend.wasm --seconds 3 --callers 4")]
pub(in crate::cli) struct Bench {
    #[command(flatten)]
    on_trial: OnTrial,
    /// How long each function is called
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Callers at the same time; by default as many as there are processors, at most 8
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=64))]
    callers: Option<u16>,
    /// Say it as JSON
    #[arg(long)]
    json: bool,
}

/// What is said with `--json`. Times are in milliseconds, sizes in bytes.
#[derive(Serialize)]
struct Report {
    /// Of this format.
    version: u32,
    component_bytes: usize,
    digest: String,
    compile_ms: f64,
    start_ms: f64,
    memory_at_start: usize,
    functions: Vec<Function>,
}

#[derive(Serialize)]
struct Function {
    #[serde(rename = "function")]
    name: &'static str,
    callers: usize,
    calls: usize,
    calls_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    memory: usize,
}

impl Bench {
    pub(super) fn run(self) -> Result<(), CommandFailure> {
        let bench = self.on_trial.set_up()?;
        let report = block_on(async {
            let mut report = self.of_the_component().await?;
            let subject = Arc::new(bench.subject().await?);
            let asked = Arc::new(self.on_trial.asked(&bench, &subject).await);
            let time = Duration::from_secs(self.seconds);
            for callers in [1, self.callers(subject.instances())] {
                if callers == 1 && !report.functions.is_empty() {
                    continue;
                }
                let measured = subject.measure(&asked, callers, time).await;
                let measured = measured.map_err(CommandFailure::Plugin)?;
                report
                    .functions
                    .extend(measured.into_iter().map(Function::from));
            }
            Ok::<_, CommandFailure>(report)
        })??;
        let text = if self.json {
            format!(
                "{}\n",
                serde_json::to_string_pretty(&report).unwrap_or_default()
            )
        } else {
            report.table()
        };
        print(&text)
    }

    fn callers(&self, instances: usize) -> usize {
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let callers = self.callers.map_or(processors.min(8), usize::from);
        callers.min(instances)
    }

    async fn of_the_component(&self) -> Result<Report, CommandFailure> {
        let component = source(self.on_trial.file());
        let told =
            |fault: String| CommandFailure::Plugin(format!("{}: {fault}", self.on_trial.shown()));
        let read =
            ReadComponent::read("measured", &component).map_err(|fault| told(fault.to_string()))?;
        let size = PoolSize {
            instances: 1,
            memory_bytes: MEMORY,
        };
        let runtime = Resources::new(compiler()?).runtime(size);
        let runtime = runtime.map_err(|fault| told(fault.to_string()))?;
        let inspected = inspect(&runtime, component)
            .await
            .map_err(|fault| told(fault.to_string()))?;
        let started = inspected.started.map_err(told)?;
        Ok(Report {
            version: 1,
            component_bytes: read.bytes().len(),
            digest: format!("sha256:{}", inspected.digest),
            compile_ms: milliseconds(inspected.compile),
            start_ms: milliseconds(started.start),
            memory_at_start: started.memory,
            functions: Vec::new(),
        })
    }
}

impl From<Measured> for Function {
    fn from(measured: Measured) -> Self {
        let Measured {
            function,
            callers,
            calls_per_second,
            times,
            memory,
        } = measured;
        Self {
            name: function,
            callers,
            calls: times.calls,
            calls_per_second,
            p50_ms: milliseconds(times.p50),
            p99_ms: milliseconds(times.p99),
            max_ms: milliseconds(times.max),
            memory,
        }
    }
}

impl Report {
    fn table(&self) -> String {
        let mib = |bytes: usize| bytes.div_ceil(1 << 20);
        let mut text = format!(
            "component  {} bytes, {}\ncompiles   in {:.0} ms\nstarts     in {:.1} ms\n\
             memory     {} MiB at the start\n\n\
             {:<26} {:>7} {:>11} {:>11} {:>11} {:>11} {:>8}\n",
            self.component_bytes,
            self.digest,
            self.compile_ms,
            self.start_ms,
            mib(self.memory_at_start),
            "",
            "callers",
            "calls/s",
            "p50",
            "p99",
            "max",
            "memory"
        );
        for it in &self.functions {
            let time = |ms: f64| shown(Duration::from_secs_f64(ms / 1e3));
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "{:<26} {:>7} {:>11.0} {:>11} {:>11} {:>11} {:>8}",
                it.name,
                it.callers,
                it.calls_per_second,
                time(it.p50_ms),
                time(it.p99_ms),
                time(it.max_ms),
                format!("{} MiB", mib(it.memory))
            );
        }
        text
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
