//! The file that says what a state folder is, and in which format.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};

use super::{FolderFault, at, atomic, lock, read_file};
use crate::names::AccountId;

const NAME: &str = "local-kms.json";
/// The format that this program reads and writes.
const FORMAT: u64 = 1;

#[derive(Serialize, Deserialize)]
struct Head {
    format: u64,
    /// Other formats may say it in another way.
    #[serde(default)]
    account: Option<AccountId>,
}

/// Refuses a folder that is another's, and makes nothing.
pub(super) fn check(folder: &Path, account: &AccountId) -> Result<(), FolderFault> {
    let path = folder.join(NAME);
    if path.exists() {
        of_account(folder, path, account)
    } else {
        empty(folder)
    }
}

/// Refuses a folder that is another's; marks an empty one as this program's.
pub(super) fn check_or_make(folder: &Path, account: &AccountId) -> Result<(), FolderFault> {
    check(folder, account)?;
    let path = folder.join(NAME);
    if path.exists() {
        return Ok(());
    }
    let head = Head {
        format: FORMAT,
        account: Some(account.clone()),
    };
    let bytes = serde_json::to_vec(&head).map_err(|error| at(&path)(error.into()))?;
    atomic::replace(folder, NAME, &bytes).map_err(at(&path))
}

/// Fails when a folder is no longer marked.
pub(super) fn check_there(folder: &Path) -> io::Result<()> {
    if folder.join(NAME).exists() {
        return Ok(());
    }
    Err(io::Error::other(format!("{NAME} was removed: start again")))
}

fn of_account(folder: &Path, path: PathBuf, account: &AccountId) -> Result<(), FolderFault> {
    let head: Head = read_file(&path)?;
    if head.format != FORMAT {
        return Err(FolderFault::OtherFormat {
            path,
            found: head.format,
            ours: FORMAT,
        });
    }
    match head.account {
        Some(found) if found == *account => Ok(()),
        Some(found) => Err(FolderFault::OtherAccount {
            path: folder.to_owned(),
            found,
        }),
        None => Err(FolderFault::Damaged {
            path,
            problem: "it names no account".to_owned(),
        }),
    }
}

fn empty(folder: &Path) -> Result<(), FolderFault> {
    let listing = fs::read_dir(folder).map_err(at(folder))?;
    for entry in listing {
        let name = entry.map_err(at(folder))?.file_name();
        // Of a process that makes this folder too, or ended while it did.
        if name != lock::NAME && !atomic::is_leftover(Path::new(&name)) {
            return Err(FolderFault::NotAStateFolder {
                path: folder.to_owned(),
            });
        }
    }
    Ok(())
}
