//! The storages of a configuration, opened.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::Arc;

use claviger_config::secrets::KeyEncryptionKey;
use claviger_config::{Configuration, KeyEncryptionKeySource, Name};
use claviger_config::{KeyStore as ConfiguredKeyStore, Storage as ConfiguredStorage};
use claviger_settings::Fault;

use super::absence::Unopened;
use super::{Absence, Resources, Tokens, key_on_token};
use crate::storage::{
    LockedStorage, OpenFault, RootKey, ScopedStorage, Storage, StorageState, StorageUser,
    WeakStorage,
};
use crate::words::printable;

/// What to do about a storage whose file does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MissingStorage {
    /// It is a fault: a server that silently made an empty storage would tell
    /// AWS KMS that none of its keys exist.
    IsAFault,
    /// Make it: the operator is creating a key.
    IsMade,
}

/// Longest name that is shown, in bytes.
const TEXT: usize = 256;

/// How storages are opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opening {
    pub(crate) missing: MissingStorage,
    pub(crate) user: StorageUser,
}

impl Opening {
    /// For a host that serves, or would.
    pub(crate) const HOST: Self = Self {
        missing: MissingStorage::IsAFault,
        user: StorageUser::Host,
    };
}

/// Storages by name; those with a fault are left out.
pub(crate) struct Storages {
    open: BTreeMap<Name, Storage>,
    absent: BTreeMap<Name, Absence>,
}

/// The storages that some snapshot uses.
pub(super) type OpenStorages = Vec<(ConfiguredStorage, WeakStorage)>;

impl Storages {
    /// Opens storages, or takes those that are open already: two of one file would
    /// each reserve counts and watch for changes of its own.
    pub(crate) async fn open(
        resources: &Resources,
        configured: Vec<(&Name, &ConfiguredStorage)>,
        tokens: &Tokens,
        opening: Opening,
        faults: &mut Vec<Fault>,
    ) -> Self {
        let mut storages = BTreeMap::new();
        let mut absent = BTreeMap::new();
        for (name, storage) in configured {
            let opened = match resources.open_storage(storage) {
                Some(open) => Ok(open),
                None => open(storage, tokens, opening).await,
            };
            match opened {
                Ok(opened) => {
                    resources.keep_storage(storage, &opened);
                    storages.insert(name.clone(), opened);
                }
                Err(Unopened::Fault(fault)) => faults.push(fault),
                Err(Unopened::Reported) => {}
                Err(Unopened::Absent(absence)) => {
                    absent.insert(name.clone(), absence);
                }
            }
        }
        Self {
            open: storages,
            absent,
        }
    }

    /// Why a storage is not open although nothing is wrong with its settings.
    pub(crate) fn absence(&self, storage: &Name) -> Option<&Absence> {
        self.absent.get(storage)
    }

    /// The storages that are not there, used or not.
    pub(crate) fn absent(&self) -> impl Iterator<Item = &Absence> {
        self.absent.values()
    }

    /// A fault for each record that does not open.
    pub(crate) fn damaged(&self, configured: &BTreeMap<Name, ConfiguredStorage>) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (name, storage) in &self.open {
            let Some(configured) = configured.get(name) else {
                continue;
            };
            for (key_store, record) in storage.damaged() {
                faults.push(Fault::new(
                    format!("{}.path", configured.table_path),
                    format!(
                        "{}: the record `{}` of key store `{}` is damaged",
                        configured.path.display(),
                        printable(&record, TEXT),
                        printable(&key_store, TEXT),
                    ),
                    "put back a copy of the file; until then what needs the record fails",
                ));
            }
        }
        faults
    }

    /// A warning for each storage with records of key stores that are not in the
    /// configuration, or have another storage there (FLT-43).
    pub(crate) fn unclaimed(&self, configuration: &Configuration) -> Vec<Fault> {
        let of = |(name, storage): (&Name, &Storage)| {
            let configured = configuration.storage.get(name)?;
            let users = configuration.key_stores.iter();
            let users: BTreeSet<&str> = users
                .filter(|it| it.uses().any(|usage| usage.grants.storage() == Some(name)))
                .map(|it| it.name.as_str())
                .collect();
            let mut others = storage.key_stores();
            others.retain(|key_store, _| !users.contains(&**key_store));
            (!others.is_empty()).then(|| unclaimed(configured, &others))
        };
        self.open.iter().filter_map(of).collect()
    }

    /// The part of a storage that belongs to a key store.
    pub(crate) fn scope(
        &self,
        storage: &Name,
        key_store: &ConfiguredKeyStore,
    ) -> Option<Arc<ScopedStorage>> {
        let storage = self.open.get(storage)?;
        Some(storage.scope(key_store.name.as_str(), key_store.storage_quota))
    }
}

/// Key stores that are named; the others are counted.
const NAMED: usize = 5;

fn unclaimed(configured: &ConfiguredStorage, others: &BTreeMap<String, usize>) -> Fault {
    let named = others.iter().take(NAMED);
    let named: Vec<_> = named
        .map(|(name, records)| format!("`{}` ({records})", printable(name, TEXT)))
        .collect();
    let more = match others.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Fault::new(
        format!("{}.path", configured.table_path),
        format!(
            "{}: it has records of key stores that do not use it, and nobody can use their \
             keys: {}{more}",
            configured.path.display(),
            named.join(", "),
        ),
        "if a key store was renamed, give it its old name again: keys are kept under the name",
    )
}

