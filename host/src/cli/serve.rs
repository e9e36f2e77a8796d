//! `claviger serve`

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use clap::Args;
use claviger_config::{Configuration, Fault, report};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use super::{CommandFailure, ConfigOption, block_on, compiler, logging};
use crate::server::{Cause, Listening, Reloader, Server, Stop, raise_open_files};

/// Serve AWS KMS as a configuration says
///
/// SIGTERM stops when load balancers have noticed (`server.lame_duck_seconds`), SIGINT,
/// SIGQUIT and a second signal at once: connections are no longer accepted, requests
/// under way are answered, and the command ends. SIGHUP takes the configuration up
/// again. SIGUSR1 and SIGUSR2 do nothing.
#[derive(Args)]
#[command(after_help = "Example:\n  claviger serve --config /etc/claviger/claviger.toml")]
pub(super) struct Serve {
    #[command(flatten)]
    config: ConfigOption,
}

impl Serve {
    pub(super) fn run(self) -> Result<(), CommandFailure> {
        let configuration = Configuration::load(&self.config.config)?;
        serve(&configuration, &self.config.config, |_| Ok(()))
    }
}

/// Serves until a signal; `ready` is called once, when the host listens. `file` is where
/// the configuration is read again.
pub(super) fn serve(
    configuration: &Configuration,
    file: &Path,
    ready: impl FnOnce(Listening) -> Result<(), CommandFailure>,
) -> Result<(), CommandFailure> {
    logging::start(&configuration.log).map_err(CommandFailure::Runtime)?;
    for warning in configuration.warnings() {
        tracing::warn!("{}: {} ({})", warning.path, warning.problem, warning.fix);
    }
    raise_open_files();
    block_on(async {
        let signals = Signals::new().map_err(CommandFailure::Runtime)?;
        let mut server = Server::start(configuration, compiler()?).await?;
        let reloader = server.reloads_from(file);
        let listening = server.listening();
        if let Some(page) = listening.page {
            tracing::info!("the page is at http://{page}/");
        }
        tracing::info!("listening on {}", listening.api);
        if let Some(probe) = listening.probe {
            tracing::info!("probe listening on {probe}");
        }
        ready(listening)?;
        let (give, orders) = mpsc::channel(4);
        let obeying = tokio::spawn(signals.obey(give, reloader));
        let lost = server.run(orders).await;
        // It holds the snapshot, and with it the audit log.
        obeying.abort();
        let _ = obeying.await;
        match lost.load(Ordering::SeqCst) {
            0 => Ok(()),
            lost => Err(CommandFailure::LostRecords(lost)),
        }
    })?
}

/// The signals that mean something to a host.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    hang_up: Signal,
    ignored: [Signal; 2],
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hang_up: signal(SignalKind::hangup())?,
            ignored: [
                signal(SignalKind::user_defined1())?,
                signal(SignalKind::user_defined2())?,
            ],
        })
    }

    /// Passes on what they mean.
    async fn obey(mut self, orders: mpsc::Sender<Stop>, reloader: Arc<Reloader>) {
        let [first, second] = &mut self.ignored;
        loop {
            let order = tokio::select! {
                _ = self.terminate.recv() => Stop::Gently,
                _ = self.interrupt.recv() => Stop::AtOnce,
                _ = self.quit.recv() => Stop::AtOnce,
                _ = self.hang_up.recv() => {
                    // Said in the log, good or bad.
                    let _ = reloader.reload(Cause::Signal).await;
                    continue;
                }
                _ = first.recv() => continue,
                _ = second.recv() => continue,
            };
            let _ = orders.send(order).await;
        }
    }
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
