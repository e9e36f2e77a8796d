//! Files that only the operator may read (XKS-128).

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use super::CommandFailure;

/// Writes a new file of mode 0600; never overwrites one.
pub(super) fn create(path: &Path, content: &[u8]) -> Result<(), CommandFailure> {
    create_with_mode(path, content, 0o600)
}

/// Writes a new file that everybody may read; never overwrites one.
pub(super) fn create_public(path: &Path, content: &[u8]) -> Result<(), CommandFailure> {
    create_with_mode(path, content, 0o644)
}

/// Makes a directory of mode 0700, or leaves the one that is there.
pub(super) fn directory(path: &Path) -> Result<(), CommandFailure> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| CommandFailure::File {
            path: path.to_owned(),
            source,
        })
}

fn create_with_mode(path: &Path, content: &[u8], mode: u32) -> Result<(), CommandFailure> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
        .map_err(|source| CommandFailure::File {
            path: path.to_owned(),
            source,
        })
}
