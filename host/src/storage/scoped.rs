//! The records of one key store.

use std::ops::Bound;
use std::sync::Arc;

use tracing::error;
use zeroize::Zeroizing;

use super::seal::SealFault;
use super::{Counter, NAME, Record, Records, Shared, StorageFault, VALUE};

/// Length of a secret made by [`ScopedStorage::create_secret`], in bytes.
const SECRET: usize = 32;

/// The part of a storage that belongs to one key store.
pub(crate) struct ScopedStorage {
    pub(super) scope: String,
    pub(super) records: Records,
    pub(super) shared: Arc<Shared>,
}

impl ScopedStorage {
    /// The key store whose records these are.
    pub(crate) fn scope(&self) -> &str {
        &self.scope
    }

    /// The record of this name; `None` when there is none. A record that does not open
    /// is logged.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Record>, StorageFault> {
        let records = self.records.read();
        let Some(record) = records.get(name) else {
            return Ok(None);
        };
        match self
            .shared
            .seal
            .open(&self.scope, name, record.revision, &record.sealed)
        {
            Ok(value) => Ok(Some(Record {
                revision: record.revision,
                value,
            })),
            Err(fault) => {
                error!(key_store = self.scope, record = name, error = %fault, "key storage");
                Err(StorageFault::Damaged)
            }
        }
    }

    /// The revision of the record of this name; `None` when there is none.
    pub(crate) fn revision(&self, name: &str) -> Option<u64> {
        self.records.read().get(name).map(|record| record.revision)
    }

    /// Names that begin with `prefix`, sorted: at most `limit` of those that are
    /// greater than `after`.
    pub(crate) fn names(&self, prefix: &str, after: Option<&str>, limit: usize) -> Vec<String> {
        let records = self.records.read();
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let from = records.range::<str, _>((from, Bound::Unbounded));
        from.take_while(|(name, _)| name.starts_with(prefix))
            .take(limit)
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// The names of records that do not open.
    pub(super) fn damaged(&self) -> Vec<String> {
        let names: Vec<String> = self.records.read().keys().cloned().collect();
        let opens = |name: &String| !matches!(self.read(name), Err(StorageFault::Damaged));
        names.into_iter().filter(|name| !opens(name)).collect()
    }

    /// Writes the record if it is still at `expected` and returns the new
    /// revision.
    pub(crate) fn compare_and_set(
        &self,
        name: &str,
        expected: Option<u64>,
        value: &[u8],
    ) -> Result<u64, StorageFault> {
        check_name(name)?;
        if value.len() > VALUE {
            return Err(StorageFault::TooLarge);
        }
        let seal = &self.shared.seal;
        let written =
            self.shared
                .database
                .lock()
                .write(&self.scope, name, expected, |revision| {
                    seal.seal(&self.scope, name, revision, value)
                })?;
        let revision = written.revision;
        self.records.write().insert(name.to_owned(), written);
        Ok(revision)
    }

    /// Makes a record of 32 random bytes.
    pub(crate) fn create_secret(&self, name: &str) -> Result<u64, StorageFault> {
        let mut secret = Zeroizing::new([0; SECRET]);
        aws_lc_rs::rand::fill(secret.as_mut()).map_err(|_| SealFault::Random)?;
        self.compare_and_set(name, None, secret.as_ref())
    }

    /// The counter of this name, shared by all instances of this process.
    pub(crate) fn counter(&self, name: &str) -> Result<Arc<Counter>, StorageFault> {
        check_name(name)?;
        let key = (self.scope.clone(), name.to_owned());
        let mut counters = self.shared.counters.lock();
        let counter = counters
            .entry(key)
            .or_insert_with(|| Arc::new(Counter::new(&self.scope, name)));
        Ok(Arc::clone(counter))
    }

    /// Adds one to a counter and returns its new value.
    pub(crate) fn next(&self, counter: &Arc<Counter>) -> Result<u64, StorageFault> {
        let taken = counter.take(|counter| {
            // Nobody listens only when the process ends.
            let _ = self.shared.refill.send(Arc::clone(counter));
        });
        if let Some(value) = taken {
            return Ok(value);
        }
        self.shared.reserve(counter)?;
        counter.take(|_| ()).ok_or(StorageFault::Conflict)
    }
}

fn check_name(name: &str) -> Result<(), StorageFault> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte);
    if name.is_empty() || name.len() > NAME || !name.bytes().all(legal) {
        return Err(StorageFault::Name);
    }
    Ok(())
}
