//! Storages as a host and a command line see them.

mod altered_rows;
mod deletion;
mod file;
mod migration;
mod quotas;
mod trouble;
mod under_token;

use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::*;
use crate::words::Deadline;

fn temporary() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.sqlite");
    (directory, path)
}

fn soon() -> Deadline {
    Deadline::after(Instant::now(), Duration::from_secs(30))
}

fn host(path: &Path) -> Result<Storage, OpenFault> {
    Storage::open(path, &[1; 32], StorageUser::Host)
}

impl Storage {
    /// With the quota that nobody has changed.
    fn of(&self, key_store: &str) -> Arc<ScopedStorage> {
        self.scope(key_store, StorageQuota::default())
    }

    /// Does this on the storage's thread.
    fn on_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Keeper, &Shared) -> T + Send + 'static,
    ) -> T {
        let (done, result) = mpsc::sync_channel(1);
        let job = Job::Do(Box::new(move |keeper, shared| {
            let _ = done.send(work(keeper, shared));
        }));
        self.shared.jobs.send(job).unwrap();
        result.recv().unwrap()
    }

    fn refresh(&self) {
        self.on_thread(Keeper::refresh);
    }

    /// Waits until the storage is in this state.
    async fn is(&self, state: StorageState) {
        let end = Instant::now() + Duration::from_secs(20);
        while self.shared.state.now() != state {
            assert!(Instant::now() < end, "never {state:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl ScopedStorage {
    async fn set(
        &self,
        name: &str,
        expected: Option<u64>,
        value: &[u8],
    ) -> Result<u64, StorageFault> {
        self.compare_and_set(name, expected, value, soon()).await
    }

    fn value(&self, name: &str) -> Option<Vec<u8>> {
        self.read(name).unwrap().map(|record| record.value.to_vec())
    }
}

/// Another program with the right to write to the file.
fn raw(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(Duration::from_secs(20)).unwrap();
    connection
}

#[tokio::test]
async fn a_record_survives_and_only_the_right_key_opens_the_storage() {
    let (_directory, path) = temporary();
    let storage = Storage::create(&path, &[1; 32]).unwrap();
    storage.of("a").set("key/x", None, b"value").await.unwrap();
    drop(storage);
    assert!(matches!(
        Storage::open(&path, &[2; 32], StorageUser::Host),
        Err(OpenFault::WrongKey)
    ));
    let storage = host(&path).unwrap();
    assert_eq!(storage.of("a").value("key/x").unwrap(), b"value");
}

#[tokio::test]
async fn xks_011_a_key_store_does_not_see_the_records_of_another() {
    let (_directory, path) = temporary();
    let storage = Storage::create(&path, &[1; 32]).unwrap();
    storage.of("a").set("key/x", None, b"value").await.unwrap();
    assert!(storage.of("b").read("key/x").unwrap().is_none());
    assert!(storage.of("b").names("", None, 9).unwrap().is_empty());
}

#[tokio::test]
async fn compare_and_set_refuses_what_is_not_at_the_expected_revision() {
    let (_directory, path) = temporary();
    let storage = Storage::create(&path, &[1; 32]).unwrap().of("a");
    let first = storage.set("r", None, b"1").await.unwrap();
    let conflict = Err(StorageFault::Conflict);
    assert_eq!(storage.set("r", None, b"2").await, conflict);
    let second = storage.set("r", Some(first), b"2").await.unwrap();
    assert!(second > first);
    assert_eq!(storage.set("r", Some(first), b"3").await, conflict);
}

#[tokio::test]
async fn what_another_process_writes_is_taken_over_by_a_refresh() {
    let (_directory, path) = temporary();
    let ours = Storage::create(&path, &[1; 32]).unwrap();
    let theirs = host(&path).unwrap();
    theirs.of("a").set("r", None, b"1").await.unwrap();
    ours.refresh();
    assert_eq!(ours.of("a").value("r").unwrap(), b"1");
    // Each writes on from where the other has stopped.
    let revision = ours.of("a").revision("r").unwrap();
    ours.of("a").set("r", revision, b"2").await.unwrap();
    theirs.of("a").set("s", None, b"3").await.unwrap();
    assert_eq!(theirs.of("a").value("r").unwrap(), b"2");
    ours.refresh();
    assert_eq!(ours.of("a").value("s").unwrap(), b"3");
}

#[tokio::test]
async fn xks_068_a_counter_never_repeats_a_value_not_even_over_a_restart() {
    let (_directory, path) = temporary();
    let mut last = 0;
    for _ in 0..3 {
        let storage = if path.exists() {
            host(&path).unwrap()
        } else {
            Storage::create(&path, &[1; 32]).unwrap()
        };
        let counter = storage.of("a").counter("c").unwrap();
        for _ in 0..10 {
            let value = counter.next(soon()).await.unwrap();
            assert!(value > last, "{value} after {last}");
            last = value;
        }
    }
}

#[tokio::test]
async fn xks_068_two_processes_never_count_the_same() {
    let (_directory, path) = temporary();
    let ours = Storage::create(&path, &[1; 32]).unwrap();
    let theirs = host(&path).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    let counters = [&ours, &theirs].map(|storage| storage.of("a").counter("c").unwrap());
    for _ in 0..70_000 {
        for counter in &counters {
            assert!(seen.insert(counter.next(soon()).await.unwrap()));
        }
    }
}

#[tokio::test]
async fn names_and_values_are_bounded() {
    let (_directory, path) = temporary();
    let storage = Storage::create(&path, &[1; 32]).unwrap().of("a");
    for name in ["", "a b", "ä", &"x".repeat(201)] {
        assert_eq!(storage.set(name, None, b"").await, Err(StorageFault::Name));
    }
    let large = vec![0; VALUE + 1];
    let written = storage.set("r", None, &large).await;
    assert_eq!(written, Err(StorageFault::TooLarge));
}
