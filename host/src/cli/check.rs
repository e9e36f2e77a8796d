//! `claviger check`

use std::fmt::Write as _;

use clap::Args;
use claviger_config::{ComponentSource, Configuration};

use super::serve::print_warnings;
use super::{CommandFailure, ConfigOption, block_on, compiler, print};
use crate::plugin::ComponentFault;
use crate::resources::ReadComponent;
use crate::server;

/// Check a configuration without serving
///
/// Reads everything that the configuration names (certificates, secrets,
/// storages) and starts every plugin with its settings. Reports all faults at
/// once, and how long each plugin took to start.
#[derive(Args)]
#[command(after_help = "Example:\n  claviger check --config /etc/claviger/claviger.toml")]
pub(super) struct Check {
    #[command(flatten)]
    config: ConfigOption,
}

impl Check {
    pub(super) fn run(self) -> Result<(), CommandFailure> {
        let configuration = Configuration::load(&self.config.config)?;
        print_warnings(&configuration.warnings());
        let checked = block_on(server::check(&configuration, compiler()?))??;
        print_warnings(&checked.warnings);
        let mut text = digests(&configuration)?;
        for (key_store, plugin, time) in checked.starts {
            // Writing to a String cannot fail.
            let milliseconds = time.as_secs_f64() * 1000.0;
            let _ = writeln!(text, "{key_store}/{plugin}: starts in {milliseconds:.1} ms");
        }
        let _ = writeln!(text, "{}: no faults", self.config.config.display());
        print(&text)
    }
}

/// What the components in files are, as their `digest` settings would say it.
fn digests(configuration: &Configuration) -> Result<String, CommandFailure> {
    let mut text = String::new();
    for (name, plugin) in &configuration.plugins {
        if let ComponentSource::File { .. } = plugin.component {
            let digest = ReadComponent::digest_of(&plugin.component)
                .map_err(|fault| vec![ComponentFault::from(fault).report(name.as_str())])?;
            let _ = writeln!(text, "plugin.{name}.digest = \"sha256:{digest}\"");
        }
    }
    Ok(text)
}
