//! Rows that something else than Claviger has written.

use super::*;

const ALTERED: Alteration = Alteration::Rows;

use crate::storage::file::Alteration;

/// What another program does to the file of a storage with the record `r` of key store
/// `a`, at its second revision, and the counter `c`.
type Deed = fn(&Connection);

/// Puts back the first value of `r`, which it had kept.
fn old_row(database: &Connection) {
    let (revision, sealed): (i64, Vec<u8>) = database
        .query_row("SELECT revision, sealed FROM kept", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    let update = "UPDATE entry SET revision = ?1, sealed = ?2 WHERE name = 'r'";
    assert_eq!(database.execute(update, (revision, sealed)), Ok(1));
}

const DEEDS: [(&str, Deed); 6] = [
    ("an old row put back", old_row),
    ("a counter reset", |database| {
        database
            .execute("UPDATE count SET reserved = 0", [])
            .map(drop)
            .unwrap();
    }),
    ("a counter raised", |database| {
        database
            .execute("UPDATE count SET reserved = 1 << 40", [])
            .map(drop)
            .unwrap();
    }),
    ("a counter removed", |database| {
        database.execute("DELETE FROM count", []).map(drop).unwrap();
    }),
    ("a record removed", |database| {
        database
            .execute("DELETE FROM entry WHERE name = 'r'", [])
            .map(drop)
            .unwrap();
    }),
    ("a record moved", |database| {
        database
            .execute("UPDATE entry SET name = 's' WHERE name = 'r'", [])
            .map(drop)
            .unwrap();
    }),
];

/// A storage, and another program that has kept an old row of it.
async fn watched() -> (tempfile::TempDir, PathBuf, Storage) {
    let (directory, path) = temporary();
    let storage = Storage::create(&path, &[1; 32]).unwrap();
    let scope = storage.of("a");
    let first = scope.set("r", None, b"disabled: no").await.unwrap();
    let keep = "CREATE TABLE kept AS SELECT revision, sealed FROM entry WHERE name = 'r'";
    raw(&path).execute_batch(keep).unwrap();
    scope.set("r", Some(first), b"disabled: yes").await.unwrap();
    scope.counter("c").unwrap().next(soon()).await.unwrap();
    (directory, path, storage)
}

#[tokio::test]
async fn flt_35_altered_rows_are_found_at_the_start() {
    for (what, deed) in DEEDS {
        let (_directory, path, storage) = watched().await;
        drop(storage);
        assert!(host(&path).is_ok(), "before {what}");
        deed(&raw(&path));
        let opened = host(&path);
        assert!(matches!(opened, Err(OpenFault::Altered(ALTERED))), "{what}");
    }
}

#[tokio::test]
async fn flt_35_altered_rows_are_found_while_serving() {
    for (what, deed) in DEEDS {
        let (_directory, path, storage) = watched().await;
        let scope = storage.of("a");
        assert_eq!(scope.value("r").unwrap(), b"disabled: yes", "{what}");
        deed(&raw(&path));
        storage.is(StorageState::Away).await;
        assert_eq!(scope.read("r").err(), Some(StorageFault::Away));
        assert_eq!(scope.set("x", None, b"").await, Err(StorageFault::Away));
        let counter = scope.counter("c").err();
        assert_eq!(counter, Some(StorageFault::Away));
    }
}

#[tokio::test]
async fn flt_35_nothing_is_written_on_top_of_altered_rows() {
    for (what, deed) in DEEDS {
        let (_directory, path, storage) = watched().await;
        // No look of the watch comes between the deed and the write.
        let database = raw(&path);
        let written = storage.on_thread(move |keeper, shared| {
            deed(&database);
            keeper.reserve_for_test(shared, "c")
        });
        assert_eq!(written, Err(StorageFault::Away), "{what}");
    }
}

#[tokio::test]
async fn flt_35_a_row_of_another_storage_under_the_same_key_is_found() {
    let (_directory, path) = temporary();
    let (_elsewhere, other) = temporary();
    for path in [&path, &other] {
        let storage = Storage::create(path, &[1; 32]).unwrap();
        storage.of("a").set("secret", None, b"key").await.unwrap();
    }
    let database = raw(&path);
    let attach = format!("ATTACH '{}' AS other", other.display());
    database.execute_batch(&attach).unwrap();
    // The same scope, name and revision: only the storage differs.
    let copy = "UPDATE entry SET sealed = (SELECT sealed FROM other.entry)";
    assert_eq!(database.execute(copy, []), Ok(1));
    let storage = host(&path).unwrap();
    let read = storage.of("a").read("secret");
    assert_eq!(read.err(), Some(StorageFault::Damaged));
    assert_eq!(storage.damaged(), [("a".to_owned(), "secret".to_owned())]);
    // With its head, or its identity and proof, it is a storage that nobody made.
    for rows in [
        "('head')",
        "('identity', 'proof')",
        "('identity', 'proof', 'head')",
    ] {
        let copy = format!(
            "UPDATE meta SET value = (SELECT value FROM other.meta o WHERE o.name = meta.name)
             WHERE name IN {rows}"
        );
        database.execute_batch("BEGIN").unwrap();
        database.execute(&copy, []).unwrap();
        database
            .execute_batch("INSERT INTO entry VALUES ('a', 'x', 2, x'00'); COMMIT")
            .unwrap();
        assert!(host(&path).is_err(), "{rows}");
        database
            .execute_batch("DELETE FROM entry WHERE name = 'x'")
            .unwrap();
    }
}

#[tokio::test]
async fn flt_35_a_head_put_back_with_its_counter_is_found_while_serving() {
    let (_directory, path, storage) = watched().await;
    let database = raw(&path);
    let keep = "CREATE TABLE old_head AS SELECT value FROM meta WHERE name = 'head';
                CREATE TABLE old_count AS SELECT * FROM count;";
    database.execute_batch(keep).unwrap();
    let counter = storage.of("a").counter("c").unwrap();
    for _ in 0..=65_536 {
        counter.next(soon()).await.unwrap();
    }
    let put_back = "BEGIN;
                    UPDATE meta SET value = (SELECT value FROM old_head) WHERE name = 'head';
                    DELETE FROM count; INSERT INTO count SELECT * FROM old_count; COMMIT;";
    database.execute_batch(put_back).unwrap();
    storage.is(StorageState::Away).await;
}
