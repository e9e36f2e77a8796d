//! One process at a time uses a folder.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::{FolderFault, at, atomic};

pub(super) const NAME: &str = "lock";

/// The lock on a folder, which ends with this value.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Lock {
    pub(super) fn take(folder: &Path) -> Result<Self, FolderFault> {
        let path = folder.join(NAME);
        let file = atomic::open_private(&path).map_err(at(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(FolderFault::InUse {
                path: folder.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(at(&path)(source)),
        }
    }

    /// Fails when the file that is locked is no longer the one in the folder.
    pub(super) fn check(&self, folder: &Path) -> io::Result<()> {
        let (ours, there) = (self.0.metadata()?, fs::metadata(folder.join(NAME)));
        match there {
            Ok(there) if (there.dev(), there.ino()) == (ours.dev(), ours.ino()) => Ok(()),
            Ok(_) => Err(io::Error::other("its lock was replaced: start again")),
            Err(_) => Err(io::Error::other("its lock was removed: start again")),
        }
    }
}
