//! Key storage: named records of one SQLite file, sealed at rest.
//!
//! Reads come from memory and never wait. A thread looks several times a second
//! whether another process (`claviger key disable`, say) has changed the file,
//! so a change is seen within a second without a restart.

mod counter;
mod database;
mod root_key;
mod scoped;
mod seal;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use thiserror::Error;
use tracing::error;
use zeroize::Zeroizing;

pub(crate) use counter::Counter;
pub(crate) use database::OpenFault;
use database::{Database, LockedDatabase, Row};
pub(crate) use root_key::{RootKey, WrappedRootKey};
pub(crate) use scoped::ScopedStorage;
use seal::{Seal, SealFault};

/// How often the file is looked at for changes of other processes.
const WATCH: Duration = Duration::from_millis(200);
/// Longest name of a record, in characters.
const NAME: usize = 200;
/// Largest value of a record, in bytes.
const VALUE: usize = 64 << 10;

/// Why an operation on a record failed.
#[derive(Debug, Error)]
pub(crate) enum StorageFault {
    /// The record is not at the expected revision.
    #[error("the record was changed meanwhile")]
    Conflict,
    /// The name is empty, too long, or has other characters.
    #[error("a record's name is 1 to {NAME} characters of [A-Za-z0-9._/-]")]
    Name,
    /// The value is too large.
    #[error("a record's value is at most {VALUE} bytes")]
    TooLarge,
    /// The record is there and does not open: it was changed outside Claviger.
    #[error("the record is damaged")]
    Damaged,
    /// SQLite failed.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    /// A record cannot be sealed or opened.
    #[error(transparent)]
    Seal(#[from] SealFault),
}

/// A record as a plugin sees it.
pub(crate) struct Record {
    /// Grows with every change; never used twice in one storage.
    pub(crate) revision: u64,
    /// At most 64 KiB.
    pub(crate) value: Zeroizing<Vec<u8>>,
}

struct SealedRecord {
    revision: u64,
    sealed: Vec<u8>,
}

type Records = Arc<RwLock<BTreeMap<String, SealedRecord>>>;

/// A storage whose file exists, before it is opened with its key.
pub(crate) struct LockedStorage(LockedDatabase);

impl LockedStorage {
    /// The storage in this file.
    pub(crate) fn find(path: &Path) -> Result<Self, OpenFault> {
        LockedDatabase::find(path).map(Self)
    }

    /// Its root key as a token has sealed it.
    pub(crate) fn root_key(&self) -> Result<&WrappedRootKey, OpenFault> {
        self.0.root_key.as_ref().ok_or(OpenFault::NeedsFile)
    }

