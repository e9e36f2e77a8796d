//! The state on disk: one small file for each key store, key and alias.
//!
//! A file is written beside the old one, synchronised and renamed, and the folder
//! is synchronised then: whatever was answered is there after a crash. One process
//! at a time uses a folder.

mod atomic;
mod head;
mod lock;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use claviger_config::access::{self, AccessFault, Use};
use claviger_config::regular_file::{self, FileFault};
use claviger_xks::hex;
use serde::de::DeserializeOwned;
use thiserror::Error;
use tracing::warn;

use self::lock::Lock;
use super::{Alias, Change, Key, KeyStore, RegionState};
use crate::names::{AccountId, AliasName, Region};

/// The largest file that is read, in bytes: a key with its policy and its grants.
const MAX_FILE_BYTES: usize = 16 << 20;

const KEY_STORES: &str = "key-stores";
const KEYS: &str = "keys";
const ALIASES: &str = "aliases";

/// An open state folder. The lock on it ends with this value.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    lock: Lock,
}

/// Why a state folder is not used.
#[derive(Debug, Error)]
pub enum FolderFault {
    /// Another process has it.
    #[error("{path}: another process uses this folder; end it, or choose another with --dir")]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// It holds something else.
    #[error(
        "{path} has files but no local-kms.json: choose another folder with --dir, or empty it"
    )]
    NotAStateFolder {
        /// The folder.
        path: PathBuf,
    },
    /// Another version of this program made it.
    #[error(
        "{path} was made by another version of claviger local-kms (format {found}; this one \
         reads format {ours}): use that version, or choose another folder with --dir"
    )]
    OtherFormat {
        /// The file that says so.
        path: PathBuf,
        /// The format of the folder.
        found: u64,
        /// The format of this program.
        ours: u64,
    },
    /// It was made for another account.
    #[error(
        "{path} is of the account {found}: start with --account {found}, or choose another folder with --dir"
    )]
    OtherAccount {
        /// The folder.
        path: PathBuf,
        /// Its account.
        found: AccountId,
    },
    /// A file in it is not as this program writes it.
    #[error(
        "{path} cannot be read: {problem}; put back a copy, or remove it together with what refers to it"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, without what the file holds.
        problem: String,
    },
    /// The operating system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Its reason.
        source: io::Error,
    },
}

impl Folder {
    /// Opens a folder, or makes it where there is none, and reads everything.
    pub fn open(
        path: &Path,
        account: &AccountId,
    ) -> Result<(Self, BTreeMap<Region, RegionState>), FolderFault> {
        let path = path.to_owned();
        atomic::make_directory(&path).map_err(at(&path))?;
        // Before the lock: nothing is left behind in a folder of something else.
        head::check(&path, account)?;
        let lock = Lock::take(&path)?;
        head::check_or_make(&path, account)?;
        warn_of_others(&path);
        let folder = Self { path, lock };
        let regions = folder.read()?;
        Ok((folder, regions))
    }

    /// Makes a change last. In a folder that was removed meanwhile, or replaced, it would
    /// not: a folder that is made anew by the change is none that can be opened.
    pub fn write(&self, region: &Region, change: &Change) -> io::Result<()> {
        self.lock.check(&self.path)?;
        head::check_there(&self.path)?;
        match change {
            Change::PutKeyStore(key_store) => {
                let name = key_store.id.to_string();
                self.put(region, KEY_STORES, &name, key_store.as_ref())
            }
            Change::RemoveKeyStore(id) => self.remove(region, KEY_STORES, id.as_str()),
            Change::PutKey(key) => self.put(region, KEYS, &key.id.to_string(), key.as_ref()),
            Change::RemoveKey(id) => self.remove(region, KEYS, &id.to_string()),
            Change::PutAlias(alias) => {
                self.put(region, ALIASES, &file_name_of_alias(&alias.name), alias)
            }
            Change::RemoveAlias(name) => self.remove(region, ALIASES, &file_name_of_alias(name)),
        }
    }

