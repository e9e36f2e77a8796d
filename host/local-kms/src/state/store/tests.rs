use tempfile::TempDir;

use super::*;
use crate::moment::Moment;
use crate::names::{AccountId, KeyId};
use crate::state::Alias;

fn alias(name: &str) -> Change {
    Change::PutAlias(Alias {
        name: name.parse().unwrap(),
        target: KeyId::from_bytes([1; 16]),
        created: Moment::from_milliseconds(1),
        updated: Moment::from_milliseconds(1),
    })
}

#[test]
fn regions_know_nothing_of_each_other() {
    let store = Store::default();
    let (here, there): (Region, Region) =
        ("us-east-1".parse().unwrap(), "eu-west-1".parse().unwrap());
    store
        .change_now(&here, |_| Ok(((), vec![alias("alias/a")])))
        .unwrap();
    assert_eq!(store.region(&here).aliases.len(), 1);
    assert!(store.region(&there).aliases.is_empty());
    assert_eq!(store.regions(), [here]);
}

#[test]
fn a_refusal_changes_nothing() {
    let store = Store::default();
    let region: Region = "us-east-1".parse().unwrap();
    let refused: Result<(), _> = store.change_now(&region, |_| Err(Exception::limit("no")));
    assert!(refused.is_err());
    assert!(store.regions().is_empty());
}

#[test]
fn regions_are_bounded() {
    let store = Store::default();
    for number in 0..limits::REGIONS {
        let region = format!("us-east-{number}").parse().unwrap();
        store
            .change_now(&region, |_| Ok(((), vec![alias("alias/a")])))
            .unwrap();
    }
    let one_more = "eu-west-1".parse().unwrap();
    let refused = store.change_now(&one_more, |_| Ok(((), vec![alias("alias/a")])));
    assert_eq!(refused.unwrap_err().name(), ExceptionName::LimitExceeded);
}

#[test]
fn what_cannot_be_written_is_not_seen() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("state");
    let account: AccountId = AccountId::DEFAULT.parse().unwrap();
    let (folder, regions) = Folder::open(&path, &account).unwrap();
    let store = Store::on(folder, regions);
    let region: Region = "us-east-1".parse().unwrap();
    store
        .change_now(&region, |_| Ok(((), vec![alias("alias/a")])))
        .unwrap();
    // A file where the folder was: even root cannot write into it.
    let aliases = path.join("regions/us-east-1/aliases");
    std::fs::remove_dir_all(&aliases).unwrap();
    std::fs::write(&aliases, b"").unwrap();
    let refused = store.change_now(&region, |_| Ok(((), vec![alias("alias/b")])));
    assert_eq!(refused.unwrap_err().name(), ExceptionName::KmsInternal);
    assert_eq!(store.region(&region).aliases.len(), 1);
}

#[test]
fn what_was_written_before_a_fault_is_seen() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("state");
    let account: AccountId = AccountId::DEFAULT.parse().unwrap();
    let (folder, regions) = Folder::open(&path, &account).unwrap();
    let store = Store::on(folder, regions);
    let region: Region = "us-east-1".parse().unwrap();
    store
        .change_now(&region, |_| Ok(((), vec![alias("alias/a")])))
        .unwrap();
    // Key stores cannot be written.
    std::fs::write(path.join("regions/us-east-1/key-stores"), b"").unwrap();
    let key_store = Change::RemoveKeyStore("cks-1".parse().unwrap());
    let changes = vec![alias("alias/b"), key_store, alias("alias/c")];
    let refused = store.change_now(&region, |_| Ok(((), changes)));
    assert_eq!(refused.unwrap_err().name(), ExceptionName::KmsInternal);
    let seen: Vec<String> = store
        .region(&region)
        .aliases
        .keys()
        .map(ToString::to_string)
        .collect();
    assert_eq!(seen, ["alias/a", "alias/b"]);
    drop(store);
    std::fs::remove_file(path.join("regions/us-east-1/key-stores")).unwrap();
    let (_, regions) = Folder::open(&path, &account).unwrap();
    // Their key is not there, so that a restart drops them; what counts is the files.
    assert!(regions[&region].aliases.is_empty());
    let files = std::fs::read_dir(path.join("regions/us-east-1/aliases")).unwrap();
    assert_eq!(files.count(), 2);
}
