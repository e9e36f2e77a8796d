//! Capability `key-storage`: the named records of one key store.

use std::sync::Arc;

use wasmtime::error::Context as _;

use super::State;
use crate::storage::{Counter, ScopedStorage};

/// A plugin's handle of a counter.
#[expect(unreachable_pub, reason = "re-exported by generated code")]
pub struct CounterHandle(pub(crate) Arc<Counter>);

impl State {
    /// The records that are granted.
    pub(crate) fn storage(&self) -> wasmtime::Result<&ScopedStorage> {
        self.key_storage
            .as_deref()
            .context("key-storage is not granted")
    }
}
