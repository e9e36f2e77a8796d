//! The storages of a configuration, opened.

use std::collections::BTreeMap;
use std::sync::Arc;

use claviger_config::secrets::KeyEncryptionKey;
use claviger_config::{Name, Storage as ConfiguredStorage};
use claviger_settings::Fault;

use crate::storage::{OpenFault, ScopedStorage, Storage};

/// What to do about a storage whose file does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MissingStorage {
    /// It is a fault: a server that silently made an empty storage would tell
    /// AWS KMS that none of its keys exist.
    IsAFault,
    /// Make it: the operator is creating a key.
    IsMade,
}

/// Storages by name; those with a fault are left out.
pub(super) struct Storages(BTreeMap<Name, Storage>);

impl Storages {
    pub(super) fn open(
        configured: &BTreeMap<Name, ConfiguredStorage>,
        missing: MissingStorage,
        faults: &mut Vec<Fault>,
    ) -> Self {
        let mut storages = BTreeMap::new();
        for (name, storage) in configured {
            match open(storage, missing) {
                Ok(storage) => drop(storages.insert(name.clone(), storage)),
                Err(fault) => faults.push(fault),
            }
        }
        Self(storages)
    }

    /// The part of a storage that belongs to a key store.
    pub(super) fn scope(&self, storage: &Name, key_store: &str) -> Option<Arc<ScopedStorage>> {
        self.0.get(storage).map(|storage| storage.scope(key_store))
    }
}

fn open(configured: &ConfiguredStorage, missing: MissingStorage) -> Result<Storage, Fault> {
    let key = KeyEncryptionKey::read(configured)?;
    let made = missing == MissingStorage::IsMade && !configured.path.exists();
    let opened = if made {
        Storage::create(&configured.path, key.expose())
    } else {
        Storage::open(&configured.path, key.expose())
    };
    opened.map_err(|fault| {
        let (key, mend) = match &fault {
            OpenFault::Missing => (
                "path",
                "make it with `claviger key create`, or name the right file",
            ),
            OpenFault::WrongKey => (
                "key_encryption_key_file",
                "name the file that the storage was made with",
            ),
            OpenFault::Foreign | OpenFault::Schema(_) | OpenFault::Exists => {
                ("path", "name a storage of this version of Claviger")
            }
            OpenFault::Database(_) | OpenFault::Seal(_) | OpenFault::Io(_) => (
                "path",
                "check the file, its directory and their permissions",
            ),
        };
        let problem = format!("{}: {fault}", configured.path.display());
        Fault::new(format!("{}.{key}", configured.table_path), problem, mend)
    })
}
