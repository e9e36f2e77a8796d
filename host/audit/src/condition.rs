//! How an audit log is doing.

use std::time::Instant;

use parking_lot::{Condvar, Mutex};

use crate::head::Head;
use crate::keeper::Keeper;
use crate::queue::Queue;
use crate::second::Mirror;

/// What the writer and everybody else have in common.
pub(crate) struct Shared {
    pub(crate) queue: std::sync::Arc<Queue>,
    pub(crate) keeper: Keeper,
    pub(crate) mirrors: Vec<Mirror>,
    pub(crate) failure: Mutex<Option<Failure>>,
    /// Of the last checkpoint.
    pub(crate) head: Mutex<Option<Head>>,
    /// The writer has ended.
    pub(crate) ended: Mutex<bool>,
    pub(crate) ended_changed: Condvar,
}

/// Nothing can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// For how long.
    pub since: Instant,
    /// Why.
    pub cause: String,
}

/// How an audit log is doing, for readiness and metrics.
#[derive(Debug, Clone)]
pub struct Condition {
    /// Set while records cannot be written: the process is not ready.
    pub failure: Option<Failure>,
    /// Bytes that wait.
    pub waiting: usize,
    /// Records that are appended and not written, or not kept.
    pub unwritten: u64,
    /// Records that are written, since the log was opened,
    pub written: u64,
    /// in so many groups.
    pub groups: u64,
    /// The state file could not be replaced. Nothing is lost by that, but the key in it
    /// is older than it could be.
    pub state_file_fails: bool,
    /// Each exporter of heads, and whether it fails.
    pub heads: Vec<(String, bool)>,
    /// Each second sink, and how many lines it has lost.
    pub second: Vec<(String, u64)>,
}

impl Shared {
    pub(crate) fn condition(&self) -> Condition {
        Condition {
            failure: self.failure.lock().clone(),
            waiting: self.queue.waiting(),
            unwritten: self.queue.unwritten(),
            written: self.queue.written_records(),
            groups: self.queue.groups(),
            state_file_fails: self.keeper.is_failing(),
            heads: self.keeper.exporters().collect(),
            second: self.mirrors.iter().map(Mirror::lost).collect(),
        }
    }
}
