//! Capability `key-storage`: named records, sealed at rest by the host.
//!
//! A plugin sees only the records of the key store it serves. Names are 1 to 200
//! characters of `[A-Za-z0-9._/-]`; values are at most 64 KiB. Reads come from
//! memory and do not wait; what another process or host has written is seen
//! within a second. Writes wait for the disk, until the deadline of the call; how many
//! there may be, and how much they may take, the operator limits.

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
    /// A limit of the operator's is reached: which one.
    #[error("refused by quota: {0}")]
    Quota(String),
    /// A write may have been done, or be done yet.
    #[error("no answer of the storage before the deadline")]
    Deadline,
    /// The record is there and does not open: it was changed outside Claviger.
    /// What it holds is not to be called missing (XKS-109).
    #[error("the record is damaged")]
    Damaged,
    /// The storage cannot be read or written now.
    #[error("the storage cannot be used now: {0}")]
    Unavailable(String),
}

/// None of them says that something does not exist. A storage that cannot be used
/// now is a key manager that does not answer.
impl From<StorageError> for crate::Error {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Unavailable(_) | StorageError::Deadline => {
                Self::dependency_timeout(error)
            }
            StorageError::Quota(_) => Self::throttling(error),
            _ => Self::internal(error),
        }
    }
}

/// The record of this name; `None` when there is none, for certain.
pub fn read(name: &str) -> Result<Option<Stored>, StorageError> {
    host::read(name)
}

/// The revision of a record without its value: the cheap way to see that nothing
/// has changed.
pub fn revision(name: &str) -> Result<Option<u64>, StorageError> {
    host::revision(name)
}

/// The names that begin with `prefix`, sorted, asked for a page at a time. Ends
/// with the first error.
pub fn names(prefix: &str) -> Names<'_> {
    names_after(prefix, None)
}

/// Those of [`names`] that are greater than `after`.
pub fn names_after(prefix: &str, after: Option<String>) -> Names<'_> {
    Names {
        prefix,
        page: Vec::new().into_iter(),
        last: after,
        ended: false,
    }
}

/// What [`names`] returns.
#[derive(Debug)]
pub struct Names<'p> {
    prefix: &'p str,
    page: std::vec::IntoIter<String>,
    last: Option<String>,
    ended: bool,
}

/// Names of one page: the most that the contract allows.
const PAGE: u32 = 1000;

impl Iterator for Names<'_> {
    type Item = Result<String, StorageError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(name) = self.page.next() {
            return Some(Ok(name));
        }
        if self.ended {
            return None;
        }
        match host::names(self.prefix, self.last.as_deref(), PAGE) {
            Ok(page) => {
                self.ended = page.len() < PAGE as usize;
                self.last = page.last().cloned();
                self.page = page.into_iter();
                self.page.next().map(Ok)
            }
            Err(error) => {
                self.ended = true;
                Some(Err(error))
            }
        }
    }
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

/// Deletes a record if it is still at `expected`, and returns the revision of this
/// change. A record that is made under its name later has a greater one.
pub fn delete(name: &str, expected: u64) -> Result<u64, StorageError> {
    host::delete(name, expected)
}

/// Makes a record of 32 random bytes that the plugin never has to see:
/// [`aead::Key::from_record`](crate::aead::Key::from_record) uses it.
/// [`StorageError::Conflict`] when the name is taken.
pub fn create_secret(name: &str) -> Result<u64, StorageError> {
    host::create_secret(name)
}

/// A count that only grows and survives the process, for limits on the use of a
/// key version (XKS-068). It may skip values, it never repeats one: a value is on the
/// disk as used before it is returned.
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
