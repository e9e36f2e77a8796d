//! From one file to the next.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use tracing::error;

use super::{Journal, Now, SEALED_AFTER};
use crate::checkpoint::Reason;
use crate::files::{delete_oldest, rename, rotated};
use crate::output::Output;

/// After a failure, rotation is tried again after this time.
const ROTATION_RETRY: Duration = Duration::from_mins(1);

impl Journal {
    /// Goes on in another file, if this one is full or was renamed. Everything is
    /// written before.
    pub(crate) fn rotate_if_due(&mut self, reopen: bool, now: Now) -> io::Result<()> {
        let Some(path) = self.path.clone() else {
            return Ok(());
        };
        if self.rotates_again.is_some_and(|again| now.steady < again) && !reopen {
            return Ok(());
        }
        let too_long = self
            .rotation
            .size
            .is_some_and(|size| self.output.length() >= size);
        let too_old = self.full_at.is_some_and(|at| now.steady >= at);
        let looks = reopen || now.steady >= self.looks_again;
        if looks {
            self.looks_again = now.steady + SEALED_AFTER;
            if let Some(damage) = self.output.damage() {
                error!("the audit file {}: {damage}", path.display());
            }
        }
        let moved = looks && self.output.was_moved(&path);
        if !moved && !too_long && !too_old {
            return Ok(());
        }
        if !moved && self.is_file_empty() {
            self.full_at = self.fresh_file_is_full_at(now);
            return Ok(());
        }
        self.seal(Reason::Rotated, now)?;
        self.output.flush()?;
        // The state will name a checkpoint of the next file, which says nothing of
        // whether this one is on the disk.
        self.output.file().sync_data()?;
        if let Err(cause) = self.go_on(&path, moved, now) {
            error!(error = %cause, "the audit log goes on in the same file");
            self.rotates_again = Some(now.steady + ROTATION_RETRY);
            return Ok(());
        }
        self.rotates_again = None;
        self.seal(Reason::Continued, now)?;
        self.output.flush()
    }

    /// Nothing happened since the file was begun: another one would be as empty.
    fn is_file_empty(&self) -> bool {
        let last = self.chain.last().map(|last| last.reason);
        self.chain.unsealed() == 0 && last == Some(Reason::Continued)
    }

    fn fresh_file_is_full_at(&self, now: Now) -> Option<Instant> {
        let age = self.rotation.age;
        age.and_then(|age| now.steady.checked_add(age))
    }

    fn go_on(&mut self, path: &Path, moved: bool, now: Now) -> io::Result<()> {
        if !moved {
            rename(path, &rotated(path, now.wall, self.chain.seq()))?;
        }
        let output = Output::open(path)?;
        if output.length() != 0 {
            return Err(io::Error::other(
                "there is a file of that name which is not empty",
            ));
        }
        self.output = output;
        self.full_at = self.fresh_file_is_full_at(now);
        if let Some(keep) = self.rotation.keep
            && let Err(cause) = delete_oldest(path, keep)
        {
            error!(error = %cause, "old audit files are not deleted");
        }
        Ok(())
    }
}
