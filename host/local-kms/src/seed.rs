//! What is to be there at the start: key stores, KMS keys, aliases and callers, read
//! from a TOML or JSON file. `docs/local-kms.md` describes it.
//!
//! What is there already stays as it is, so that a folder can be started with the
//! same seed again and again.

mod callers;
mod differences;
mod files;
mod key_stores;
mod keys;
mod plant;

use std::path::{Path, PathBuf};

use claviger_config::regular_file;
use claviger_settings::{Fault, Map, Table, Value, read_map};
use thiserror::Error;

use crate::caller::Profiles;
use crate::names::Region;

pub use files::{CredentialFileFault, read_proxy_configuration};
pub use key_stores::SeedKeyStore;
pub use keys::SeedKey;
pub use plant::plant;

/// The largest seed, in bytes.
const MAX_BYTES: usize = 4 << 20;

/// A seed as it was read.
#[derive(Debug, Default)]
pub struct Seed {
    /// The key stores.
    pub key_stores: Vec<SeedKeyStore>,
    /// The KMS keys with their aliases.
    pub keys: Vec<SeedKey>,
    /// What proxies are told of callers.
    pub callers: Profiles,
}

/// Why a seed is not used.
#[derive(Debug, Error)]
pub enum SeedFault {
    /// The file cannot be read.
    #[error("{path}: {problem}")]
    File {
        /// The file.
        path: PathBuf,
        /// The reason.
        problem: String,
    },
    /// What it says is not right.
    #[error("{path}:\n\n{}", claviger_config::report(faults))]
    Faults {
        /// The file.
        path: PathBuf,
        /// All that is wrong.
        faults: Vec<Fault>,
    },
}

impl Seed {
    /// Reads a file. Whatever does not name a Region is of `region`.
    pub fn read(path: &Path, region: &Region) -> Result<Self, SeedFault> {
        let file = |problem: String| SeedFault::File {
            path: path.to_owned(),
            problem,
        };
        let text = regular_file::read_text(path, MAX_BYTES);
        let text = text.map_err(|fault| file(fault.to_string()))?;
        let base = path.parent().unwrap_or(Path::new(""));
        let is_json = path
            .extension()
            .is_some_and(|extension| extension == "json");
        let parsed = if is_json {
            claviger_settings::parse(&text).map_err(|fault| vec![fault])
        } else {
            claviger_config::parse_toml(&text)
        };
        if parsed.as_ref().is_ok_and(has_secrets) {
            files::warn_of_others(path);
        }
        parsed
            .and_then(|map| Self::of(&map, base, region))
            .map_err(|faults| SeedFault::Faults {
                path: path.to_owned(),
                faults,
            })
    }

    /// Reads a document. Files that it names are looked for in `base`.
    pub fn of(map: &Map<String, Value>, base: &Path, region: &Region) -> Result<Self, Vec<Fault>> {
        read_map(map, |root| {
            let key_stores = all(root, "key_store", |table| {
                SeedKeyStore::read(table, base, region)
            });
            let keys = all(root, "key", |table| SeedKey::read(table, region));
            let callers = all(root, "caller", callers::read);
            Some(Self {
                key_stores: key_stores?,
                keys: keys?,
                callers: callers?.into_iter().collect(),
            })
        })
    }
}

/// Whether a seed holds secrets itself.
fn has_secrets(map: &Map<String, Value>) -> bool {
    let has = |list: &str, secret: &str| {
        let entries = map.get(list).and_then(Value::as_array);
        let mut entries = entries.into_iter().flatten();
        entries.any(|entry| entry.get(secret).is_some())
    };
    has("key_store", "secret_access_key") || has("key", "key_material")
}

/// All tables of a list, or none if one has a fault. Each is read whatever the
/// others have.
fn all<T>(root: &Table<'_>, key: &str, read: impl Fn(&Table<'_>) -> Option<T>) -> Option<Vec<T>> {
    let read: Vec<Option<T>> = root
        .tables(key)
        .into_iter()
        .map(|table| {
            let value = read(&table);
            table.finish();
            value
        })
        .collect();
    read.into_iter().collect()
}

/// A value that is read from text, and fails with what is wrong with it.
fn parsed<T>(table: &Table<'_>, key: &str, fix: &str) -> Option<T>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    table.parsed(key, |text| {
        text.parse()
            .map_err(|fault: T::Err| (fault.to_string(), fix.to_owned()))
    })
}

/// The Region of an entry.
fn region_of(table: &Table<'_>, usual: &Region) -> Option<Region> {
    if table.raw("region").is_none() {
        return Some(usual.clone());
    }
    parsed(table, "region", "write for example us-east-1")
}

#[cfg(test)]
mod tests;
