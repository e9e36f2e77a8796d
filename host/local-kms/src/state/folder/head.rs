//! The file that says what a state folder is, and in which format.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{FolderFault, at, atomic, read_file};
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

/// Refuses a folder that is another's; marks an empty one as this program's.
pub(super) fn check_or_make(folder: &Path, account: &AccountId) -> Result<(), FolderFault> {
    let path = folder.join(NAME);
    if !path.exists() {
        return make(folder, &path, account);
    }
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

fn make(folder: &Path, path: &Path, account: &AccountId) -> Result<(), FolderFault> {
    let listing = fs::read_dir(folder).map_err(at(folder))?;
    for entry in listing {
        let name = entry.map_err(at(folder))?.file_name();
        // The lock was made just now, or by a process that ended before this.
        if name != "lock" && !atomic::is_leftover(Path::new(&name)) {
            return Err(FolderFault::NotAStateFolder {
                path: folder.to_owned(),
            });
        }
    }
    let head = Head {
        format: FORMAT,
        account: Some(account.clone()),
    };
    let bytes = serde_json::to_vec(&head).map_err(|error| at(path)(error.into()))?;
    atomic::replace(folder, NAME, &bytes).map_err(at(path))
}
