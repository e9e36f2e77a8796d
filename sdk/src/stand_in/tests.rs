use crate::aead::{AeadError, Key};
use crate::key_storage::{self, Counter, StorageError};
use crate::{Error, FailureKind, log, random, testing};

#[test]
fn a_record_is_written_only_at_the_revision_that_is_expected() {
    let first = key_storage::compare_and_set("key/a", None, b"1").unwrap();
    let again = key_storage::compare_and_set("key/a", None, b"2");
    assert_eq!(again, Err(StorageError::Conflict));
    let second = key_storage::compare_and_set("key/a", Some(first), b"2").unwrap();
    assert!(second > first);
    assert_eq!(key_storage::revision("key/a"), Ok(Some(second)));
    let stored = key_storage::read("key/a").unwrap();
    assert_eq!(stored.unwrap().value, b"2");
    assert_eq!(
        key_storage::create_secret("key/a"),
        Err(StorageError::Conflict)
    );
    key_storage::create_secret("secret/a").unwrap();
    let names: Result<Vec<_>, _> = key_storage::names("key/").collect();
    assert_eq!(names, Ok(vec!["key/a".to_owned()]));
}

#[test]
fn a_deleted_record_is_gone_and_its_revision_is_not_used_again() {
    let first = key_storage::create_secret("a").unwrap();
    assert_eq!(
        key_storage::delete("a", first + 1),
        Err(StorageError::Conflict)
    );
    let gone = key_storage::delete("a", first).unwrap();
    assert_eq!(key_storage::read("a"), Ok(None));
    assert_eq!(key_storage::delete("a", first), Err(StorageError::Conflict));
    assert!(first < gone && gone < key_storage::create_secret("a").unwrap());
}

#[test]
fn names_come_in_pages_and_each_once() {
    for number in 0..2500 {
        key_storage::compare_and_set(&format!("key/{number:04}"), None, b"").unwrap();
    }
    key_storage::compare_and_set("other", None, b"").unwrap();
    let names: Vec<_> = key_storage::names("key/").map(Result::unwrap).collect();
    assert_eq!(names.len(), 2500);
    assert!(names.is_sorted() && names.iter().all(|name| name.starts_with("key/")));
    assert_eq!(testing::calls("key-storage.names"), 3);
}

#[test]
fn flt_33_damage_and_absence_are_never_a_missing_key() {
    key_storage::create_secret("key/a").unwrap();
    testing::damage_record("key/a");
    assert_eq!(key_storage::read("key/a"), Err(StorageError::Damaged));
    assert_eq!(
        Key::from_record("key/a").unwrap_err(),
        AeadError::DamagedRecord
    );
    testing::storage_is_away(true);
    let away = key_storage::read("key/a").unwrap_err();
    assert_eq!(Error::from(away).kind, FailureKind::DependencyTimeout);
    let away = Key::from_record("key/a").unwrap_err();
    assert_eq!(Error::from(away).kind, FailureKind::DependencyTimeout);
    for damaged in [
        Error::from(StorageError::Damaged),
        AeadError::DamagedRecord.into(),
    ] {
        assert_eq!(damaged.kind, FailureKind::Internal);
    }
    assert!(key_storage::names("").next().unwrap().is_err());
}

#[test]
fn names_and_values_have_their_limits() {
    for name in ["", "a b", "é", &"x".repeat(201)] {
        let written = key_storage::compare_and_set(name, None, b"");
        assert!(matches!(written, Err(StorageError::Invalid(_))), "{name}");
    }
    let written = key_storage::compare_and_set("a", None, &vec![0; 65_537]);
    assert!(matches!(written, Err(StorageError::Invalid(_))));
    key_storage::compare_and_set(&"x".repeat(200), None, &vec![0; 65_536]).unwrap();
}

#[test]
fn a_counter_goes_on_where_another_stopped() {
    assert_eq!(Counter::open("c").unwrap().next(), Ok(1));
    assert_eq!(Counter::open("c").unwrap().next(), Ok(2));
    testing::set_counter("c", 9);
    assert_eq!(Counter::open("c").unwrap().next(), Ok(10));
}

#[test]
fn a_key_opens_what_it_sealed_and_nothing_else() {
    key_storage::create_secret("secret").unwrap();
    let key = Key::from_record("secret").unwrap();
    let mut sealed = key.seal(b"aad", b"text").unwrap();
    assert_eq!(key.open(b"aad", &sealed).unwrap(), b"text");
    assert_eq!(key.open(b"", &sealed), Err(AeadError::AuthenticationFailed));
    sealed.initialization_vector.push(0);
    let error = key.open(b"aad", &sealed).unwrap_err();
    assert_eq!(Error::from(error), Error::invalid_ciphertext());
    assert_eq!(
        Key::from_bytes(&[0; 31]).unwrap_err(),
        AeadError::InvalidKey
    );
    assert_eq!(
        Key::from_record("none").unwrap_err(),
        AeadError::NoSuchRecord
    );
}

#[test]
fn lines_are_kept_for_the_test_to_look_at() {
    log::warn("one");
    log::debug("two");
    let lines = testing::logged();
    assert_eq!(lines[0], (log::Level::Warn, "one".to_owned()));
    assert_eq!(lines[1], (log::Level::Debug, "two".to_owned()));
    assert_eq!(random::bytes(12).len(), 12);
    assert_eq!(testing::calls("random.bytes"), 1);
}
