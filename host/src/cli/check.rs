//! `claviger check`

use clap::Args;
use claviger_config::Configuration;

use super::serve::print_warnings;
use super::{CommandFailure, ConfigOption, block_on, print};
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
        print_warnings(&configuration);
        block_on(server::check(&configuration))??;
        print(&format!("{}: no faults\n", self.config.config.display()))
    }
}
