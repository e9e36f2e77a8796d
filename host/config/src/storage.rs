use crate::declared::Declared;
use crate::name::Name;
use crate::profile::PROFILE;
use crate::scalar;
use crate::token::Token;
use claviger_settings::{Fault, Table, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// `[storage.NAME]`: where the `key-storage` capability keeps its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Storage {
    /// A `SQLite` file; need not exist yet.
    pub path: PathBuf,
    /// What opens it.
    pub key_encryption_key: KeyEncryptionKeySource,
    /// Where this storage stands in the configuration, for faults that show when
    /// it is opened: `storage.main`.
    pub table_path: String,
}

/// Where the key-encryption key of a storage is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyEncryptionKeySource {
    /// `key_encryption_key_file`: 32 bytes in Base64, which seal the records. See
    /// [`secrets::KeyEncryptionKey`](crate::secrets::KeyEncryptionKey).
    File(PathBuf),
    /// `key_encryption_key`: a key that stays on its token, and there encrypts the
    /// key that seals the records.
    Token(KeyOnToken),
}

/// An AES-256 key on a PKCS#11 token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyOnToken {
    /// Which `[tokens.NAME]`.
    pub token: Name,
    /// The label of the key, which no other secret key of the token has.
    pub label: String,
    /// Whether plugins may be granted the token, and with it the use of this key.
    pub open_to_plugins: bool,
    /// Where this key stands in the configuration:
    /// `storage.main.key_encryption_key`.
    pub table_path: String,
}

impl Storage {
    /// The key path of the setting that says where the key-encryption key is.
    pub fn key_setting(&self) -> String {
        let key = match self.key_encryption_key {
            KeyEncryptionKeySource::File(_) => KEY_FILE,
            KeyEncryptionKeySource::Token(_) => KEY,
        };
        format!("{}.{key}", self.table_path)
    }

    /// The key on a token that opens it, if that is what it is made with.
    pub fn key_on_token(&self) -> Option<&KeyOnToken> {
        match &self.key_encryption_key {
            KeyEncryptionKeySource::File(_) => None,
            KeyEncryptionKeySource::Token(key) => Some(key),
        }
    }
}

const KEY_FILE: &str = "key_encryption_key_file";
const KEY: &str = "key_encryption_key";
const OPEN_TO_PLUGINS: &str = "open_to_plugins";

/// The longest label of a key, in bytes.
const LABEL: usize = 256;

pub(crate) fn read(table: Table<'_>, base: &Path, tokens: &Declared<Token>) -> Option<Storage> {
    table.require("path", "name the SQLite file that holds the records");
    let path = scalar::path(&table, "path", base);
    let key_encryption_key = read_key(&table, base, tokens);
    let table_path = table.path().to_owned();
    table.finish();
    Some(Storage {
        path: path?,
        key_encryption_key: key_encryption_key?,
        table_path,
    })
}

fn read_key(
    table: &Table<'_>,
    base: &Path,
    tokens: &Declared<Token>,
) -> Option<KeyEncryptionKeySource> {
    let file = scalar::path(table, KEY_FILE, base);
    let on_token = match table.raw(KEY) {
        Some(Value::String(_)) => {
            table.fault(
                KEY,
                "secrets do not belong in this file",
                "put the key in a file of mode 0600 and name it with \
                 `key_encryption_key_file`, or name a key on a token: { token = \"…\", … }",
            );
            None
        }
        _ => table
            .table(KEY)
            .and_then(|table| read_key_on_token(table, tokens)),
    };
    match (table.raw(KEY_FILE), table.raw(KEY)) {
        (None, None) => table.fault(
            KEY_FILE,
            "missing",
            "name a file of mode 0600 that holds 32 random bytes in Base64, \
             or a key on a PKCS#11 token with `key_encryption_key`",
        ),
        (Some(_), Some(Value::Object(_))) => table.fault(
            KEY,
            "a second key for one storage",
            "remove this or `key_encryption_key_file`",
        ),
        _ => {}
    }
    let file = file.map(KeyEncryptionKeySource::File);
    file.or(on_token.map(KeyEncryptionKeySource::Token))
}

fn read_key_on_token(table: Table<'_>, tokens: &Declared<Token>) -> Option<KeyOnToken> {
    table.require("token", "name one of the [tokens.NAME] tables");
    let token = tokens.reference(&table, "token");
    table.require("label", "write the label of an AES-256 key on the token");
    let label = table.parsed("label", |label| {
        if (1..=LABEL).contains(&label.len()) && !label.chars().any(char::is_control) {
            Ok(label.to_owned())
        } else {
            let fix = format!("write 1 to {LABEL} bytes of printable characters");
            Err((
                "not a label: empty, too long, or with control characters".to_owned(),
                fix,
            ))
        }
    });
    let open_to_plugins = table.flag(OPEN_TO_PLUGINS).unwrap_or(false);
    let name = token.as_ref().map_or("NAME", Name::as_str);
    table.forbid(
        PROFILE,
        "how a token does AES-GCM is a setting of the token",
        &format!("move it to tokens.{name}.{PROFILE}"),
    );
    let table_path = table.path().to_owned();
    table.finish();
    Some(KeyOnToken {
        token: token?,
        label: label?,
        open_to_plugins,
        table_path,
    })
}

/// A plugin can use every key of a token that it is granted, so it could open what
/// is sealed under one of them (FLT-56). `index` is the place of `token` in the
/// setting `key` of `grants`.
pub(crate) fn refuse_tokens_with_keys(
    grants: &Table<'_>,
    key: &str,
    index: usize,
    token: &Name,
    storages: &Declared<Storage>,
) {
    for (name, storage) in storages.iter() {
        let holds = |key: &&KeyOnToken| key.token == *token && !key.open_to_plugins;
        if let Some(key_of_storage) = storage.key_on_token().filter(holds) {
            let problem =
                format!("the plugin could use the key of storage `{name}`, which is on `{token}`");
            let fix = format!(
                "keep the keys of storages on a token of their own; or accept it with \
                 {}.{OPEN_TO_PLUGINS} = true",
                key_of_storage.table_path
            );
            grants.fault_at(key, index, problem, fix);
        }
    }
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
