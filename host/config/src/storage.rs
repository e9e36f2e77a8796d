use crate::declared::Declared;
use crate::scalar;
use claviger_settings::{Fault, Table};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// `[storage.NAME]`: where the `key-storage` capability keeps its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Storage {
    /// A `SQLite` file; need not exist yet.
    pub path: PathBuf,
    /// The file of the key that seals the records: 32 bytes in Base64. See
    /// [`secrets::KeyEncryptionKey`](crate::secrets::KeyEncryptionKey).
    pub key_encryption_key_file: PathBuf,
    /// Where this storage stands in the configuration, for faults that show when
    /// it is opened: `storage.main`.
    pub table_path: String,
}

pub(crate) fn read(table: Table<'_>, base: &Path) -> Option<Storage> {
    table.require("path", "name the SQLite file that holds the records");
    let path = scalar::path(&table, "path", base);
    table.require(
        "key_encryption_key_file",
        "name a file of mode 0600 that holds 32 random bytes in Base64",
    );
    let key_encryption_key_file = scalar::path(&table, "key_encryption_key_file", base);
    table.forbid(
        "key_encryption_key",
        "secrets do not belong in this file",
        "put the key in a file of mode 0600 and name it with `key_encryption_key_file`",
    );
    let table_path = table.path().to_owned();
    table.finish();
    Some(Storage {
        path: path?,
        key_encryption_key_file: key_encryption_key_file?,
        table_path,
    })
}

/// Two storages in one file would seal their records under different keys.
pub(crate) fn refuse_shared_files(root: &Table<'_>, storages: &Declared<Storage>) {
    let mut files = BTreeMap::new();
    for (name, storage) in storages.iter() {
        if let Some(other) = files.insert(&storage.path, name) {
            root.add(Fault::new(
                format!("{}.path", storage.table_path),
                format!("the file of storage `{other}`"),
                "give each storage a file of its own",
            ));
        }
    }
}
