//! A file that is not the one that was opened.

use super::*;
use std::fs;

/// A storage with a record, and the path of a copy of it as it was before a change.
async fn changed_since_the_copy() -> (tempfile::TempDir, PathBuf, PathBuf, Storage) {
    let (directory, path) = temporary();
    let storage = Storage::create(&path, &[1; 32]).unwrap();
    let scope = storage.of("a");
    let first = scope.set("r", None, b"enabled").await.unwrap();
    let copy = directory.path().join("copy.sqlite");
    let into = format!("VACUUM INTO '{}'", copy.display());
    raw(&path).execute_batch(&into).unwrap();
    scope.set("r", Some(first), b"disabled").await.unwrap();
    (directory, path, copy, storage)
}

fn wal(path: &Path) -> PathBuf {
    path.with_file_name("keys.sqlite-wal")
}

#[tokio::test]
async fn flt_32_a_file_that_is_gone_is_not_used_until_it_is_back() {
    let (directory, path, _, storage) = changed_since_the_copy().await;
    let scope = storage.of("a");
    let elsewhere = directory.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let files = |from: &Path, to: &Path| {
        for file in ["keys.sqlite", "keys.sqlite-wal", "keys.sqlite-shm"] {
            let _ = fs::rename(from.join(file), to.join(file));
        }
    };
    files(directory.path(), &elsewhere);
    storage.is(StorageState::Away).await;
    assert_eq!(scope.read("r").err(), Some(StorageFault::Away));
    assert_eq!(scope.revision("r"), Err(StorageFault::Away));
    assert_eq!(scope.names("", None, 1), Err(StorageFault::Away));
    assert_eq!(scope.set("x", None, b"").await, Err(StorageFault::Away));
    assert!(!path.exists(), "nothing makes an empty one");
    files(&elsewhere, directory.path());
    storage.is(StorageState::Serving).await;
    assert_eq!(scope.value("r").unwrap(), b"disabled");
    scope.set("x", None, b"").await.unwrap();
}

#[tokio::test]
async fn flt_32_an_older_copy_is_never_used() {
    let (directory, path, copy, storage) = changed_since_the_copy().await;
    let scope = storage.of("a");
    let kept = directory.path().join("kept.sqlite");
    // What the write-ahead log still has would make the copy as new as the file was.
    raw(&path)
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    fs::rename(&path, &kept).unwrap();
    fs::rename(&copy, &path).unwrap();
    storage.is(StorageState::Away).await;
    // Not even when it has been written to meanwhile.
    let command = Storage::open(&path, &[1; 32], StorageUser::Command).unwrap();
    for number in 0..5 {
        let name = format!("x{number}");
        command.of("a").set(&name, None, b"").await.unwrap();
    }
    let came_back = storage.on_thread(|keeper, shared| {
        keeper.come_back(shared);
        shared.state.now()
    });
    assert_eq!(came_back, StorageState::Away);
    assert_eq!(scope.read("r").err(), Some(StorageFault::Away));
    // The write-ahead log of the other file was left alone.
    assert!(wal(&path).exists());
    assert_eq!(command.of("a").names("x", None, 9).unwrap().len(), 5);
}

#[tokio::test]
async fn flt_32_an_older_copy_written_over_the_file_is_noticed() {
    let (_directory, path, copy, storage) = changed_since_the_copy().await;
    raw(&path)
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    fs::copy(&copy, &path).unwrap();
    storage.is(StorageState::Away).await;
    assert_eq!(storage.of("a").read("r").err(), Some(StorageFault::Away));
}

#[tokio::test]
async fn flt_32_a_write_to_a_file_that_was_replaced_is_not_called_done() {
    let (directory, path, _, storage) = changed_since_the_copy().await;
    let away = directory.path().join("moved-away");
    let (from, to) = (path.clone(), away.clone());
    // No look of the watch comes between.
    let written = storage.on_thread(move |keeper, shared| {
        fs::rename(&from, &to).unwrap();
        keeper.reserve_for_test(shared, "c")
    });
    assert_eq!(written, Err(StorageFault::Away));
}

#[tokio::test]
async fn flt_32_an_exact_copy_takes_the_place_of_the_file() {
    let (directory, path, _, storage) = changed_since_the_copy().await;
    let exact = directory.path().join("exact.sqlite");
    let into = format!("VACUUM INTO '{}'", exact.display());
    raw(&path).execute_batch(&into).unwrap();
    for file in [&path, &wal(&path), &path.with_file_name("keys.sqlite-shm")] {
        let _ = fs::remove_file(file);
    }
    storage.is(StorageState::Away).await;
    fs::rename(&exact, &path).unwrap();
    storage.is(StorageState::Serving).await;
    assert_eq!(storage.of("a").value("r").unwrap(), b"disabled");
}
