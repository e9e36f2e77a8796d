use std::os::unix::fs::PermissionsExt as _;

use claviger_xks::credential::Credential;
use tempfile::TempDir;

use super::*;
use crate::moment::Moment;
use crate::names::KeyId;
use crate::state::{ConnectionState, Connectivity, KeyMaterial, Origin};

fn account() -> AccountId {
    AccountId::DEFAULT.parse().unwrap()
}

fn region() -> Region {
    "us-east-1".parse().unwrap()
}

fn key_store() -> KeyStore {
    KeyStore {
        id: "cks-1234567890abcdef0".parse().unwrap(),
        name: "a store".to_owned(),
        created: Moment::from_milliseconds(1),
        connectivity: Connectivity::PublicEndpoint,
        endpoint: "https://xks.example.com".parse().unwrap(),
        path: "/kms/xks/v1".parse().unwrap(),
        credential: Credential::generate().unwrap(),
        connection: ConnectionState::Connected,
        attempt: 3,
    }
}

fn key() -> Key {
    Key {
        id: KeyId::from_bytes([7; 16]),
        created: Moment::from_milliseconds(2),
        description: "a key".to_owned(),
        enabled: true,
        deletion: None,
        origin: Origin::ExternalKeyStore {
            key_store: "cks-1234567890abcdef0".parse().unwrap(),
            external_key: "demo".parse().unwrap(),
        },
        materials: vec![KeyMaterial::random(Moment::from_milliseconds(2), None).unwrap()],
        policy: "{}".to_owned(),
        tags: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
        grants: Vec::new(),
        rotation: None,
    }
}

fn alias() -> Alias {
    Alias {
        name: format!("alias/{}", "a/".repeat(120)).parse().unwrap(),
        target: key().id,
        created: Moment::from_milliseconds(3),
        updated: Moment::from_milliseconds(4),
    }
}

/// Writes one of each.
fn fill(folder: &Folder) -> (KeyStore, Key, Alias) {
    let (key_store, key, alias) = (key_store(), key(), alias());
    for change in [
        Change::PutKeyStore(Arc::new(key_store.clone())),
        Change::PutKey(Arc::new(key.clone())),
        Change::PutAlias(alias.clone()),
    ] {
        folder.write(&region(), &change).unwrap();
    }
    (key_store, key, alias)
}

fn open(directory: &TempDir) -> (Folder, BTreeMap<Region, RegionState>) {
    Folder::open(&directory.path().join("state"), &account()).unwrap()
}

fn refused(directory: &TempDir) -> String {
    let opened = Folder::open(&directory.path().join("state"), &account());
    opened.unwrap_err().to_string()
}

#[test]
fn what_was_written_is_there_after_a_restart() {
    let directory = TempDir::new().unwrap();
    let (folder, regions) = open(&directory);
    assert!(regions.is_empty());
    let (key_store, key, alias) = fill(&folder);
    drop(folder);
    let (folder, mut regions) = open(&directory);
    let state = regions.remove(&region()).unwrap();
    let read = &state.key_stores[&key_store.id];
    assert_eq!(read.name, key_store.name);
    assert_eq!(
        read.credential.secret_access_key.reveal(),
        key_store.credential.secret_access_key.reveal()
    );
    assert_eq!(read.attempt, 0);
    let read = &state.keys[&key.id];
    assert_eq!(read.origin, key.origin);
    assert_eq!(
        read.materials[0].secret.reveal(),
        key.materials[0].secret.reveal()
    );
    assert_eq!(state.aliases[&alias.name], alias);

    folder
        .write(&region(), &Change::RemoveAlias(alias.name))
        .unwrap();
    folder.write(&region(), &Change::RemoveKey(key.id)).unwrap();
    folder
        .write(&region(), &Change::RemoveKeyStore(key_store.id))
        .unwrap();
    drop(folder);
    let state = open(&directory).1.remove(&region()).unwrap();
    assert!(state.keys.is_empty() && state.aliases.is_empty() && state.key_stores.is_empty());
}

#[test]
fn files_are_private_to_their_owner() {
    let directory = TempDir::new().unwrap();
    let (folder, _) = open(&directory);
    fill(&folder);
    let mut folders = vec![directory.path().join("state")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        let mode = fs::metadata(&folder).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o700, "{folder:?}");
        for path in entries(&folder).unwrap() {
            if path.is_dir() {
                folders.push(path);
            } else {
                let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
                assert_eq!(mode, 0o600, "{path:?}");
                files += 1;
            }
        }
    }
    assert_eq!(files, 5);
}

