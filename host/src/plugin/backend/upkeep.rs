//! Work of a backend that no request waits for, and that requests may want earlier:
//! one run at a time, however many want it.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, watch};
use tokio::time::{timeout, timeout_at};
use tracing::warn;

use super::Inner;
use crate::plugin::turn::Budget;
use crate::words::{Deadline, OwnTask};

/// How long a run may take.
const RUN: Duration = Duration::from_secs(10);
/// Processor time that it may take.
const COMPUTES: Duration = Duration::from_millis(300);
/// The least time from one run to the next: a plugin whose calls fail in spite of it
/// does not have its key manager asked all the time.
const LEAST: Duration = Duration::from_millis(100);
/// The least time until a run that a request wants.
const LEAST_WANTED: Duration = Duration::from_secs(1);
/// After a run that failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// The task that calls `upkeep.run`; it ends with the backend.
pub(super) struct Upkeep {
    wanted: Arc<Notify>,
    runs: watch::Receiver<Runs>,
    _task: OwnTask<()>,
}

/// What was run so far.
#[derive(Clone, Copy, Debug, Default)]
struct Runs {
    count: u64,
    last: Option<Instant>,
}

impl Upkeep {
    pub(super) fn start(backend: &Arc<Inner>) -> Self {
        let wanted = Arc::new(Notify::new());
        let (sender, runs) = watch::channel(Runs::default());
        let work = keep_up(Arc::downgrade(backend), Arc::clone(&wanted), sender);
        let task = tokio::spawn(work).into();
        Self {
            wanted,
            runs,
            _task: task,
        }
    }

    /// Until the first run has ended, or the deadline.
    pub(super) async fn first(&self, deadline: Deadline) {
        let mut runs = self.runs.clone();
        let first = runs.wait_for(|runs| runs.count > 0);
        // The next call says better what is missing.
        let _ = timeout_at(deadline.as_tokio(), first).await;
    }

    /// A call that was made at `asked` wants a run, unless there has been one since or
    /// shortly before. Waits for its end, or the deadline.
    pub(super) async fn after(&self, asked: Instant, deadline: Deadline) {
        let mut runs = self.runs.clone();
        let is_recent = |runs: &Runs| runs.last.is_some_and(|last| last + LEAST_WANTED > asked);
        if is_recent(&runs.borrow()) {
            return;
        }
        self.wanted.notify_one();
        let run = runs.wait_for(is_recent);
        let _ = timeout_at(deadline.as_tokio(), run).await;
    }
}

async fn keep_up(backend: Weak<Inner>, wanted: Arc<Notify>, runs: watch::Sender<Runs>) {
    loop {
        let again = {
            let Some(backend) = backend.upgrade() else {
                return;
            };
            run(&backend).await
        };
        runs.send_modify(|runs| {
            runs.count += 1;
            runs.last = Some(Instant::now());
        });
        match again {
            Some(after) => drop(timeout(after.max(LEAST), wanted.notified()).await),
            None => wanted.notified().await,
        }
    }
}

async fn run(backend: &Inner) -> Option<Duration> {
    let deadline = Deadline::after(Instant::now(), RUN);
    let budget = Budget::background(deadline, COMPUTES);
    let run = async {
        let mut lease = backend.pool.lease_in_background(deadline).await?;
        lease.upkeep(budget).await
    };
    match run.await {
        Ok(again) => again,
        Err(fault) => {
            let source = &backend.pool.granted().log_source;
            source.about(|plugin| warn!(plugin, %fault, "upkeep"));
            Some(AFTER_FAILURE)
        }
    }
}