impl Resources {
    /// Whether a storage is open, so that the key of a token is not wanted for it.
    pub(crate) fn has_storage(&self, configured: &ConfiguredStorage) -> bool {
        self.open_storage(configured).is_some()
    }

    /// The storages in use by name, and whether each can be read and written.
    pub(crate) fn storage_states(&self) -> Vec<(String, bool)> {
        let storages = self.storages.lock();
        let open = storages
            .iter()
            .filter_map(|(configured, storage)| Some((configured, storage.upgrade()?)));
        open.map(|(configured, storage)| {
            let name = configured.table_path.strip_prefix("storage.");
            let name = name.unwrap_or(&configured.table_path).to_owned();
            (name, storage.state() == StorageState::Serving)
        })
        .collect()
    }

    fn open_storage(&self, configured: &ConfiguredStorage) -> Option<Storage> {
        let storages = self.storages.lock();
        let mut same = storages
            .iter()
            .filter(|(open, _)| is_same(open, configured));
        same.find_map(|(_, storage)| storage.upgrade())
    }

    fn keep_storage(&self, configured: &ConfiguredStorage, opened: &Storage) {
        let mut storages = self.storages.lock();
        storages.retain(|(open, storage)| storage.is_open() && !is_same(open, configured));
        storages.push((configured.clone(), opened.downgrade()));
    }
}

/// Whatever the operator calls it.
fn is_same(one: &ConfiguredStorage, other: &ConfiguredStorage) -> bool {
    one.path == other.path && one.key_encryption_key == other.key_encryption_key
}

/// Opens one.
async fn open(
    configured: &ConfiguredStorage,
    tokens: &Tokens,
    opening: Opening,
) -> Result<Storage, Unopened> {
    let Opening { missing, user } = opening;
    let path = &configured.path;
    let made = missing == MissingStorage::IsMade && !path.exists();
    let opened = match &configured.key_encryption_key {
        KeyEncryptionKeySource::File(file) => {
            let read = KeyEncryptionKey::read(configured, file);
            let key = read.map_err(|fault| unopened(fault, file))?;
            let path = path.clone();
            off_the_workers(move || {
                if made {
                    Storage::create(&path, key.expose())
                } else {
                    Storage::open(&path, key.expose(), user)
                }
            })
            .await
        }
        KeyEncryptionKeySource::Token(key) if made => {
            let wrapping_key = key_on_token::find(key, tokens).await?;
            let (root_key, sealed) = RootKey::make(&wrapping_key)
                .await
                .map_err(|fault| key_on_token::unopened(key, &fault, None))?;
            let path = path.clone();
            off_the_workers(move || Storage::create_under_token(&path, &root_key, &sealed)).await
        }
        KeyEncryptionKeySource::Token(key) => {
            let faulty = |fault| reported(configured, &fault);
            // Before the token is asked: its key is of no use without the file.
            let file = path.clone();
            let locked = off_the_workers(move || LockedStorage::find(&file, user)).await;
            let locked = locked.map_err(faulty)?;
            let sealed = locked.root_key().map_err(faulty)?.clone();
            let wrapping_key = key_on_token::find(key, tokens).await?;
            let root_key = sealed
                .open(&wrapping_key)
                .await
                .map_err(|fault| key_on_token::unopened(key, &fault, None))?;
            off_the_workers(move || locked.unlock(&root_key)).await
        }
    };
    opened.map_err(|fault| reported(configured, &fault))
}

/// A fault, or the absence of this file.
fn unopened(fault: Fault, file: &Path) -> Unopened {
    match file.try_exists() {
        Ok(false) => Unopened::Absent(Absence::of_file(fault, file)),
        _ => Unopened::Fault(fault),
    }
}

fn reported(configured: &ConfiguredStorage, fault: &OpenFault) -> Unopened {
    unopened(report(configured, fault), &configured.path)
}

/// SQLite waits for the disk and for other processes; a snapshot is made while another
/// one serves.
async fn off_the_workers<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, OpenFault> + Send + 'static,
) -> Result<T, OpenFault> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(OpenFault::Io(io::Error::other(error))))
}

fn report(configured: &ConfiguredStorage, fault: &OpenFault) -> Fault {
    let at_path = format!("{}.path", configured.table_path);
    let (path, fix) = match fault {
        OpenFault::Missing => (
            at_path,
            "make it with `claviger key create`, or name the right file",
        ),
        OpenFault::WrongKey => (
            configured.key_setting(),
            "name the key that the storage was made with",
        ),
        OpenFault::NeedsToken => (
            configured.key_setting(),
            "write key_encryption_key = { token = \"…\", label = \"…\" } instead",
        ),
        OpenFault::NeedsFile => (
            configured.key_setting(),
            "write key_encryption_key_file = \"…\" instead",
        ),
        OpenFault::Foreign | OpenFault::Schema(_) | OpenFault::Exists => {
            (at_path, "name a storage of this version of Claviger")
        }
        OpenFault::DamagedRootKey => (at_path, "put back a copy of the file"),
        OpenFault::Altered(_) => (
            at_path,
            "find out who writes to the file, and put back a copy of the whole of it",
        ),
        OpenFault::Database(_) | OpenFault::Seal(_) | OpenFault::Io(_) => (
            at_path,
            "check the file, its directory and their permissions",
        ),
    };
    let problem = format!("{}: {fault}", configured.path.display());
    Fault::new(path, problem, fix)
}
