//! The configuration is taken up again from its file (FLT-70, FLT-71).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use claviger_config::{Configuration, ConfigurationFault};
use claviger_settings::Fault;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::{error, info, warn};

use super::live::{Live, TakenUp};
use super::served::Served;
use crate::audit::Act;

/// How long it may take to take up a configuration: something that hangs keeps nobody
/// from taking up the next one.
const TAKE_UP: Duration = Duration::from_mins(2);

/// Why the configuration is read again.
#[derive(Clone, Copy, Debug)]
pub enum Cause {
    /// SIGHUP.
    Signal,
    /// `claviger reload`.
    Command,
    /// A file has changed.
    File,
}

impl Cause {
    /// For records.
    fn name(self) -> &'static str {
        match self {
            Self::Signal => "signal",
            Self::Command => "command",
            Self::File => "file",
        }
    }
}

/// Takes up the configuration of one file, whenever it is told to.
pub struct Reloader {
    file: PathBuf,
    pub(super) live: Arc<Live>,
}

impl Reloader {
    pub(super) fn new(file: PathBuf, live: Arc<Live>) -> Self {
        Self { file, live }
    }

    /// The file.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Reads the file, checks everything, and serves by it. When there is a fault the
    /// configuration in force stays, and the log says both.
    ///
    /// # Errors
    /// All faults.
    pub async fn reload(&self, cause: Cause) -> Result<TakenUp, Vec<Fault>> {
        if matches!(cause, Cause::Signal) {
            self.live.current().xks.reopen_audit();
        }
        let taken_up = self.take_up().await;
        match &taken_up {
            Ok((taken_up, served)) => {
                for warning in &taken_up.warnings {
                    warn!("{}: {} ({})", warning.path, warning.problem, warning.fix);
                }
                info!(
                    ?cause,
                    generation = taken_up.generation,
                    "the configuration is taken up"
                );
                served.log();
                let in_force = served.in_force();
                let cause = cause.name();
                let _ = self.live.record(&Act::TakeUp { cause, in_force });
            }
            Err(faults) => {
                for fault in faults {
                    error!("{}: {} ({})", fault.path, fault.problem, fault.fix);
                }
                let generation = self.live.generation();
                error!(
                    ?cause,
                    faults = faults.len(),
                    generation,
                    "the configuration is not taken up: the one in force stays"
                );
                let _ = self.live.record(&Act::Refuse {
                    cause: cause.name(),
                    generation,
                    faults: u64::try_from(faults.len()).unwrap_or(u64::MAX),
                });
            }
        }
        taken_up.map(|(taken_up, _)| taken_up)
    }

    async fn take_up(&self) -> Result<(TakenUp, Served), Vec<Fault>> {
        let file = self.file.clone();
        let loaded = spawn_blocking(move || Configuration::load(&file)).await;
        let loaded = loaded.unwrap_or_else(|ended| std::panic::resume_unwind(ended.into_panic()));
        let configuration = loaded.map_err(|fault| match fault {
            ConfigurationFault::Faulty { faults, .. } => faults,
            other => vec![Fault::new(
                self.file.display().to_string(),
                other.to_string(),
                "put the file right: it is read again then",
            )],
        });
        let taken_up = match configuration {
            Ok(configuration) => {
                let taking_up = timeout(TAKE_UP, self.live.take_up(&configuration));
                taking_up.await.unwrap_or_else(|_| {
                    Err(vec![Fault::new(
                        "",
                        format!("what it names is not read within {} s", TAKE_UP.as_secs()),
                        "find out which file or device does not answer",
                    )])
                })
            }
            Err(faults) => Err(faults),
        };
        self.live.note(taken_up.as_ref().err());
        taken_up
    }
}
