//! `claviger reload`

use clap::Args;
use claviger_config::Fault;
use hyper::Method;

use super::serve::print_warnings;
use super::{CommandFailure, HostOption, block_on, print};
use crate::server::control::client::command;
use crate::server::control::messages::{RELOAD, Reloaded};

/// Have a running host take up its configuration again
///
/// Everything is read and checked first; when there is a fault, all of them are shown,
/// and the host serves on by the configuration in force. SIGHUP does the same, and so
/// does a change of the file, or of one that it names.
#[derive(Args)]
#[command(after_help = "Example:\n  claviger reload --config /etc/claviger/claviger.toml")]
pub(super) struct Reload {
    #[command(flatten)]
    host: HostOption,
}

impl Reload {
    pub(super) fn run(self) -> Result<(), CommandFailure> {
        let socket = self.host.socket()?;
        let reloaded = block_on(command(&socket, Method::POST, RELOAD, None::<&()>))?;
        let Reloaded {
            generation,
            warnings,
        } = reloaded?;
        let warnings: Vec<_> = warnings.into_iter().map(Fault::from).collect();
        print_warnings(&warnings);
        print(&format!("configuration {generation} is in force\n"))
    }
}
