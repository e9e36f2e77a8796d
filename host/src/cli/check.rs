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
/// once.
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
        print_warnings(&block_on(server::check(&configuration, compiler()?))??);
        let mut text = digests(&configuration)?;
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
            // Writing to a String cannot fail.
            let _ = writeln!(text, "plugin.{name}.digest = \"sha256:{digest}\"");
        }
    }
    Ok(text)
}
