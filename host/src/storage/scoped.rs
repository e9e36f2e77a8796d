//! The records of one key store, as one plugin may use them.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use claviger_config::StorageQuota;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, oneshot};
use tracing::error;
use zeroize::Zeroizing;

use super::counter::{Counter, SharedCounter};
use super::fault::StorageFault;
use super::job::{Change, Job, Write};
use super::quota::Rate;
use super::records::Scope;
use super::seal::SealFault;
use super::{NAME, Record, Shared, StorageState, StorageUser, VALUE};
use crate::words::Deadline;

/// Length of a secret made by [`ScopedStorage::create_secret`], in bytes.
const SECRET: usize = 32;
/// Writes of one plugin of one key store that may wait at once.
const WAITING: usize = 16;

/// The part of a storage that belongs to one key store, with what one plugin of it may
/// do.
pub(crate) struct ScopedStorage {
    name: String,
    scope: Arc<Scope>,
    shared: Arc<Shared>,
    quota: StorageQuota,
    /// `None`: an operator's command writes as it likes.
    rate: Option<Mutex<Rate>>,
    waiting: Semaphore,
}

impl ScopedStorage {
    pub(super) fn new(shared: &Arc<Shared>, name: &str, quota: StorageQuota) -> Self {
        let rate = match shared.user {
            StorageUser::Host => {
                let rate = Rate::new(quota.writes_per_second, Instant::now());
                Some(Mutex::new(rate))
            }
            StorageUser::Command => None,
        };
        Self {
            name: name.to_owned(),
            scope: shared.scope(name),
            shared: Arc::clone(shared),
            quota,
            rate,
            waiting: Semaphore::new(WAITING),
        }
    }

    /// The key store whose records these are.
    pub(crate) fn scope(&self) -> &str {
        &self.name
    }

    /// How the storage is doing.
    pub(crate) fn state(&self) -> StorageState {
        self.shared.state.now()
    }

    /// Whether anything of it may be used.
    pub(super) fn is_usable(&self) -> Result<(), StorageFault> {
        match self.state() {
            StorageState::Serving | StorageState::Failing => Ok(()),
            StorageState::Away => Err(StorageFault::Away),
        }
    }

    /// The record of this name; `None` when there is none. A record that does not open
    /// is logged.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Record>, StorageFault> {
        self.is_usable()?;
        let records = self.scope.records.read();
        let Some(record) = records.get(name) else {
            return Ok(None);
        };
        let seal = &self.shared.seal;
        match seal.open(&self.name, name, record.revision, &record.sealed) {
            Ok(value) => Ok(Some(Record {
                revision: record.revision,
                value,
            })),
            Err(fault) => {
                error!(key_store = self.name, record = name, error = %fault, "key storage");
                Err(StorageFault::Damaged)
            }
        }
    }

    /// The revision of the record of this name; `None` when there is none.
    pub(crate) fn revision(&self, name: &str) -> Result<Option<u64>, StorageFault> {
        self.is_usable()?;
        let records = self.scope.records.read();
        Ok(records.get(name).map(|record| record.revision))
    }

    /// Names that begin with `prefix`, sorted: at most `limit` of those that are
    /// greater than `after`.
    pub(crate) fn names(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, StorageFault> {
        self.is_usable()?;
        Ok(self.scope.records.read().names(prefix, after, limit))
    }

    /// Writes the record if it is still at `expected` and returns the new
    /// revision.
    pub(crate) async fn compare_and_set(
        &self,
        name: &str,
        expected: Option<u64>,
        value: &[u8],
        deadline: Deadline,
    ) -> Result<u64, StorageFault> {
        if value.len() > VALUE {
            return Err(StorageFault::TooLarge);
        }
        let value = Zeroizing::new(value.to_vec());
        self.write(name, Change::Set { expected, value }, deadline)
            .await
    }

    /// Makes a record of 32 random bytes.
    pub(crate) async fn create_secret(
        &self,
        name: &str,
        deadline: Deadline,
    ) -> Result<u64, StorageFault> {
        let mut secret = Zeroizing::new([0; SECRET]);
        aws_lc_rs::rand::fill(secret.as_mut()).map_err(|_| {
            error!(error = %SealFault::Random, "key storage");
            StorageFault::Unwritable
        })?;
        self.compare_and_set(name, None, secret.as_ref(), deadline)
            .await
    }

    /// Deletes the record if it is still at `expected`, and returns the revision of
    /// that change.
    pub(crate) async fn delete(
        &self,
        name: &str,
        expected: u64,
        deadline: Deadline,
    ) -> Result<u64, StorageFault> {
        self.write(name, Change::Delete { expected }, deadline)
            .await
    }

    async fn write(
        &self,
        name: &str,
        change: Change,
        deadline: Deadline,
    ) -> Result<u64, StorageFault> {
        check_name(name)?;
        self.is_usable()?;
        self.pay(change.length())?;
        let _place = self
            .waiting
            .try_acquire()
            .map_err(|_| StorageFault::Unwritable)?;
        let (reply, answer) = oneshot::channel();
        self.shared.send(Job::Write(Write {
            scope: self.name.clone(),
            name: name.to_owned(),
            change,
            quota: self.quota,
            reply,
        }))?;
        match tokio::time::timeout_at(deadline.as_tokio(), answer).await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) => Err(StorageFault::Unwritable),
            Err(_) => Err(StorageFault::Deadline),
        }
    }

    /// The counter of this name, shared by all instances of this process.
    pub(crate) fn counter(self: &Arc<Self>, name: &str) -> Result<Counter, StorageFault> {
        check_name(name)?;
        self.is_usable()?;
        let mut counters = self.scope.counters.lock();
        let counter = counters.open(&self.name, name, &self.quota)?;
        Ok(Counter::new(counter, Arc::clone(self)))
    }

    /// Asks for a block of values. One of a counter that is not stored yet is a write
    /// like any other.
    pub(super) fn ask_for_more(&self, counter: &Arc<SharedCounter>) -> Result<(), StorageFault> {
        if !counter.is_stored.load(Ordering::Acquire) {
            self.pay(0)?;
        }
        self.shared.send(Job::Reserve(Arc::clone(counter)))
    }

    pub(super) fn forget_counter(&self, counter: &Arc<SharedCounter>) {
        self.scope.counters.lock().forget(counter);
    }

    fn pay(&self, bytes: usize) -> Result<(), StorageFault> {
        match &self.rate {
            Some(rate) => Ok(rate.lock().pay(bytes as u64, Instant::now())?),
            None => Ok(()),
        }
    }

    #[cfg(test)]
    pub(super) fn counters_open(&self) -> usize {
        self.scope.counters.lock().open_now()
    }
}

fn check_name(name: &str) -> Result<(), StorageFault> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte);
    if name.is_empty() || name.len() > NAME || !name.bytes().all(legal) {
        return Err(StorageFault::Name);
    }
    Ok(())
}
