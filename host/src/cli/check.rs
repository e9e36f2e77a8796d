//! `claviger check`

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use claviger_config::{
    ComponentSource, Configuration, ConfigurationFault, Digest, Examined, Fault,
};
use serde::Serialize;

use super::serve::print_warnings;
use super::{CommandFailure, ConfigOption, Ended, block_on, compiler, print};
use crate::resources::ReadComponent;
use crate::server::control::messages::Told;
use crate::server::{self, Checked};

/// Check a configuration without serving
///
/// Reads everything that the configuration names (certificates, secrets,
/// storages), starts every plugin with its settings, and tries whether what the host
/// writes can be written and its addresses be listened on. Reports all faults at
/// once, and how long each plugin took to start.
///
/// The status is 0 without faults, 1 with faults, and with `--strict` 3 when there are
/// warnings and no faults.
#[derive(Args)]
#[command(after_help = "Example:\n  claviger check --config /etc/claviger/claviger.toml")]
pub(super) struct Check {
    #[command(flatten)]
    config: ConfigOption,
    /// Say it as JSON
    #[arg(long)]
    json: bool,
    /// End with 3 when there are warnings
    #[arg(long)]
    strict: bool,
}

/// What is said with `--json`.
#[derive(Serialize)]
struct Report {
    /// Of this format.
    version: u32,
    faults: Vec<Told>,
    warnings: Vec<Told>,
    /// Of the components in files.
    digests: Vec<PluginDigest>,
    starts: Vec<Start>,
}

/// As the plugin's `digest` setting would say it.
#[derive(Serialize)]
struct PluginDigest {
    plugin: String,
    digest: String,
}

/// How long the first instance of a plugin took to start.
#[derive(Serialize)]
struct Start {
    key_store: String,
    plugin: String,
    milliseconds: f64,
}

impl Check {
    pub(super) fn run(self) -> Result<Ended, CommandFailure> {
        let examined = match Configuration::examine(&self.config.config) {
            Ok(examined) => examined,
            Err(unreadable) if self.json => Examined {
                faults: vec![Fault::new(
                    "",
                    unreadable.to_string(),
                    "name a file that is there and that this user can read",
                )],
                readable: None,
                files: Vec::new(),
            },
            Err(unreadable) => return Err(unreadable.into()),
        };
        let checked = block_on(server::check(&examined, compiler()?))?;
        let ended = match (checked.faults.is_empty(), checked.warnings.is_empty()) {
            (false, _) => Ended::Badly,
            (true, false) if self.strict => Ended::WithWarnings,
            (true, _) => Ended::Well,
        };
        if self.json {
            let report = Report::of(&examined, &checked);
            let text = serde_json::to_string_pretty(&report).unwrap_or_default();
            print(&format!("{text}\n"))?;
            return Ok(ended);
        }
        print_warnings(&checked.warnings);
        let mut text = String::new();
        // Writing to a String cannot fail.
        for PluginDigest { plugin, digest } in digests(&examined) {
            let _ = writeln!(text, "plugin.{plugin}.digest = \"{digest}\"");
        }
        print(&text)?;
        if !checked.faults.is_empty() {
            return Err(ConfigurationFault::Faulty {
                path: self.config.config,
                faults: checked.faults,
            }
            .into());
        }
        let mut text = String::new();
        for (key_store, plugin, time) in checked.starts {
            let milliseconds = milliseconds(time);
            let _ = writeln!(text, "{key_store}/{plugin}: starts in {milliseconds:.1} ms");
        }
        let _ = writeln!(text, "{}: no faults", self.config.config.display());
        print(&text)?;
        Ok(ended)
    }
}

impl Report {
    fn of(examined: &Examined, checked: &Checked) -> Self {
        let told = |faults: &[Fault]| faults.iter().map(Told::from).collect();
        Self {
            version: 1,
            faults: told(&checked.faults),
            warnings: told(&checked.warnings),
            digests: digests(examined),
            starts: checked
                .starts
                .iter()
                .map(|(key_store, plugin, time)| Start {
                    key_store: key_store.to_string(),
                    plugin: plugin.to_string(),
                    milliseconds: milliseconds(*time),
                })
                .collect(),
        }
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// What the components in files are, whatever their settings say; those that cannot be
/// read have a fault.
fn digests(examined: &Examined) -> Vec<PluginDigest> {
    let digest = |(setting, path): &(String, PathBuf)| {
        let plugin = setting
            .strip_prefix("plugin.")?
            .strip_suffix(".component")?;
        let source = ComponentSource::File {
            path: path.clone(),
            digest: Digest::Unchecked,
        };
        let digest = ReadComponent::digest_of(&source).ok()?;
        Some(PluginDigest {
            plugin: plugin.to_owned(),
            digest: format!("sha256:{digest}"),
        })
    };
    examined.files.iter().filter_map(digest).collect()
}
