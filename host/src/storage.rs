//! Key storage: named records of one SQLite file, sealed at rest.
//!
//! Reads come from memory and never wait. Everything that SQLite does is done by one
//! thread of the storage (`keeper`): writes and reservations of counters are put to it
//! in a queue, and it looks several times a second whether another process (`claviger
//! key disable`, say) has changed the file, so that a change is seen within a second
//! without a restart. When the file is not the one that was opened any more, or has
//! rows that Claviger did not write, nothing of it is used.

mod counter;
mod database;
mod fault;
mod file;
mod head;
mod job;
mod keeper;
mod migration;
mod quota;
mod records;
mod root_key;
mod schema;
mod scoped;
mod seal;
mod state;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, Weak};

use claviger_config::StorageQuota;
use parking_lot::RwLock;
use zeroize::Zeroizing;

pub(crate) use counter::Counter;
use database::{Contents, Database, Known};
pub(crate) use fault::{OpenFault, StorageFault};
use job::Job;
use keeper::Keeper;
#[cfg(test)]
use quota::QuotaFault;
use records::{Records, Scope, SealedRecord};
pub(crate) use root_key::{RootKey, WrappedRootKey};
use schema::LockedDatabase;
pub(crate) use scoped::ScopedStorage;
use seal::{KeyEncryptionKey, Seal};
use state::StateCell;
pub(crate) use state::StorageState;

/// Of the tables in `schema`.
const SCHEMA_VERSION: i32 = 2;
/// Longest name of a record, in characters.
const NAME: usize = 200;
/// Largest value of a record, in bytes.
const VALUE: usize = 64 << 10;
/// Jobs that may wait for the thread of a storage.
const QUEUE: usize = 1024;

/// A record as a plugin sees it.
pub(crate) struct Record {
    /// Grows with every change; never used twice in one storage.
    pub(crate) revision: u64,
    /// At most 64 KiB.
    pub(crate) value: Zeroizing<Vec<u8>>,
}

/// Who uses a storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StorageUser {
    /// A host that serves: it does not wait long for other processes, and its plugins
    /// write only so often.
    Host,
    /// An operator's command: it waits for its turn, and writes what it has to.
    Command,
}

/// A storage whose file exists, before it is opened with its key.
pub(crate) struct LockedStorage {
    database: LockedDatabase,
    path: PathBuf,
    user: StorageUser,
}

impl LockedStorage {
    /// The storage in this file.
    pub(crate) fn find(path: &Path, user: StorageUser) -> Result<Self, OpenFault> {
        Ok(Self {
            database: LockedDatabase::find(path, user)?,
            path: path.to_owned(),
            user,
        })
    }

    /// Its root key as a token has sealed it.
    pub(crate) fn root_key(&self) -> Result<&WrappedRootKey, OpenFault> {
        self.database.root_key.as_ref().ok_or(OpenFault::NeedsFile)
    }

    /// Opens it with its root key, which a token has opened.
    pub(crate) fn unlock(self, root_key: &RootKey) -> Result<Storage, OpenFault> {
        self.unlock_with(root_key.expose())
    }

    fn unlock_with(self, key: &[u8; 32]) -> Result<Storage, OpenFault> {
        let opened = self.database.unlock(&KeyEncryptionKey::new(key)?)?;
        Storage::start(opened, self.path, self.user)
    }
}

/// One storage of the configuration.
#[derive(Clone)]
pub(crate) struct Storage {
    shared: Arc<Shared>,
}

/// A reference to a storage that does not keep it open.
pub(crate) struct WeakStorage(Weak<Shared>);

impl WeakStorage {
    pub(crate) fn upgrade(&self) -> Option<Storage> {
        self.0.upgrade().map(|shared| Storage { shared })
    }

    pub(crate) fn is_open(&self) -> bool {
        self.0.strong_count() > 0
    }
}

/// What all users of a storage share. Its thread ends with it.
struct Shared {
    path: PathBuf,
    user: StorageUser,
    seal: Arc<Seal>,
    /// By the name of the key store.
    scopes: RwLock<HashMap<String, Arc<Scope>>>,
    state: StateCell,
    jobs: SyncSender<Job>,
}

impl Storage {
    /// Opens a storage that exists, with the key-encryption key it was made with.
    /// For one that was made with a key on a token see [`LockedStorage`].
    pub(crate) fn open(
        path: &Path,
        key_encryption_key: &[u8; 32],
        user: StorageUser,
    ) -> Result<Self, OpenFault> {
        let locked = LockedStorage::find(path, user)?;
        if locked.root_key().is_ok() {
            return Err(OpenFault::NeedsToken);
        }
        locked.unlock_with(key_encryption_key)
    }

    /// Makes a new, empty storage; refuses to touch a file that exists.
    pub(crate) fn create(path: &Path, key_encryption_key: &[u8; 32]) -> Result<Self, OpenFault> {
        let key = KeyEncryptionKey::new(key_encryption_key)?;
        let created = schema::create(path, &key, None)?;
        Self::start(created, path.to_owned(), StorageUser::Command)
    }

