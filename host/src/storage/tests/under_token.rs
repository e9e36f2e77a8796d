//! Storages whose key-encryption key is on a token.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::*;
use crate::pkcs11::tests::key;
use crate::pkcs11::tests::softhsm::open;
use crate::pkcs11::{WrappingFault, WrappingKey};
use crate::words::Deadline;

/// The token's key of this label, made first.
async fn wrapping_key(label: &str) -> WrappingKey {
    let token = open("storage", 2);
    let bound = Arc::clone(&token);
    key(&bound, label, true, true).await;
    let deadline = Deadline::after(Instant::now(), Duration::from_secs(30));
    WrappingKey::find(Arc::clone(&token), label, deadline)
        .await
        .unwrap()
}

async fn create(path: &Path, wrapping_key: &WrappingKey) -> Storage {
    let (root_key, sealed) = RootKey::make(wrapping_key).await.unwrap();
    Storage::create_under_token(path, &root_key, &sealed).unwrap()
}

async fn root_key(path: &Path, wrapping_key: &WrappingKey) -> Result<RootKey, WrappingFault> {
    let sealed = LockedStorage::find(path, StorageUser::Host)
        .unwrap()
        .root_key()
        .unwrap()
        .clone();
    sealed.open(wrapping_key).await
}

/// The row of the root key in the file.
fn written(path: &Path) -> Vec<u8> {
    let connection = Connection::open(path).unwrap();
    let row = "SELECT value FROM meta WHERE name = 'root-key'";
    connection.query_row(row, [], |row| row.get(0)).unwrap()
}

fn write(path: &Path, value: &[u8]) {
    let connection = Connection::open(path).unwrap();
    let update = "UPDATE meta SET value = ?1 WHERE name = 'root-key'";
    assert_eq!(connection.execute(update, [value]), Ok(1));
}

#[tokio::test]
async fn a_record_survives_and_the_root_key_is_written_nowhere() {
    let (directory, path) = temporary();
    let wrapping_key = wrapping_key("survives").await;
    let storage = create(&path, &wrapping_key).await;
    let scope = storage.of("a");
    scope.set("key/x", None, b"value").await.unwrap();
    drop((scope, storage));
    let opened = root_key(&path, &wrapping_key).await.unwrap();
    for file in std::fs::read_dir(directory.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(32).any(|part| part == opened.expose()));
    }
    let storage = LockedStorage::find(&path, StorageUser::Host).unwrap();
    let storage = storage.unlock(&opened).unwrap();
    assert_eq!(storage.of("a").value("key/x").unwrap(), b"value");
}

#[tokio::test]
async fn only_the_key_that_it_was_made_with_opens_it() {
    let (_directory, path) = temporary();
    create(&path, &wrapping_key("made").await).await;
    let fault = root_key(&path, &wrapping_key("other").await).await.err();
    assert_eq!(fault, Some(WrappingFault::Refused));
}

#[tokio::test]
async fn a_root_key_that_was_changed_or_comes_from_elsewhere_opens_nothing() {
    let (_directory, path) = temporary();
    let wrapping_key = wrapping_key("changed").await;
    create(&path, &wrapping_key).await;
    let good = written(&path);
    assert_eq!(good.len(), 16 + 12 + 32 + 16);
    // In the identity, the vector, the ciphertext and the tag.
    for index in [0, 15, 16, 27, 28, 59, 60, 75] {
        let mut changed = good.clone();
        changed[index] ^= 1;
        write(&path, &changed);
        let fault = root_key(&path, &wrapping_key).await.err();
        assert_eq!(fault, Some(WrappingFault::Refused), "byte {index}");
    }
    write(&path, &good[..75]);
    assert!(matches!(
        LockedStorage::find(&path, StorageUser::Host),
        Err(OpenFault::DamagedRootKey)
    ));
    // One of another storage opens, and is not the key of this one.
    let (_elsewhere, other) = temporary();
    create(&other, &wrapping_key).await;
    write(&path, &written(&other));
    let foreign = root_key(&path, &wrapping_key).await.unwrap();
    let locked = LockedStorage::find(&path, StorageUser::Host).unwrap();
    assert!(matches!(locked.unlock(&foreign), Err(OpenFault::WrongKey)));
    write(&path, &good);
    let own = root_key(&path, &wrapping_key).await.unwrap();
    assert!(
        LockedStorage::find(&path, StorageUser::Host)
            .unwrap()
            .unlock(&own)
            .is_ok()
    );
}

#[tokio::test]
async fn a_storage_knows_which_kind_of_key_it_was_made_with() {
    let (_directory, path) = temporary();
    let (_elsewhere, file) = temporary();
    create(&path, &wrapping_key("kind").await).await;
    Storage::create(&file, &[1; 32]).unwrap();
    assert!(matches!(
        Storage::open(&path, &[1; 32], StorageUser::Host),
        Err(OpenFault::NeedsToken)
    ));
    let locked = LockedStorage::find(&file, StorageUser::Host).unwrap();
    assert!(matches!(locked.root_key(), Err(OpenFault::NeedsFile)));
}
