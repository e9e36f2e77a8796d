//! `claviger serve`

use std::io::{self, Write as _};

use clap::Args;
use claviger_config::{Configuration, Fault, report};
use tokio::signal::unix::{SignalKind, signal};

use super::{CommandFailure, ConfigOption, block_on, compiler, logging};
use crate::server::{Listening, Server, raise_open_files};

/// Serve AWS KMS as a configuration says
///
/// SIGTERM and SIGINT drain: connections are no longer accepted, requests under
/// way are answered, and the command ends.
#[derive(Args)]
#[command(after_help = "Example:\n  claviger serve --config /etc/claviger/claviger.toml")]
pub(super) struct Serve {
    #[command(flatten)]
    config: ConfigOption,
}

impl Serve {
    pub(super) fn run(self) -> Result<(), CommandFailure> {
        let configuration = Configuration::load(&self.config.config)?;
        serve(&configuration, |_| Ok(()))
    }
}

/// Serves until a signal; `ready` is called once, when the host listens.
pub(super) fn serve(
    configuration: &Configuration,
    ready: impl FnOnce(Listening) -> Result<(), CommandFailure>,
) -> Result<(), CommandFailure> {
    logging::start(&configuration.log).map_err(CommandFailure::Runtime)?;
    for warning in configuration.warnings() {
        tracing::warn!("{}: {} ({})", warning.path, warning.problem, warning.fix);
    }
    raise_open_files();
    block_on(async {
        let stop = stop_signal().map_err(CommandFailure::Runtime)?;
        let server = Server::start(configuration, compiler()?).await?;
        let listening = server.listening();
        tracing::info!("listening on {}", listening.api);
        if let Some(probe) = listening.probe {
            tracing::info!("probe listening on {probe}");
        }
        ready(listening)?;
        server.run(stop).await;
        Ok(())
    })?
}

/// Completes at the first SIGTERM or SIGINT.
pub(super) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Warnings of a configuration, for a command that does not serve.
pub(super) fn print_warnings(warnings: &[Fault]) {
    if !warnings.is_empty() {
        let _ = writeln!(io::stderr(), "Warnings:\n\n{}", report(warnings));
    }
}
