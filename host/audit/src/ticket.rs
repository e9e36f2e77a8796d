//! What a request waits for before it is answered.

use std::sync::Arc;

use thiserror::Error;

use crate::queue::Queue;

/// The record is not written, as far as one can tell. It may be written later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the audit record is not written")]
pub struct NotWritten;

/// Resolves when a record is written, as the setting of durability understands it.
#[must_use = "with `before-answer`, an answer waits for its record"]
#[derive(Clone)]
pub struct Ticket(Progress);

#[derive(Clone)]
enum Progress {
    Known(Result<(), NotWritten>),
    Group(Arc<Queue>, u64),
}

impl Ticket {
    pub(crate) fn known(result: Result<(), NotWritten>) -> Self {
        Self(Progress::Known(result))
    }

    pub(crate) fn of(queue: &Arc<Queue>, group: u64) -> Self {
        Self(Progress::Group(Arc::clone(queue), group))
    }

    /// Waits until the record is written. It fails at once while nothing can be written;
    /// for a target that hangs there is the caller's own deadline.
    pub async fn written(&self) -> Result<(), NotWritten> {
        match &self.0 {
            Progress::Known(result) => *result,
            Progress::Group(queue, group) => queue.written(*group).await,
        }
    }
}
