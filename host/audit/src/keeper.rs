//! Keeps what a checkpoint leaves behind: syncs the log, replaces the state file and
//! hands out the head, in this order. A thread of its own does it, so that no record
//! waits for a disk.
//!
//! The state may lag behind the log, and is never ahead of what is on the disk. So a
//! power cut loses at most records that were not synced, and never makes what is left
//! look like a log that somebody has cut. A head is handed out when it is sure to last.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use tracing::{error, info};

use crate::export::Exporter;
use crate::head::Head;
use crate::settings::HeadExport;
use crate::slot::Slot;
use crate::state::{self, State};

/// What a checkpoint leaves behind.
pub(crate) struct Kept {
    pub(crate) head: Head,
    /// None for a target that keeps no state.
    pub(crate) state: Option<State>,
    pub(crate) file: Arc<File>,
}

/// The thread.
pub(crate) struct Keeper {
    shared: Arc<Shared>,
}

struct Shared {
    newest: Slot<Kept>,
    /// Of the state file.
    failing: AtomicBool,
    exporters: Vec<Exporter>,
}

impl Keeper {
    pub(crate) fn open(state_path: Option<PathBuf>, heads: &[HeadExport]) -> io::Result<Self> {
        let exporters: io::Result<_> = heads.iter().cloned().map(Exporter::open).collect();
        let shared = Arc::new(Shared {
            newest: Slot::new(),
            failing: AtomicBool::new(false),
            exporters: exporters?,
        });
        let keeping = Arc::clone(&shared);
        thread::Builder::new()
            .name("audit-keeper".to_owned())
            .spawn(move || keep_until_closed(&keeping, state_path.as_deref()))?;
        Ok(Self { shared })
    }

    pub(crate) fn offer(&self, kept: Kept) {
        self.shared.newest.update(|waiting| *waiting = Some(kept));
    }

    /// Whether the state file could not be written the last time.
    pub(crate) fn is_failing(&self) -> bool {
        self.shared.failing.load(Ordering::Relaxed)
    }

    pub(crate) fn exporters(&self) -> impl Iterator<Item = (String, bool)> {
        self.shared.exporters.iter().map(Exporter::failing)
    }

    pub(crate) fn finish(&self, deadline: Instant) {
        if !self.shared.newest.finish(deadline) {
            error!("the last state of the audit log is not written");
        }
        self.shared
            .exporters
            .iter()
            .for_each(|it| it.finish(deadline));
    }
}

fn keep_until_closed(shared: &Shared, state_path: Option<&Path>) {
    while let Some(kept) = shared.newest.next() {
        let result = match (state_path, &kept.state) {
            (Some(path), Some(state)) => {
                let synced = kept.file.sync_data();
                synced.and_then(|()| state::replace(path, state))
            }
            _ => Ok(()),
        };
        let failed = shared.failing.swap(result.is_err(), Ordering::Relaxed);
        if let Err(cause) = result {
            if !failed {
                error!(error = %cause, "the state file of the audit log cannot be written");
            }
            continue;
        }
        if failed {
            info!("the state file of the audit log is written again");
        }
        let exporters = shared.exporters.iter();
        exporters.for_each(|it| it.offer(kept.head.clone()));
    }
}