#[test]
fn one_process_at_a_time_uses_a_folder() {
    let directory = TempDir::new().unwrap();
    let first = open(&directory);
    let message = refused(&directory);
    assert!(
        message.contains("another process uses this folder"),
        "{message}"
    );
    drop(first);
    open(&directory);
}

#[test]
fn a_file_that_was_being_written_is_not_read() {
    let directory = TempDir::new().unwrap();
    let (folder, _) = open(&directory);
    let (_, key, _) = fill(&folder);
    drop(folder);
    let keys = directory.path().join("state/regions/us-east-1/keys");
    let unfinished = keys.join(format!("{}.unfinished", key.id));
    fs::write(&unfinished, b"{\"id\":").unwrap();
    let (folder, regions) = open(&directory);
    assert_eq!(regions[&region()].keys.len(), 1);
    assert!(!unfinished.exists());
    // Nor does it keep the file from being written.
    fs::write(&unfinished, b"{\"id\":").unwrap();
    folder
        .write(&region(), &Change::PutKey(Arc::new(key)))
        .unwrap();
}

#[test]
fn an_alias_of_a_key_that_is_gone_is_gone() {
    let directory = TempDir::new().unwrap();
    let (folder, _) = open(&directory);
    let (_, key, _) = fill(&folder);
    folder.write(&region(), &Change::RemoveKey(key.id)).unwrap();
    drop(folder);
    assert!(open(&directory).1[&region()].aliases.is_empty());
}

#[test]
fn folders_of_others_are_refused() {
    let directory = TempDir::new().unwrap();
    let state = directory.path().join("state");
    fs::create_dir(&state).unwrap();
    fs::write(state.join("thesis.tex"), b"").unwrap();
    assert!(refused(&directory).contains("has files but no local-kms.json"));
    // Nothing is left behind in it.
    assert_eq!(entries(&state).unwrap(), [state.join("thesis.tex")]);
    fs::remove_file(state.join("thesis.tex")).unwrap();

    open(&directory);
    let head = state.join("local-kms.json");
    fs::write(&head, br#"{"format":2,"accounts":[]}"#).unwrap();
    let message = refused(&directory);
    assert!(
        message.contains("another version of claviger local-kms (format 2"),
        "{message}"
    );
    fs::write(&head, br#"{"format":1,"account":"444455556666"}"#).unwrap();
    let message = refused(&directory);
    assert!(
        message.contains("start with --account 444455556666"),
        "{message}"
    );
}

#[test]
fn a_folder_that_was_removed_or_replaced_is_not_written_to() {
    for gone in ["", "lock", "local-kms.json"] {
        let directory = TempDir::new().unwrap();
        let (folder, _) = open(&directory);
        let path = directory.path().join("state").join(gone);
        if gone.is_empty() {
            fs::remove_dir_all(&path).unwrap();
        } else {
            fs::remove_file(&path).unwrap();
        }
        let change = Change::PutKey(Arc::new(key()));
        let refused = folder.write(&region(), &change).unwrap_err().to_string();
        assert!(refused.contains("was removed"), "{gone}: {refused}");
        let changes = Change::RemoveKey(key().id);
        assert!(folder.write(&region(), &changes).is_err());
        assert!(!directory.path().join("state/regions").exists());
    }
    // Another process has made it anew.
    let directory = TempDir::new().unwrap();
    let (folder, _) = open(&directory);
    fs::remove_dir_all(directory.path().join("state")).unwrap();
    let (another, _) = open(&directory);
    let change = Change::PutKey(Arc::new(key()));
    let refused = folder.write(&region(), &change).unwrap_err().to_string();
    assert!(refused.contains("its lock was replaced"), "{refused}");
    another.write(&region(), &change).unwrap();
}

#[test]
fn a_damaged_file_is_named_and_not_shown() {
    let directory = TempDir::new().unwrap();
    let (folder, _) = open(&directory);
    let (key_store, ..) = fill(&folder);
    drop(folder);
    let path = directory.path().join(format!(
        "state/regions/us-east-1/key-stores/{}.json",
        key_store.id
    ));
    let secret = key_store.credential.secret_access_key.reveal();
    let damaged = fs::read_to_string(&path)
        .unwrap()
        .replace(secret, &format!("!{secret}"));
    fs::write(&path, damaged).unwrap();
    let message = refused(&directory);
    assert!(message.contains(key_store.id.as_str()), "{message}");
    assert!(!message.contains(secret), "{message}");
}