    /// Makes a new, empty storage with a root key that a token has sealed.
    pub(crate) fn create_under_token(
        path: &Path,
        root_key: &RootKey,
        sealed: &WrappedRootKey,
    ) -> Result<Self, OpenFault> {
        let key = KeyEncryptionKey::new(root_key.expose())?;
        let created = schema::create(path, &key, Some(sealed))?;
        Self::start(created, path.to_owned(), StorageUser::Command)
    }

    fn start(
        (database, contents): (Database, Contents),
        path: PathBuf,
        user: StorageUser,
    ) -> Result<Self, OpenFault> {
        let (jobs, received) = mpsc::sync_channel(QUEUE);
        let shared = Arc::new(Shared {
            path,
            user,
            seal: Arc::clone(database.seal()),
            scopes: RwLock::default(),
            state: StateCell::default(),
            jobs,
        });
        shared.take_over(contents, database.known());
        let keeper = Keeper::new(Arc::downgrade(&shared), database);
        std::thread::Builder::new()
            .name("key-storage".to_owned())
            .spawn(move || keeper.run(&received))?;
        Ok(Self { shared })
    }

    /// How it is doing.
    pub(crate) fn state(&self) -> StorageState {
        self.shared.state.now()
    }

    /// A reference that does not keep the storage open.
    pub(crate) fn downgrade(&self) -> WeakStorage {
        WeakStorage(Arc::downgrade(&self.shared))
    }

    /// Opens every record, and returns the key store and name of those that do not
    /// open.
    pub(crate) fn damaged(&self) -> Vec<(String, String)> {
        let mut damaged = Vec::new();
        self.shared.every_sealed_record(|scope, name, record| {
            let seal = &self.shared.seal;
            if seal
                .open(scope, name, record.revision, &record.sealed)
                .is_err()
            {
                damaged.push((scope.to_owned(), name.to_owned()));
            }
        });
        damaged.sort();
        damaged
    }

    /// The key stores that have records, and how many.
    pub(crate) fn key_stores(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        self.shared.every_sealed_record(|scope, _, _| {
            *counts.entry(scope.to_owned()).or_default() += 1;
        });
        counts
    }

    /// The records of one key store, for one plugin: it cannot name any others.
    pub(crate) fn scope(&self, key_store: &str, quota: StorageQuota) -> Arc<ScopedStorage> {
        Arc::new(ScopedStorage::new(&self.shared, key_store, quota))
    }
}

impl Shared {
    fn scope(&self, name: &str) -> Arc<Scope> {
        if let Some(scope) = self.scopes.read().get(name) {
            return Arc::clone(scope);
        }
        Arc::clone(self.scopes.write().entry(name.to_owned()).or_default())
    }

    /// Does not wait: a full queue is a storage that cannot be written now.
    fn send(&self, job: Job) -> Result<(), StorageFault> {
        self.jobs
            .try_send(job)
            .map_err(|_| StorageFault::Unwritable)
    }

    /// Takes over what was read of the database.
    fn take_over(&self, contents: Contents, known: &Known) {
        if contents.everything {
            self.replace_everything(contents);
        } else {
            for entry in contents.entries {
                let scope = self.scope(&entry.scope);
                let (name, revision) = (&*entry.name, entry.revision);
                let mut records = scope.records.write();
                match entry.sealed {
                    Some(sealed) => records.put(name, SealedRecord { revision, sealed }),
                    None => records.remove(name, revision),
                }
            }
        }
        for (scope, name) in known.counts.keys() {
            self.scope(scope).counters.lock().store(name);
        }
    }

    /// At no moment is a record missing that exists.
    fn replace_everything(&self, contents: Contents) {
        let mut fresh: BTreeMap<String, Records> = BTreeMap::new();
        for entry in contents.entries {
            let records = fresh.entry(entry.scope).or_default();
            if let Some(sealed) = entry.sealed {
                let revision = entry.revision;
                records.put(&entry.name, SealedRecord { revision, sealed });
            }
        }
        let names: Vec<String> = self.scopes.read().keys().cloned().collect();
        for name in names {
            fresh.entry(name).or_default();
        }
        for (name, records) in fresh {
            *self.scope(&name).records.write() = records;
        }
    }

    fn every_sealed_record(&self, mut each: impl FnMut(&str, &str, &SealedRecord)) {
        let scopes = self.scopes.read();
        for (scope, of_scope) in &*scopes {
            for (name, record) in of_scope.records.read().iter() {
                each(scope, name, record);
            }
        }
    }

    /// Whether this is so of every record: its scope, name and revision.
    fn every_record(&self, is_so: impl Fn(&str, &str, u64) -> bool) -> bool {
        let mut all = true;
        self.every_sealed_record(|scope, name, record| {
            all = all && is_so(scope, name, record.revision);
        });
        all
    }
}

#[cfg(test)]
mod tests;