    /// Opens it with its root key, which a token has opened.
    pub(crate) fn unlock(self, root_key: &RootKey) -> Result<Storage, OpenFault> {
        let seal = Seal::new(root_key.expose())?;
        Storage::start(self.0.unlock(&seal)?, seal)
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

struct Shared {
    database: Mutex<Database>,
    seal: Seal,
    /// Scope to records. A scope is the name of a key store.
    scopes: Mutex<HashMap<String, Records>>,
    counters: Mutex<HashMap<(String, String), Arc<Counter>>>,
    refill: Sender<Arc<Counter>>,
    /// The greatest revision that [`Shared::refresh`] has seen.
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    revision: u64,
    data_version: Option<i64>,
}

impl Storage {
    /// Opens a storage that exists, with the key-encryption key it was made with.
    /// For one that was made with a key on a token see [`LockedStorage`].
    pub(crate) fn open(path: &Path, key_encryption_key: &[u8; 32]) -> Result<Self, OpenFault> {
        let locked = LockedDatabase::find(path)?;
        if locked.root_key.is_some() {
            return Err(OpenFault::NeedsToken);
        }
        let seal = Seal::new(key_encryption_key)?;
        Self::start(locked.unlock(&seal)?, seal)
    }

    /// Makes a new, empty storage; refuses to touch a file that exists.
    pub(crate) fn create(path: &Path, key_encryption_key: &[u8; 32]) -> Result<Self, OpenFault> {
        let seal = Seal::new(key_encryption_key)?;
        Self::start(Database::create(path, &seal, None)?, seal)
    }

    /// Makes a new, empty storage with a root key that a token has sealed.
    pub(crate) fn create_under_token(
        path: &Path,
        root_key: &RootKey,
        sealed: &WrappedRootKey,
    ) -> Result<Self, OpenFault> {
        let seal = Seal::new(root_key.expose())?;
        Self::start(Database::create(path, &seal, Some(sealed))?, seal)
    }

    fn start(database: Database, seal: Seal) -> Result<Self, OpenFault> {
        let (refill, work) = mpsc::channel();
        let shared = Arc::new(Shared {
            database: Mutex::new(database),
            seal,
            scopes: Mutex::default(),
            counters: Mutex::default(),
            refill,
            seen: Mutex::default(),
        });
        shared.refresh()?;
        let watched = Arc::downgrade(&shared);
        std::thread::Builder::new()
            .name("key-storage".to_owned())
            .spawn(move || watch(&watched, &work))?;
        Ok(Self { shared })
    }

    /// A reference that does not keep the storage open.
    pub(crate) fn downgrade(&self) -> WeakStorage {
        WeakStorage(Arc::downgrade(&self.shared))
    }

    /// Opens every record, and returns the key store and name of those that do not
    /// open.
    pub(crate) fn damaged(&self) -> Vec<(String, String)> {
        let scopes: Vec<String> = self.shared.scopes.lock().keys().cloned().collect();
        let mut damaged = Vec::new();
        for scope in scopes {
            let names = self.scope(&scope).damaged();
            damaged.extend(names.into_iter().map(|name| (scope.clone(), name)));
        }
        damaged.sort();
        damaged
    }

    /// The records of one key store: a plugin cannot name any others.
    pub(crate) fn scope(&self, key_store: &str) -> Arc<ScopedStorage> {
        let records = self.shared.records_of(key_store);
        Arc::new(ScopedStorage {
            scope: key_store.to_owned(),
            records,
            shared: Arc::clone(&self.shared),
        })
    }
}

impl Shared {
    fn records_of(&self, scope: &str) -> Records {
        Arc::clone(self.scopes.lock().entry(scope.to_owned()).or_default())
    }

    /// Takes over what other connections have committed.
    fn refresh(&self) -> Result<(), rusqlite::Error> {
        let mut seen = self.seen.lock();
        let rows = {
            let database = self.database.lock();
            let version = database.data_version()?;
            if seen.data_version == Some(version) {
                return Ok(());
            }
            let rows = database.since(seen.revision)?;
            seen.data_version = Some(version);
            rows
        };
        for Row {
            scope,
            name,
            revision,
            sealed,
        } in rows
        {
            seen.revision = seen.revision.max(revision);
            let records = self.records_of(&scope);
            let mut records = records.write();
            if records
                .get(&name)
                .is_none_or(|record| record.revision < revision)
            {
                records.insert(name, SealedRecord { revision, sealed });
            }
        }
        Ok(())
    }

    fn reserve(&self, counter: &Counter) -> Result<(), rusqlite::Error> {
        let block = self
            .database
            .lock()
            .reserve(&counter.scope, &counter.name, counter::BLOCK)?;
        counter.add(block);
        Ok(())
    }
}

/// Runs until the last user of the storage is gone.
fn watch(shared: &Weak<Shared>, work: &Receiver<Arc<Counter>>) {
    let mut failing = false;
    loop {
        let request = work.recv_timeout(WATCH);
        let Some(shared) = shared.upgrade() else {
            return;
        };
        let done = match request {
            Ok(counter) => shared.reserve(&counter),
            Err(RecvTimeoutError::Timeout) => shared.refresh(),
            Err(RecvTimeoutError::Disconnected) => return,
        };
        match done {
            Ok(()) => failing = false,
            Err(error) if !failing => {
                failing = true;
                error!(%error, "key storage cannot be read; going on with what is in memory");
            }
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
