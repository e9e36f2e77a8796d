//! Whatever the file of a storage holds, opening it ends, and a record that is read
//! has the value that was written, or is called damaged.
//!
//! The room `storage` of the host is compiled as it is (a link beside this file),
//! with stand-ins for the few things that it uses of other rooms: with the whole host the fuzzer would have to
//! build a WebAssembly compiler.

#![no_main]
#![allow(
    dead_code,
    unused_imports,
    reason = "the host uses more of the room than this"
)]

mod storage;
mod words;

/// No storage here has its key on a token.
mod pkcs11 {
    use crate::words::Sealed;

    #[derive(Debug)]
    pub(crate) enum WrappingFault {
        Random,
        Refused,
    }

    pub(crate) struct WrappingKey;

    impl WrappingKey {
        pub(crate) async fn seal(&self, _: &[u8], _: &[u8]) -> Result<Sealed, WrappingFault> {
            Err(WrappingFault::Refused)
        }

        pub(crate) async fn open(&self, _: &[u8], _: Sealed) -> Result<Vec<u8>, WrappingFault> {
            Err(WrappingFault::Refused)
        }
    }
}

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use claviger_config::StorageQuota;
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use rusqlite::Connection;
use rusqlite::types::Value;
use storage::{Storage, StorageFault, StorageUser};
use words::Deadline;

const KEY: [u8; 32] = [7; 32];
const RECORDS: [(&str, &str, &[u8]); 3] =
    [("a", "r", b"one"), ("a", "s", b"two"), ("b", "r", b"three")];

fuzz_target!(|input: &[u8]| {
    // Another name each time: the thread of the last storage may be closing its file.
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    let path = folder().join(format!("{run}.sqlite"));
    fs::write(&path, &*SOUND).expect("room to write");
    let changed = change(&path, &mut Unstructured::new(input)).unwrap_or(true);
    check(&path, changed);
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(folder().join(format!("{run}.sqlite{suffix}")));
    }
});

fn check(path: &Path, changed: bool) {
    let Ok(storage) = Storage::open(path, &KEY, StorageUser::Host) else {
        assert!(changed, "a sound storage was refused");
        return;
    };
    for (scope, name, value) in RECORDS {
        let scope = storage.scope(scope, StorageQuota::default());
        match scope.read(name) {
            Ok(Some(read)) => assert_eq!(&**read.value, value),
            // Every row is covered by the head.
            Ok(None) => panic!("a record is missing that was there"),
            Err(fault) => assert_eq!(fault, StorageFault::Damaged),
        }
    }
    storage.damaged();
}

/// In memory where there is such a place.
fn folder() -> PathBuf {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() {
            memory.to_owned()
        } else {
            std::env::temp_dir()
        };
        let folder = base.join(format!("claviger-fuzz-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("room to write");
        folder
    });
    FOLDER.clone()
}

/// A file with [`RECORDS`] and a counter, as the host leaves it.
static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let path = folder().join("sound.sqlite");
    let _ = fs::remove_file(&path);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let storage = Storage::create(&path, &KEY).expect("it is new");
    let deadline = Deadline::after(Instant::now(), Duration::from_secs(60));
    runtime.block_on(async {
        for (scope, name, value) in RECORDS {
            let scope = storage.scope(scope, StorageQuota::default());
            let written = scope.compare_and_set(name, None, value, deadline).await;
            written.expect("it is new");
        }
        let scope = storage.scope("a", StorageQuota::default());
        let gone = scope.compare_and_set("gone", None, b"", deadline).await;
        let gone = scope.delete("gone", gone.expect("it is new"), deadline);
        gone.await.expect("it was there");
        let counter = scope.counter("c").expect("a good name");
        counter.next(deadline).await.expect("room to write");
    });
    drop(storage);
    let connection = Connection::open(&path).expect("it is there");
    let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
    connection
        .execute_batch(checkpoint)
        .expect("nobody else has it");
    fs::read(&path).expect("it is there")
});

/// Changes bytes of the file, or rows; whether anything was.
fn change(path: &Path, input: &mut Unstructured<'_>) -> Result<bool> {
    if input.arbitrary()? {
        let mut bytes = SOUND.clone();
        while !input.is_empty() {
            let at = input.choose_index(bytes.len())?;
            bytes[at] = input.arbitrary()?;
        }
        fs::write(path, &bytes).expect("room to write");
        return Ok(bytes != *SOUND);
    }
    let connection = Connection::open(path).expect("it is sound");
    let mut changed = 0;
    while !input.is_empty() {
        let (statement, columns) = *input.choose(&STATEMENTS)?;
        let values = (0..columns).map(|_| value(input));
        let values: Vec<Value> = values.collect::<Result<_>>()?;
        let parameters = rusqlite::params_from_iter(values);
        changed += connection.execute(statement, parameters).unwrap_or(0);
    }
    Ok(changed > 0)
}

/// And how many values each takes.
const STATEMENTS: [(&str, usize); 12] = [
    ("INSERT OR REPLACE INTO entry VALUES (?1, ?2, ?3, ?4)", 4),
    ("UPDATE entry SET sealed = ?2 WHERE name = ?1", 2),
    ("UPDATE entry SET revision = ?2 WHERE name = ?1", 2),
    ("UPDATE entry SET scope = ?2 WHERE name = ?1", 2),
    ("UPDATE OR REPLACE entry SET name = ?2 WHERE name = ?1", 2),
    (
        "UPDATE entry SET sealed = (SELECT sealed FROM entry WHERE name = ?1)",
        1,
    ),
    ("DELETE FROM entry WHERE name = ?1", 1),
    ("INSERT OR REPLACE INTO count VALUES (?1, ?2, ?3)", 3),
    ("UPDATE count SET reserved = ?1", 1),
    ("UPDATE meta SET value = ?2 WHERE name = ?1", 2),
    ("DELETE FROM meta WHERE name = ?1", 1),
    ("UPDATE meta SET name = ?2 WHERE name = ?1", 2),
];

fn value(input: &mut Unstructured<'_>) -> Result<Value> {
    const TEXTS: [&str; 9] = ["a", "b", "r", "s", "gone", "c", "head", "proof", "identity"];
    Ok(match input.int_in_range(0..=4)? {
        0 => Value::Null,
        1 => Value::Integer(input.arbitrary()?),
        2 => Value::Blob(input.arbitrary()?),
        3 => Value::Text(input.arbitrary()?),
        _ => Value::Text((*input.choose(&TEXTS)?).to_owned()),
    })
}
