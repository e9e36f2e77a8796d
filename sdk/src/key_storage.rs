//! Capability `key-storage`: named records, sealed at rest by the host.
//!
//! A plugin sees only the records of the key store it serves. Names are 1 to 200
//! characters of `[A-Za-z0-9._/-]`; values are at most 64 KiB. Reads come from
//! memory and do not wait; what another process or host has written is seen
//! within a second.

#[cfg(target_arch = "wasm32")]
use crate::contract::shared::claviger::plugin::key_storage as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::stand_in::key_storage as host;

use std::fmt;
use thiserror::Error;

/// A record and the revision it is at.
#[derive(Clone, PartialEq, Eq)]
pub struct Stored {
    /// Grows with every change of the record; never used again.
    pub revision: u64,
    /// At most 64 KiB.
    pub value: Vec<u8>,
}

/// Without the value: it may be a key.
impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored")
            .field("revision", &self.revision)
            .field("value", &"[redacted]")
            .finish()
    }
}

/// Why nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StorageError {
    /// The record is not at the expected revision.
    #[error("the record has changed meanwhile")]
    Conflict,
    /// The name or the value breaks the limits.
    #[error("the record is refused: {0}")]
    Invalid(String),
    /// The storage cannot be written now.
    #[error("the storage cannot be written now: {0}")]
    Unavailable(String),
}

impl From<StorageError> for crate::Error {
    fn from(error: StorageError) -> Self {
        Self::internal(error)
    }
}

/// The record of this name.
pub fn read(name: &str) -> Option<Stored> {
    host::read(name)
}

/// The revision of a record without its value: the cheap way to see that nothing
/// has changed.
pub fn revision(name: &str) -> Option<u64> {
    host::revision(name)
}

/// The names that begin with `prefix`, sorted.
pub fn names(prefix: &str) -> Vec<String> {
    host::names(prefix)
}

/// Writes a record if it is still at `expected`, `None` meaning that it does not
/// exist, and returns its new revision.
pub fn compare_and_set(
    name: &str,
    expected: Option<u64>,
    value: &[u8],
) -> Result<u64, StorageError> {
    host::compare_and_set(name, expected, value)
}

/// Makes a record of 32 random bytes that the plugin never has to see:
/// [`aead::Key::from_record`](crate::aead::Key::from_record) uses it.
/// [`StorageError::Conflict`] when the name is taken.
pub fn create_secret(name: &str) -> Result<u64, StorageError> {
    host::create_secret(name)
}

/// A count that only grows and survives the process, for limits on the use of a
/// key version (XKS-068). It may skip values, it never repeats one.
#[derive(Debug)]
pub struct Counter(host::Counter);

impl Counter {
    /// The counter of this name.
    pub fn open(name: &str) -> Result<Self, StorageError> {
        host::Counter::open(name).map(Self)
    }

    /// Adds one and returns the new value; the first is 1.
    pub fn next(&self) -> Result<u64, StorageError> {
        self.0.next()
    }
}