    fn put(
        &self,
        region: &Region,
        kind: &str,
        name: &str,
        value: &impl serde::Serialize,
    ) -> io::Result<()> {
        let directory = self.directory_of(region).join(kind);
        atomic::make_directory(&directory)?;
        let bytes = zeroize::Zeroizing::new(serde_json::to_vec(value)?);
        atomic::replace(&directory, &format!("{name}.json"), &bytes)
    }

    fn remove(&self, region: &Region, kind: &str, name: &str) -> io::Result<()> {
        let directory = self.directory_of(region).join(kind);
        atomic::remove(&directory, &format!("{name}.json"))
    }

    fn directory_of(&self, region: &Region) -> PathBuf {
        self.path.join("regions").join(region.as_str())
    }

    fn read(&self) -> Result<BTreeMap<Region, RegionState>, FolderFault> {
        let mut regions = BTreeMap::new();
        for directory in entries(&self.path.join("regions"))? {
            let name = directory.file_name().and_then(|name| name.to_str());
            let region: Region =
                name.and_then(|name| name.parse().ok())
                    .ok_or_else(|| FolderFault::Damaged {
                        path: directory.clone(),
                        problem: "not the name of a Region".to_owned(),
                    })?;
            let mut state = RegionState::default();
            for key_store in read_all::<KeyStore>(&directory.join(KEY_STORES))? {
                state.apply(Change::PutKeyStore(Arc::new(key_store)));
            }
            for key in read_all::<Key>(&directory.join(KEYS))? {
                state.apply(Change::PutKey(Arc::new(key)));
            }
            for alias in read_all::<Alias>(&directory.join(ALIASES))? {
                // Its key was removed, and the process ended before the alias was.
                if state.keys.contains_key(&alias.target) {
                    state.apply(Change::PutAlias(alias));
                }
            }
            regions.insert(region, state);
        }
        Ok(regions)
    }
}

/// The name of an alias may be longer than a file's, and has slashes.
fn file_name_of_alias(name: &AliasName) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, name.as_str().as_bytes());
    hex::text(digest.as_ref())
}

/// Others could put keys of their own in the place of those in the folder. It is not
/// refused, because volumes of containers have such modes.
fn warn_of_others(path: &Path) {
    let judged = fs::metadata(path).map(|metadata| access::judge(&metadata, path, Use::Folder));
    if let Ok(Err(fault)) = judged {
        let AccessFault { problem, fix } = fault;
        warn!("--dir: {problem}; fix: {fix}");
    }
}

fn read_all<T: DeserializeOwned>(directory: &Path) -> Result<Vec<T>, FolderFault> {
    let mut all = Vec::new();
    for path in entries(directory)? {
        if atomic::is_leftover(&path) {
            fs::remove_file(&path).map_err(at(&path))?;
            continue;
        }
        all.push(read_file(&path)?);
    }
    Ok(all)
}

fn read_file<T: DeserializeOwned>(path: &Path) -> Result<T, FolderFault> {
    let damaged = |problem: String| FolderFault::Damaged {
        path: path.to_owned(),
        problem,
    };
    let bytes = match regular_file::read(path, MAX_FILE_BYTES) {
        Ok(bytes) => bytes,
        Err(FileFault::Unreadable(source)) => return Err(at(path)(source)),
        Err(fault) => return Err(damaged(fault.to_string())),
    };
    serde_json::from_slice(&bytes).map_err(|error| {
        // Not the error's own words: they may repeat a secret.
        let (line, column) = (error.line(), error.column());
        damaged(format!(
            "not as this program writes it, at line {line}, column {column}"
        ))
    })
}

/// What is in a folder, in the order of names. Nothing where there is no folder.
fn entries(directory: &Path) -> Result<Vec<PathBuf>, FolderFault> {
    let listing = match fs::read_dir(directory) {
        Ok(listing) => listing,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(at(directory)(error)),
    };
    let paths: io::Result<Vec<PathBuf>> = listing.map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths.map_err(at(directory))?;
    paths.sort();
    Ok(paths)
}

fn at(path: &Path) -> impl Fn(io::Error) -> FolderFault {
    move |source| FolderFault::Io {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests;
