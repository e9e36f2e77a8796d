//! Capability `key-storage`: the named records of one key store.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::error::Context as _;

use super::State;
use crate::storage::{Counter, ScopedStorage};
use crate::words::Deadline;

/// What is left of a call when a write has no answer, so that the plugin can say so.
const REST: Duration = Duration::from_millis(5);

/// A plugin's handle of a counter.
#[expect(unreachable_pub, reason = "re-exported by generated code")]
pub struct CounterHandle(pub(crate) Arc<Counter>);

impl State {
    /// The records that are granted.
    pub(crate) fn storage(&self) -> wasmtime::Result<&Arc<ScopedStorage>> {
        self.key_storage
            .as_ref()
            .context("key-storage is not granted")
    }

    /// Until when the call under way waits for the disk.
    pub(crate) fn storage_deadline(&self) -> Deadline {
        self.deadline.earlier(REST)
    }
}
