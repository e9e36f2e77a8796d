//! Files are looked at, and a change of one has the configuration taken up again.
//!
//! Looked at, not waited for: a look works on every file system, sees what is behind
//! symbolic links (Kubernetes swaps one of a directory), and costs some microseconds a
//! second.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;

use super::reload::{Cause, Reloader};

/// From one look to the next. A change is taken up when two looks in a row have seen the
/// same: whoever replaces certificate and key, or writes a file piece by piece, has
/// ended then.
const LOOK: Duration = Duration::from_secs(1);

/// What a look saw of each file.
pub(super) type Seen = BTreeMap<PathBuf, Option<Identity>>;

/// Two files that agree in this have the same contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    place: (u64, u64),
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// Decides from looks when something is to be taken up.
struct Changes {
    /// When the configuration was last taken up, or was tried to be.
    tried: Seen,
    before: Option<Seen>,
}

impl Changes {
    fn since(tried: Seen) -> Self {
        Self {
            tried,
            before: None,
        }
    }

    /// Whether to take up what this look saw.
    fn see(&mut self, now: Seen) -> bool {
        let settled = self.before.as_ref() == Some(&now);
        let changed = self.tried != now;
        if settled && changed {
            self.tried.clone_from(&now);
        }
        self.before = Some(now);
        settled && changed
    }

    /// Other files are watched from now on; what was known of the others stays.
    fn rename(&mut self, now: Seen) {
        let known = |(file, seen): (PathBuf, _)| {
            let seen = self.tried.get(&file).copied().unwrap_or(seen);
            (file, seen)
        };
        self.tried = now.into_iter().map(known).collect();
        self.before = None;
    }
}

/// Looks for as long as the host lives.
///
/// `at_start` was seen before the files were read for the first time.
pub(super) async fn watch(reloader: Arc<Reloader>, at_start: Seen) {
    let mut changes = Changes::since(at_start);
    let mut looks = tokio::time::interval(LOOK);
    loop {
        looks.tick().await;
        let Some(seen) = look_again(&reloader).await else {
            continue;
        };
        // While it is switched off changes are noted, and not made up for later.
        if !reloader.live.watches_files() {
            changes = Changes::since(seen);
        } else if changes.see(seen) {
            let _ = reloader.reload(Cause::File).await;
            // The files of another configuration are others.
            if let Some(seen) = look_again(&reloader).await {
                changes.rename(seen);
            }
        }
    }
}

async fn look_again(reloader: &Reloader) -> Option<Seen> {
    let mut files = reloader.live.files();
    files.push(reloader.file().to_owned());
    spawn_blocking(move || look(files)).await.ok()
}

/// What there is now. A thread that may wait calls it.
pub(super) fn look(files: Vec<PathBuf>) -> Seen {
    let seen = files.into_iter().map(|file| {
        let identity = fs::metadata(&file).ok().map(|metadata| Identity {
            place: (metadata.dev(), metadata.ino()),
            bytes: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        });
        (file, identity)
    });
    seen.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(bytes: u64) -> Seen {
        let identity = Identity {
            place: (1, 1),
            bytes,
            modified: (0, 0),
            changed: (0, 0),
        };
        BTreeMap::from([("file".into(), Some(identity))])
    }

    #[test]
    fn flt_71_a_change_is_taken_up_once_and_when_it_has_settled() {
        let mut changes = Changes::since(seen(1));
        assert!(!changes.see(seen(1)));
        assert!(!changes.see(seen(1)));
        assert!(!changes.see(seen(2)), "perhaps half of it");
        assert!(!changes.see(seen(3)));
        assert!(changes.see(seen(3)));
        assert!(!changes.see(seen(3)), "good or not: it was tried");
        assert!(!changes.see(seen(1)));
        assert!(changes.see(seen(1)), "back again is a change");
    }

    #[test]
    fn flt_71_a_change_that_came_during_the_taking_up_is_seen() {
        let mut changes = Changes::since(seen(1));
        changes.see(seen(2));
        assert!(changes.see(seen(2)));
        let mut more = seen(3);
        more.insert("another".into(), None);
        changes.rename(more.clone());
        assert!(!changes.see(more.clone()));
        assert!(changes.see(more));
    }

    #[test]
    fn flt_71_a_symbolic_link_that_is_swapped_is_a_change() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for version in ["1", "2"] {
            fs::create_dir(at(version)).unwrap();
            fs::write(at(version).join("server.pem"), "the same").unwrap();
        }
        std::os::unix::fs::symlink("1", at("current")).unwrap();
        let file = at("current/server.pem");
        let before = look(vec![file.clone()]);
        std::os::unix::fs::symlink("2", at("next")).unwrap();
        fs::rename(at("next"), at("current")).unwrap();
        assert_ne!(look(vec![file]), before);
    }
}
