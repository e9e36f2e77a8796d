//! How a storage is doing, for everybody who depends on it.

use std::sync::atomic::{AtomicU8, Ordering};

/// How a storage is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum StorageState {
    /// It is read and written.
    Serving,
    /// Writes fail. What is in memory is read.
    Failing,
    /// Its file is not the one that was opened, or was changed by something else:
    /// nothing of it is used, because a key may have been disabled elsewhere.
    Away,
}

/// The state, to be read by every call.
#[derive(Debug, Default)]
pub(super) struct StateCell(AtomicU8);

impl StateCell {
    pub(super) fn now(&self) -> StorageState {
        match self.0.load(Ordering::Acquire) {
            0 => StorageState::Serving,
            1 => StorageState::Failing,
            _ => StorageState::Away,
        }
    }

    /// Returns whether it was another one before.
    pub(super) fn set(&self, state: StorageState) -> bool {
        let number = match state {
            StorageState::Serving => 0,
            StorageState::Failing => 1,
            StorageState::Away => 2,
        };
        self.0.swap(number, Ordering::AcqRel) != number
    }
}
