//! The order of files. Their names do not decide: other programs rename them.

use std::io;
use std::path::PathBuf;

use crate::checkpoint::Checkpoint;
use crate::files::first_checkpoint;

/// Files that are not read yet, with their first checkpoints.
pub(super) struct Files(Vec<(PathBuf, Option<Checkpoint>)>);

impl Files {
    pub(super) fn look_at(paths: &[PathBuf]) -> io::Result<Self> {
        let files = paths.iter().map(|path| {
            let first = first_checkpoint(path, usize::MAX)?;
            Ok((path.clone(), first))
        });
        files.collect::<io::Result<_>>().map(Self)
    }

    /// The file that goes on after this checkpoint; or else, of the files that are left,
    /// the one that is earliest in its chain. Files without a checkpoint come last.
    pub(super) fn next(&mut self, last: Option<&Checkpoint>) -> Option<PathBuf> {
        let goes_on = |first: &Checkpoint| last.is_some_and(|last| last.next == first.key);
        let earliest = self.0.iter().enumerate().min_by_key(|(_, (path, first))| {
            let first = first.as_ref();
            let follows = first.is_some_and(goes_on);
            let place = first.map_or((u64::MAX, None), |it| (it.epoch, Some(it.time)));
            (!follows, place, path.clone())
        });
        let (at, _) = earliest?;
        Some(self.0.swap_remove(at).0)
    }
}
