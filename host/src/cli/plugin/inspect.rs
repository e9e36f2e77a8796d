//! `claviger plugin inspect`

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use claviger_config::Capability;
use serde::Serialize;

use super::source;
use crate::cli::{CommandFailure, block_on, compiler, print};
use crate::plugin::inspection::{Inspection, MEMORY, inspect};
use crate::resources::{PoolSize, Resources};

/// Say what a component is, and what it needs
///
/// Reads, compiles and starts the component without granting it anything, and asks it
/// what it is: contract and world, the grants that it needs, its digest, memory, and how
/// long it takes to compile and to start.
#[derive(Args)]
#[command(after_help = "Example:\n  claviger plugin inspect vendor.wasm")]
pub(in crate::cli) struct Inspect {
    /// The component: a file, or builtin:NAME
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Say it as JSON
    #[arg(long)]
    json: bool,
}

/// What is said with `--json`. Times are in milliseconds, sizes in bytes.
#[derive(Serialize)]
struct Report<'i> {
    /// Of this format.
    version: u32,
    contract: &'i str,
    world: &'i str,
    digest: String,
    /// As `grants` would have them.
    capabilities: Vec<&'static str>,
    memories: u32,
    tables: u32,
    compile_ms: f64,
    /// Absent when it does not start.
    #[serde(skip_serializing_if = "Option::is_none")]
    plugin: Option<Described<'i>>,
    /// Why it does not start.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'i str>,
}

#[derive(Serialize)]
struct Described<'i> {
    name: &'i str,
    version: &'i str,
    vendor: &'i str,
    start_ms: f64,
    memory: usize,
    /// As the plugin has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    settings_schema: Option<&'i str>,
}

impl Inspect {
    pub(super) fn run(self) -> Result<(), CommandFailure> {
        let shown = self.file.display().to_string();
        let component = source(self.file);
        let resources = Resources::new(compiler()?);
        let size = PoolSize {
            instances: 1,
            memory_bytes: MEMORY,
        };
        let runtime = resources.runtime(size).map_err(|error| {
            CommandFailure::Plugin(format!("the WebAssembly runtime does not start: {error}"))
        })?;
        let inspected = block_on(inspect(&runtime, component))?;
        let inspected = inspected
            .map_err(|fault| CommandFailure::Plugin(format!("{shown} is no plugin: {fault}")))?;
        let text = if self.json {
            let report = Report::of(&inspected);
            format!(
                "{}\n",
                serde_json::to_string_pretty(&report).unwrap_or_default()
            )
        } else {
            told(&shown, &inspected)
        };
        print(&text)?;
        match inspected.started {
            Ok(_) => Ok(()),
            Err(fault) => Err(CommandFailure::Plugin(format!(
                "{shown} does not start: {fault}"
            ))),
        }
    }
}

impl<'i> Report<'i> {
    fn of(inspected: &'i Inspection) -> Self {
        let started = inspected.started.as_ref().ok();
        let capabilities = inspected.capabilities.iter();
        Self {
            version: 1,
            contract: inspected.contract,
            world: inspected.world,
            digest: format!("sha256:{}", inspected.digest),
            capabilities: capabilities.map(|capability| capability.label()).collect(),
            memories: inspected.memories,
            tables: inspected.tables,
            compile_ms: milliseconds(inspected.compile),
            plugin: started.map(|started| Described {
                name: &started.description.name,
                version: &started.description.version,
                vendor: &started.description.vendor,
                start_ms: milliseconds(started.start),
                memory: started.memory,
                settings_schema: started.description.settings_schema.as_deref(),
            }),
            fault: inspected.started.as_ref().err().map(String::as_str),
        }
    }
}

/// A line for each thing, and the lines of a configuration.
fn told(shown: &str, inspected: &Inspection) -> String {
    let mut text = String::new();
    let mut line = |what: &str, is: String| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{what:<10} {is}");
    };
    if let Ok(started) = &inspected.started {
        let description = &started.description;
        let (name, version) = (&description.name, &description.version);
        line(
            "plugin",
            format!("{name} {version}, by {}", description.vendor),
        );
    }
    line("contract", inspected.contract.to_owned());
    line("world", inspected.world.to_owned());
    line("digest", format!("sha256:{}", inspected.digest));
    line(
        "compiles",
        format!("in {:.0} ms", milliseconds(inspected.compile)),
    );
    if let Ok(started) = &inspected.started {
        line(
            "starts",
            format!("in {:.1} ms", milliseconds(started.start)),
        );
        // The least that it could have; it takes more when it works.
        let mib = started.memory.div_ceil(1 << 20);
        line("memory", format!("{mib} MiB at the start"));
    }
    line(
        "parts",
        format!(
            "{} memories, {} tables",
            inspected.memories, inspected.tables
        ),
    );
    let needed = inspected.capabilities.iter();
    for capability in needed.filter(|capability| **capability != Capability::Wasi) {
        line("grant", capability.example().to_owned());
    }
    if inspected.capabilities.contains(&Capability::Wasi) {
        let example = Capability::Wasi.example();
        line(
            "may want",
            format!("{example}: it imports WASI, as standard libraries do"),
        );
    }
    if let Ok(started) = &inspected.started
        && let Some(schema) = &started.description.settings_schema
    {
        line("settings", "by this JSON Schema".to_owned());
        text.push_str(schema.trim_end());
        text.push('\n');
    }
    let _ = writeln!(
        text,
        "\n[plugin.NAME]\ncomponent = \"{shown}\"{}",
        if shown.starts_with("builtin:") {
            String::new()
        } else {
            format!("\ndigest = \"sha256:{}\"", inspected.digest)
        }
    );
    text
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
