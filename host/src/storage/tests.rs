//! Storages as a host and a command line see them.

mod under_token;

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
    storage
        .scope("a")
        .compare_and_set("key/x", None, b"value")
        .unwrap();
    drop(storage);
    assert!(matches!(
        Storage::open(&path, &[2; 32]),
        Err(OpenFault::WrongKey)
    ));
    let storage = Storage::open(&path, &[1; 32]).unwrap();
    assert_eq!(
        &*storage.scope("a").read("key/x").unwrap().unwrap().value,
        b"value"
    );
}

#[test]
fn xks_011_a_key_store_does_not_see_the_records_of_another() {
    let (_directory, path) = temporary();
    let storage = Storage::create(&path, &[1; 32]).unwrap();
    storage
        .scope("a")
        .compare_and_set("key/x", None, b"value")
        .unwrap();
    assert!(storage.scope("b").read("key/x").unwrap().is_none());
    assert!(storage.scope("b").names("", None, 9).is_empty());
}

#[test]
fn compare_and_set_refuses_what_is_not_at_the_expected_revision() {
    let (_directory, path) = temporary();
    let storage = Storage::create(&path, &[1; 32]).unwrap().scope("a");
    let first = storage.compare_and_set("r", None, b"1").unwrap();
    assert!(matches!(
        storage.compare_and_set("r", None, b"2"),
        Err(StorageFault::Conflict)
    ));
    let second = storage.compare_and_set("r", Some(first), b"2").unwrap();
    assert!(second > first);
    assert!(matches!(
        storage.compare_and_set("r", Some(first), b"3"),
        Err(StorageFault::Conflict)
    ));
}

#[test]
fn what_another_process_writes_is_taken_over_by_a_refresh() {
    let (_directory, path) = temporary();
    let ours = Storage::create(&path, &[1; 32]).unwrap();
    let theirs = Storage::open(&path, &[1; 32]).unwrap();
    theirs.scope("a").compare_and_set("r", None, b"1").unwrap();
    ours.shared.refresh().unwrap();
    assert_eq!(&*ours.scope("a").read("r").unwrap().unwrap().value, b"1");
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
        assert!(matches!(
            storage.compare_and_set(name, None, b""),
            Err(StorageFault::Name)
        ));
    }
    let large = vec![0; VALUE + 1];
    assert!(matches!(
        storage.compare_and_set("r", None, &large),
        Err(StorageFault::TooLarge)
    ));
}
