//! `claviger key-store`: the kill switch.

use std::path::Path;

use clap::{Args, Subcommand};
use claviger_config::{Configuration, Control};
use hyper::Method;

use super::console_file::find_key_store;
use super::{CommandFailure, HostOption, block_on, print};
use crate::server::control::client::{ControlFault, command};
use crate::server::control::messages::{SWITCH, Switch, Switched};
use crate::switches::{self, Switches};
use crate::words::KeyId;

/// Switch a key store off, and on again
///
/// Kept by the host itself, whatever the backend: from the next request on every call
/// is refused, also after the host starts again. While no host runs the file of its
/// switches is written, so that it begins like that.
#[derive(Subcommand)]
#[command(
    after_help = "Example:\n  claviger key-store disable --config /etc/claviger/claviger.toml payments"
)]
pub(super) enum KeyStore {
    /// Refuse every request to a key store
    #[command(
        after_help = "Example:\n  claviger key-store disable --config /etc/claviger/claviger.toml payments"
    )]
    Disable(Target),
    /// Serve it again
    #[command(
        after_help = "Example:\n  claviger key-store enable --config /etc/claviger/claviger.toml payments"
    )]
    Enable(Target),
}

/// Which key store of which host.
#[derive(Args)]
pub(super) struct Target {
    #[command(flatten)]
    host: HostOption,
    /// The key store, by its name in the configuration
    #[arg(value_name = "NAME")]
    name: String,
}

impl KeyStore {
    pub(super) fn run(self) -> Result<(), CommandFailure> {
        let (Target { host, name }, on) = match self {
            Self::Disable(target) => (target, false),
            Self::Enable(target) => (target, true),
        };
        switch(&host, name, None, on)
    }
}

/// Switches, and says so when it is done.
pub(super) fn switch(
    host: &HostOption,
    key_store: String,
    key: Option<&KeyId>,
    on: bool,
) -> Result<(), CommandFailure> {
    let socket = host.socket()?;
    let shown = match key {
        Some(key) => format!("key {} of key store {key_store}", key.as_str()),
        None => format!("key store {key_store}"),
    };
    let message = Switch {
        key_store: key_store.clone(),
        key: key.map(|key| key.as_str().to_owned()),
        on,
    };
    let switched = block_on(command(&socket, Method::POST, SWITCH, Some(&message)))?;
    let state = if on { "on" } else { "off" };
    match switched {
        Ok(Switched {
            changed,
            known,
            recorded,
            host,
        }) => {
            let already = if changed { "" } else { " already" };
            let record = if recorded {
                ""
            } else {
                "; its audit record is not written: see `claviger status`"
            };
            print(&format!(
                "{shown} is switched {state}{already}: confirmed by the host (process {host}){record}\n"
            ))?;
            match key {
                Some(key) if known == Some(false) => Err(CommandFailure::UnknownKey {
                    key_store,
                    key_id: key.as_str().to_owned(),
                }),
                _ => Ok(()),
            }
        }
        Err(ControlFault::Nobody { path, source }) => {
            let Some(file) = &host.config else {
                return Err(ControlFault::Nobody { path, source }.into());
            };
            let what = switches::Switched {
                key_store,
                key: key.cloned(),
            };
            switch_file(file, &what, on)?;
            print(&format!(
                "{shown} is switched {state}: no host listens at {}, the next one begins so\n",
                path.display()
            ))
        }
        Err(fault) => Err(fault.into()),
    }
}

/// While no host runs.
fn switch_file(
    configuration: &Path,
    what: &switches::Switched,
    on: bool,
) -> Result<(), CommandFailure> {
    let control = Control::of_file(configuration)?;
    // A file with faults keeps nobody from switching off.
    if let Ok(configuration) = Configuration::load(configuration)
        && !on
    {
        find_key_store(&configuration, &what.key_store)?;
    }
    if let Some(control) = control {
        let switches = Switches::open(&control.switches).map_err(|fault| vec![fault])?;
        switches.switch(what, on)?;
    }
    Ok(())
}
