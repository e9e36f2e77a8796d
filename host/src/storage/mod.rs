//! Key storage: named records of one SQLite file, sealed at rest.
//!
//! Reads come from memory and never wait. A thread looks several times a second
//! whether another process (`claviger key disable`, say) has changed the file,
//! so a change is seen within a second without a restart.

mod counter;
mod database;
mod seal;

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
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
use database::{Database, Row};
use seal::{Seal, SealFault};

/// How often the file is looked at for changes of other processes.
const WATCH: Duration = Duration::from_millis(200);
/// Longest name of a record, in characters.
const NAME: usize = 200;
/// Largest value of a record, in bytes.
const VALUE: usize = 64 << 10;
/// Length of a secret made by [`ScopedStorage::create_secret`], in bytes.
const SECRET: usize = 32;

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

/// One storage of the configuration.
pub(crate) struct Storage {
    shared: Arc<Shared>,
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
    pub(crate) fn open(path: &Path, key_encryption_key: &[u8; 32]) -> Result<Self, OpenFault> {
        let seal = Seal::new(key_encryption_key)?;
        Self::start(Database::open(path, &seal)?, seal)
    }

    /// Makes a new, empty storage; refuses to touch a file that exists.
    pub(crate) fn create(path: &Path, key_encryption_key: &[u8; 32]) -> Result<Self, OpenFault> {
        let seal = Seal::new(key_encryption_key)?;
        Self::start(Database::create(path, &seal)?, seal)
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

/// The part of a storage that belongs to one key store.
pub(crate) struct ScopedStorage {
    scope: String,
    records: Records,
    shared: Arc<Shared>,
}

impl ScopedStorage {
    /// The record of this name. A record that cannot be opened is logged and
    /// treated as missing.
    pub(crate) fn read(&self, name: &str) -> Option<Record> {
        let records = self.records.read();
        let record = records.get(name)?;
        match self.shared.seal.open(&self.scope, name, record.revision, &record.sealed) {
            Ok(value) => Some(Record { revision: record.revision, value }),
            Err(fault) => {
                error!(key_store = self.scope, record = name, error = %fault, "key storage");
                None
            }
        }
    }

    /// The revision of the record of this name.
    pub(crate) fn revision(&self, name: &str) -> Option<u64> {
        self.records.read().get(name).map(|record| record.revision)
    }

    /// Names that begin with `prefix`, sorted.
    pub(crate) fn names(&self, prefix: &str) -> Vec<String> {
        let records = self.records.read();
        let from = records.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        from.take_while(|(name, _)| name.starts_with(prefix)).map(|(name, _)| name.clone()).collect()
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
        let written = self.shared.database.lock().write(&self.scope, name, expected, |revision| {
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
        let counter = counters.entry(key).or_insert_with(|| Arc::new(Counter::new(&self.scope, name)));
        Ok(Arc::clone(counter))
    }

    /// Adds one to a counter and returns its new value.
    pub(crate) fn next(&self, counter: &Arc<Counter>) -> Result<u64, StorageFault> {
        let taken = counter.take(|counter| {
            // Nobody listens only when the process ends.
            let _ = self.shared.refill.send(Arc::clone(counter));
        });
        match taken {
            Some(value) => Ok(value),
            None => {
                self.shared.reserve(counter)?;
                counter.take(|_| ()).ok_or(StorageFault::Conflict)
            }
        }
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
        for Row { scope, name, revision, sealed } in rows {
            seen.revision = seen.revision.max(revision);
            let records = self.records_of(&scope);
            let mut records = records.write();
            if records.get(&name).is_none_or(|record| record.revision < revision) {
                records.insert(name, SealedRecord { revision, sealed });
            }
        }
        Ok(())
    }

    fn reserve(&self, counter: &Counter) -> Result<(), rusqlite::Error> {
        let block = self.database.lock().reserve(&counter.scope, &counter.name, counter::BLOCK)?;
        counter.add(block);
        Ok(())
    }
}

/// Runs until the last user of the storage is gone.
fn watch(shared: &Weak<Shared>, work: &Receiver<Arc<Counter>>) {
    let mut failing = false;
    loop {
        let request = work.recv_timeout(WATCH);
        let Some(shared) = shared.upgrade() else { return };
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

fn check_name(name: &str) -> Result<(), StorageFault> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte);
    if name.is_empty() || name.len() > NAME || !name.bytes().all(legal) {
        return Err(StorageFault::Name);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temporary() -> (tempfile::TempDir, std::path::PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys.sqlite");
        (directory, path)
    }

    #[test]
    fn a_record_survives_and_only_the_right_key_opens_the_storage() {
        let (_directory, path) = temporary();
        let storage = Storage::create(&path, &[1; 32]).unwrap();
        storage.scope("a").compare_and_set("key/x", None, b"value").unwrap();
        drop(storage);
        assert!(matches!(Storage::open(&path, &[2; 32]), Err(OpenFault::WrongKey)));
        let storage = Storage::open(&path, &[1; 32]).unwrap();
        assert_eq!(&*storage.scope("a").read("key/x").unwrap().value, b"value");
    }

    #[test]
    fn xks_011_a_key_store_does_not_see_the_records_of_another() {
        let (_directory, path) = temporary();
        let storage = Storage::create(&path, &[1; 32]).unwrap();
        storage.scope("a").compare_and_set("key/x", None, b"value").unwrap();
        assert!(storage.scope("b").read("key/x").is_none());
        assert!(storage.scope("b").names("").is_empty());
    }

    #[test]
    fn compare_and_set_refuses_what_is_not_at_the_expected_revision() {
        let (_directory, path) = temporary();
        let storage = Storage::create(&path, &[1; 32]).unwrap().scope("a");
        let first = storage.compare_and_set("r", None, b"1").unwrap();
        assert!(matches!(storage.compare_and_set("r", None, b"2"), Err(StorageFault::Conflict)));
        let second = storage.compare_and_set("r", Some(first), b"2").unwrap();
        assert!(second > first);
        assert!(matches!(storage.compare_and_set("r", Some(first), b"3"), Err(StorageFault::Conflict)));
    }

    #[test]
    fn what_another_process_writes_is_taken_over_by_a_refresh() {
        let (_directory, path) = temporary();
        let ours = Storage::create(&path, &[1; 32]).unwrap();
        let theirs = Storage::open(&path, &[1; 32]).unwrap();
        theirs.scope("a").compare_and_set("r", None, b"1").unwrap();
        ours.shared.refresh().unwrap();
        assert_eq!(&*ours.scope("a").read("r").unwrap().value, b"1");
    }

    #[test]
    fn xks_068_a_counter_never_repeats_a_value_not_even_over_a_restart() {
        let (_directory, path) = temporary();
        let mut last = 0;
        for _ in 0..3 {
            let storage = if path.exists() {
                Storage::open(&path, &[1; 32]).unwrap()
            } else {
                Storage::create(&path, &[1; 32]).unwrap()
            };
            let scope = storage.scope("a");
            let counter = scope.counter("c").unwrap();
            for _ in 0..10 {
                let value = scope.next(&counter).unwrap();
                assert!(value > last, "{value} after {last}");
                last = value;
            }
        }
    }

    #[test]
    fn names_and_values_are_bounded() {
        let (_directory, path) = temporary();
        let storage = Storage::create(&path, &[1; 32]).unwrap().scope("a");
        for name in ["", "a b", "ä", &"x".repeat(201)] {
            assert!(matches!(storage.compare_and_set(name, None, b""), Err(StorageFault::Name)));
        }
        let large = vec![0; VALUE + 1];
        assert!(matches!(storage.compare_and_set("r", None, &large), Err(StorageFault::TooLarge)));
    }
}
