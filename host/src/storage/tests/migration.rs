//! Storages of schema version 1.

use rusqlite::params;

use super::*;
use crate::storage::seal::KeyEncryptionKey;

/// As the commits before version 2 have made it.
fn first_version(path: &Path) {
    let key = KeyEncryptionKey::new(&[1; 32]).unwrap();
    let database = raw(path);
    database
        .execute_batch(
            "PRAGMA journal_mode = WAL; BEGIN;
             CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
             CREATE TABLE record (scope TEXT NOT NULL, name TEXT NOT NULL,
                 revision INTEGER NOT NULL, sealed BLOB NOT NULL,
                 PRIMARY KEY (scope, name)) WITHOUT ROWID;
             CREATE UNIQUE INDEX record_by_revision ON record (revision);
             CREATE TABLE counter (scope TEXT NOT NULL, name TEXT NOT NULL,
                 reserved INTEGER NOT NULL, PRIMARY KEY (scope, name)) WITHOUT ROWID;
             INSERT INTO meta VALUES ('revision', 9);
             INSERT INTO counter VALUES ('a', 'c', 65536);",
        )
        .unwrap();
    let proof = key.seal_first_version("", "proof", 0, b"");
    let insert = "INSERT INTO meta VALUES ('proof', ?1)";
    database.execute(insert, [proof]).unwrap();
    for (scope, name, revision) in [("a", "r", 3), ("b", "r", 7), ("a", "hurt", 8)] {
        let mut sealed = key.seal_first_version(scope, name, revision, name.as_bytes());
        sealed[20] ^= u8::from(name == "hurt");
        let insert = "INSERT INTO record VALUES (?1, ?2, ?3, ?4)";
        let row = params![scope, name, revision.cast_signed(), sealed];
        database.execute(insert, row).unwrap();
    }
    database
        .pragma_update(None, "application_id", 0x436c_6176)
        .unwrap();
    database.pragma_update(None, "user_version", 1).unwrap();
    database.execute_batch("COMMIT").unwrap();
}

#[tokio::test]
async fn flt_35_a_storage_of_version_1_is_bound_when_it_is_first_opened() {
    let (_directory, path) = temporary();
    first_version(&path);
    let wrong = Storage::open(&path, &[2; 32], StorageUser::Host);
    assert!(matches!(wrong, Err(OpenFault::WrongKey)));
    for _ in 0..2 {
        let storage = host(&path).unwrap();
        let a = storage.of("a");
        assert_eq!(a.value("r").unwrap(), b"r");
        assert_eq!(a.revision("r"), Ok(Some(3)));
        assert_eq!(storage.of("b").revision("r"), Ok(Some(7)));
        // Damage stays damage.
        assert_eq!(a.read("hurt").err(), Some(StorageFault::Damaged));
        assert!(a.counter("c").unwrap().next(soon()).await.unwrap() > 65_536);
    }
    let storage = host(&path).unwrap();
    assert!(storage.of("a").set("new", None, b"").await.unwrap() > 9);
    // An earlier version finds nothing to write to.
    let database = raw(&path);
    for table in ["record", "counter"] {
        let select = format!("SELECT * FROM {table}");
        assert!(database.prepare(&select).is_err());
    }
}

#[tokio::test]
async fn two_that_open_a_storage_of_version_1_at_once_agree() {
    let (_directory, path) = temporary();
    first_version(&path);
    let opening: Vec<_> = (0..4)
        .map(|_| {
            let path = path.clone();
            std::thread::spawn(move || {
                Storage::open(&path, &[1; 32], StorageUser::Command).unwrap()
            })
        })
        .collect();
    for opening in opening {
        let storage = opening.join().unwrap();
        assert_eq!(storage.of("a").value("r").unwrap(), b"r");
    }
}
