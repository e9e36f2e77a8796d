//! `claviger status`

use clap::Args;
use hyper::Method;

use super::{CommandFailure, HostOption, block_on, print};
use crate::server::control::client::command;
use crate::server::control::messages::{self, KeyStoreStatus, ResourceStatus, STATUS, Told};

/// Show how a running host is
///
/// Ends with 0 when the host is ready, and with 1 when it is not or cannot be reached.
#[derive(Args)]
#[command(after_help = "Example:\n  claviger status --config /etc/claviger/claviger.toml")]
pub(super) struct Status {
    #[command(flatten)]
    host: HostOption,
    /// As JSON, with everything that is known
    #[arg(long)]
    json: bool,
}

impl Status {
    pub(super) fn run(self) -> Result<(), CommandFailure> {
        let socket = self.host.socket()?;
        let status = block_on(command(&socket, Method::GET, STATUS, None::<&()>))?;
        let status: messages::Status = status?;
        if self.json {
            // Plain structures always can be written.
            let text = serde_json::to_string_pretty(&status).unwrap_or_default();
            print(&format!("{text}\n"))?;
        } else {
            print(&table(&status))?;
        }
        if status.ready {
            Ok(())
        } else {
            Err(CommandFailure::NotReady(status.reasons))
        }
    }
}

fn table(status: &messages::Status) -> String {
    let mut text = String::new();
    let mut line = |words: &str| {
        text.push_str(words);
        text.push('\n');
    };
    let commit = status.commit.as_ref();
    let commit = commit.map_or_else(String::new, |commit| format!(" ({commit})"));
    line(&format!(
        "claviger {}{}, process {}, {}, {} at {}",
        status.version,
        commit,
        status.process,
        status.phase,
        if status.ready { "ready" } else { "not ready" },
        status.listening
    ));
    let configuration = &status.configuration;
    line(&format!(
        "configuration {} since {}",
        configuration.generation, configuration.taken_up
    ));
    if let Some(refused) = &configuration.refused {
        line(&format!("  a later one was refused at {}:", refused.at));
        for fault in &refused.faults {
            line(&format!(
                "  {}: {} ({})",
                fault.path, fault.problem, fault.fix
            ));
        }
    }
    if let Some(certificate) = &status.certificate {
        line(&format!(
            "certificate {} {}: {} days left, until {}",
            certificate
                .common_name
                .as_deref()
                .unwrap_or("without a common name"),
            certificate.serial,
            certificate.days_left,
            certificate.expires
        ));
    }
    for key_store in &status.key_stores {
        line(&of_key_store(key_store));
    }
    for name in &status.absent {
        line(&format!("key store {name}: waits for what it needs"));
    }
    for Told { path, problem, fix } in &status.waits_for {
        line(&format!("  {path}: {problem} ({fix})"));
    }
    let down = |of: &[ResourceStatus]| {
        let down = of.iter().filter(|it| !it.up);
        down.map(|it| it.name.clone()).collect::<Vec<_>>()
    };
    for name in down(&status.tokens) {
        line(&format!("token {name}: does not answer"));
    }
    for name in down(&status.storages) {
        line(&format!("storage {name}: cannot be read or written"));
    }
    for switched in &status.switched_off {
        line(&format!("switched off: {switched}"));
    }
    text
}

fn of_key_store(key_store: &KeyStoreStatus) -> String {
    let state = match (key_store.enabled, key_store.serves) {
        (false, _) => "disabled",
        (true, true) => "serves",
        (true, false) => "does not serve",
    };
    let managers = key_store.key_managers.iter();
    let managers = managers.map(|manager| format!("{} {}", manager.id, manager.state));
    let plugins = key_store.plugins.iter().map(|plugin| {
        let digest = plugin.digest.get(..12).unwrap_or(&plugin.digest);
        let broken = if plugin.broken { ", fails" } else { "" };
        format!("{} {digest}{broken}", plugin.name)
    });
    format!(
        "key store {}: {state}; key managers: {}; plugins: {}",
        key_store.name,
        managers.collect::<Vec<_>>().join(", "),
        plugins.collect::<Vec<_>>().join(", ")
    )
}
