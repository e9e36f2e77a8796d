//! Interface `key-storage`.

use std::sync::Arc;

use wasmtime::Result;
use wasmtime::component::Resource;
use zeroize::Zeroizing;

use super::imported::key_storage::{Host, HostCounter, StorageError, Stored};
use crate::capability::{CounterHandle, State};
use crate::storage::{Record, StorageFault};

/// Most names of one page.
const NAMES: u32 = 1000;

type Answer<T> = Result<core::result::Result<T, StorageError>>;

impl Host for State {
    fn read(&mut self, name: String) -> Answer<Option<Stored>> {
        let stored = |record: Record| Stored {
            revision: record.revision,
            value: record.value.to_vec(),
        };
        let read = self.storage()?.read(&name);
        Ok(read.map(|record| record.map(stored)).map_err(Into::into))
    }

    fn revision(&mut self, name: String) -> Answer<Option<u64>> {
        Ok(self.storage()?.revision(&name).map_err(Into::into))
    }

    fn names(&mut self, prefix: String, after: Option<String>, limit: u32) -> Answer<Vec<String>> {
        if !(1..=NAMES).contains(&limit) {
            let text = format!("a page has 1 to {NAMES} names");
            return Ok(Err(StorageError::Invalid(text)));
        }
        let limit = limit as usize;
        let names = self.storage()?.names(&prefix, after.as_deref(), limit);
        Ok(names.map_err(Into::into))
    }

    async fn compare_and_set(
        &mut self,
        name: String,
        expected: Option<u64>,
        value: Vec<u8>,
    ) -> Answer<u64> {
        let (storage, deadline) = (self.storage()?, self.storage_deadline());
        let value = Zeroizing::new(value);
        let written = storage.compare_and_set(&name, expected, &value, deadline);
        Ok(written.await.map_err(Into::into))
    }

    async fn delete(&mut self, name: String, expected: u64) -> Answer<u64> {
        let (storage, deadline) = (self.storage()?, self.storage_deadline());
        let deleted = storage.delete(&name, expected, deadline).await;
        Ok(deleted.map_err(Into::into))
    }

    async fn create_secret(&mut self, name: String) -> Answer<u64> {
        let (storage, deadline) = (self.storage()?, self.storage_deadline());
        let created = storage.create_secret(&name, deadline).await;
        Ok(created.map_err(Into::into))
    }
}

impl HostCounter for State {
    fn open(&mut self, name: String) -> Answer<Resource<CounterHandle>> {
        match self.storage()?.counter(&name) {
            Ok(counter) => Ok(Ok(self.table.push(CounterHandle(Arc::new(counter)))?)),
            Err(fault) => Ok(Err(fault.into())),
        }
    }

    async fn next(&mut self, counter: Resource<CounterHandle>) -> Answer<u64> {
        let counter = Arc::clone(&self.table.get(&counter)?.0);
        let value = counter.next(self.storage_deadline()).await;
        Ok(value.map_err(Into::into))
    }

    fn drop(&mut self, counter: Resource<CounterHandle>) -> Result<()> {
        self.table.delete(counter)?;
        Ok(())
    }
}

/// The storage has logged the causes.
impl From<StorageFault> for StorageError {
    fn from(fault: StorageFault) -> Self {
        match fault {
            StorageFault::Conflict => Self::Conflict,
            StorageFault::Name | StorageFault::TooLarge => Self::Invalid(fault.to_string()),
            StorageFault::Quota(quota) => Self::Quota(quota.to_string()),
            StorageFault::Deadline => Self::Deadline,
            StorageFault::Damaged => Self::Damaged,
            StorageFault::Away | StorageFault::Unwritable => Self::Unavailable(fault.to_string()),
        }
    }
}
