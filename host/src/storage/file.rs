//! Whether the file at the storage's path is still the one that was opened.
//!
//! Only `stat` is called: closing a descriptor of the file would release the locks
//! that SQLite holds in this process.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// What was done to a storage by something else than Claviger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum Alteration {
    /// The path names nothing.
    #[error("its file is gone")]
    Gone,
    /// The path, or that of the write-ahead log, names another file.
    #[error("its file, or the -wal file beside it, was replaced")]
    Replaced,
    /// It is a storage, and not this one.
    #[error("its file is that of another storage")]
    AnotherStorage,
    /// Its revision, or a counter, is lower than it was.
    #[error("its file is older than it was: a copy was put back")]
    Older,
    /// Rows were changed, put back or removed.
    #[error("rows of its file were changed, put back or removed by something else than Claviger")]
    Rows,
}

/// The file as it was last seen.
#[derive(Clone, Debug)]
pub(super) struct WatchedFile {
    path: PathBuf,
    wal: PathBuf,
    identity: Identity,
    wal_identity: Option<Identity>,
    stamp: Stamp,
}

/// Which file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

/// Changes when somebody writes to the file itself: SQLite, when it moves the
/// write-ahead log into it, or another program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    length: u64,
    seconds: i64,
    nanoseconds: i64,
}

impl WatchedFile {
    /// The file at this path, before it is opened.
    pub(super) fn find(path: &Path) -> io::Result<Self> {
        let mut wal = OsString::from(path);
        wal.push("-wal");
        let (identity, stamp) = look_at(path)?;
        Ok(Self {
            path: path.to_owned(),
            wal: wal.into(),
            identity,
            wal_identity: None,
            stamp,
        })
    }

    /// The file has been opened and read, so SQLite has made the write-ahead log.
    pub(super) fn opened(&mut self) -> Result<(), Alteration> {
        self.wal_identity = look_at(&self.wal).ok().map(|(identity, _)| identity);
        self.look().map(|_| ())
    }

    /// Whether it was written to since the last look.
    pub(super) fn look(&mut self) -> Result<bool, Alteration> {
        let (identity, stamp) = look_at(&self.path).map_err(|_| Alteration::Gone)?;
        let wal = look_at(&self.wal).ok().map(|(identity, _)| identity);
        if identity != self.identity || wal != self.wal_identity {
            return Err(Alteration::Replaced);
        }
        let touched = stamp != self.stamp;
        self.stamp = stamp;
        Ok(touched)
    }

    /// Whether the path still names it.
    pub(super) fn is_in_place(&self) -> bool {
        self.clone().look().is_ok()
    }
}

fn look_at(path: &Path) -> io::Result<(Identity, Stamp)> {
    let metadata = fs::metadata(path)?;
    let identity = Identity {
        device: metadata.dev(),
        inode: metadata.ino(),
    };
    let stamp = Stamp {
        length: metadata.len(),
        seconds: metadata.mtime(),
        nanoseconds: metadata.mtime_nsec(),
    };
    Ok((identity, stamp))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flt_32_another_file_at_the_path_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, "1").unwrap();
        let mut watched = WatchedFile::find(&path).unwrap();
        assert_eq!(watched.opened(), Ok(()));
        assert_eq!(watched.look(), Ok(false));
        fs::write(&path, "12").unwrap();
        assert_eq!(watched.look(), Ok(true));
        let other = directory.path().join("other");
        fs::rename(&path, &other).unwrap();
        assert_eq!(watched.look(), Err(Alteration::Gone));
        fs::write(&path, "12").unwrap();
        assert_eq!(watched.look(), Err(Alteration::Replaced));
        fs::rename(&other, &path).unwrap();
        assert_eq!(watched.look(), Ok(false));
        fs::write(directory.path().join("file-wal"), "").unwrap();
        assert!(!watched.is_in_place());
    }
}
