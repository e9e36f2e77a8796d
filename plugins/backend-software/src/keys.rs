//! What an instance remembers of the keys it has worked with.
//!
//! A lookup costs one host call, `key-storage.revision`, as long as the record
//! has not changed; encryption and decryption need no storage at all. Nothing
//! here outlives its revision: a new one throws away the record and its ciphers.

use crate::cipher::{Cipher, Side};
use crate::names::Handle;
use crate::record::{self, KeyRecord};
use crate::use_limit::UseLimit;
use claviger_sdk::Error;
use claviger_sdk::key_storage::{self, StorageError};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Keys that are remembered; the one not used for longest gives way. With the
/// ciphers of each it bounds what an instance holds in the host.
const MOST_KEYS: usize = 128;
/// Versions of one key whose ciphers are remembered.
const MOST_VERSIONS: usize = 4;

/// The keys of the key store, as far as this instance has seen them.
pub(crate) struct Keys {
    side: Side,
    remembered: RefCell<BTreeMap<String, Rc<Key>>>,
    clock: Cell<u64>,
}

/// A key as it was at one revision of its record.
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) revision: u64,
    pub(crate) record: KeyRecord,
    record_name: String,
    versions: RefCell<Vec<Rc<KeyVersion>>>,
    last_used: Cell<u64>,
}

/// A version of a key, ready for use.
pub(crate) struct KeyVersion {
    version: u32,
    pub(crate) cipher: Cipher,
    pub(crate) limit: UseLimit,
}

impl Keys {
    pub(crate) fn new(side: Side) -> Self {
        Self {
            side,
            remembered: RefCell::default(),
            clock: Cell::new(0),
        }
    }

    /// The key as it is now.
    pub(crate) fn now(&self, id: &str) -> Result<Rc<Key>, Error> {
        if let Some(key) = self.recall(id)
            && key_storage::revision(&key.record_name)? == Some(key.revision)
        {
            return Ok(key);
        }
        self.load(id)
    }

    /// The key as it was when `lookup` made the handle, or later.
    pub(crate) fn of(&self, handle: Handle<'_>) -> Result<Rc<Key>, Error> {
        match self.recall(handle.id) {
            Some(key) if key.revision >= handle.revision => Ok(key),
            _ => self.load(handle.id),
        }
    }

    /// The version of this number; `None` when the key does not have it.
    pub(crate) fn version(&self, key: &Key, version: u32) -> Result<Option<Rc<KeyVersion>>, Error> {
        let mut versions = key.versions.borrow_mut();
        if let Some(ready) = versions.iter().find(|ready| ready.version == version) {
            return Ok(Some(Rc::clone(ready)));
        }
        let Some(held) = key.record.version(version) else {
            return Ok(None);
        };
        let ready = Rc::new(KeyVersion {
            version,
            cipher: Cipher::open(&self.side, &held.secret)?,
            limit: UseLimit::new(&key.id, version),
        });
        if versions.len() >= MOST_VERSIONS {
            versions.remove(0);
        }
        versions.push(Rc::clone(&ready));
        Ok(Some(ready))
    }

    fn recall(&self, id: &str) -> Option<Rc<Key>> {
        let key = self.remembered.borrow().get(id).map(Rc::clone)?;
        key.last_used.set(self.tick());
        Some(key)
    }

    fn load(&self, id: &str) -> Result<Rc<Key>, Error> {
        let record_name = record::name(id);
        let mut remembered = self.remembered.borrow_mut();
        remembered.remove(id);
        let stored = key_storage::read(&record_name)
            .map_err(|error| unusable(id, error))?
            .ok_or(Error::key_not_found())?;
        let record = KeyRecord::parse(&stored.value)
            .map_err(|error| Error::internal(format!("key {id}: {error}")))?;
        let key = Rc::new(Key {
            id: id.to_owned(),
            revision: stored.revision,
            record,
            record_name,
            versions: RefCell::default(),
            last_used: Cell::new(self.tick()),
        });
        if remembered.len() >= MOST_KEYS {
            let oldest = remembered.values().min_by_key(|key| key.last_used.get());
            if let Some(oldest) = oldest.map(|key| key.id.clone()) {
                remembered.remove(&oldest);
            }
        }
        remembered.insert(id.to_owned(), Rc::clone(&key));
        Ok(key)
    }

    fn tick(&self) -> u64 {
        let now = self.clock.get().wrapping_add(1);
        self.clock.set(now);
        now
    }
}

/// Which key it is about, for the log: the storage names only records.
fn unusable(id: &str, error: StorageError) -> Error {
    match error {
        StorageError::Damaged => Error::internal(format!("key {id}: {error}")),
        other => other.into(),
    }
}

impl Key {
    /// Says once that the current version is nearly used up, if it is.
    pub(crate) fn warn_if_nearly_used_up(&self) {
        let versions = self.versions.borrow();
        for ready in versions
            .iter()
            .filter(|ready| ready.version == self.record.current)
        {
            ready.limit.warn_if_due();
        }
    }
}
