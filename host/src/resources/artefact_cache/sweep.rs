//! What goes from the cache: artefacts of components and compilers that nobody has
//! used for long, and what was half written when a process ended.

use std::cmp::Reverse;
use std::time::{Duration, SystemTime};

use tracing::debug;

use super::folder::Folder;

/// How the name of an artefact ends.
pub(super) const ARTEFACT: &str = ".cwasm";

/// What stands in the name of a file that is being written.
pub(super) const PARTIAL: &str = ".partial-";

/// An artefact goes when it was not used for this long. Hosts of other versions may
/// share the folder, and start now and then.
const UNUSED: Duration = Duration::from_hours(30 * 24);

/// Writing a file takes less than this.
const WRITTEN: Duration = Duration::from_hours(1);

/// Artefacts that stay at the most: those that were used last.
const MOST: usize = 256;

/// Removes them. Nobody misses what cannot be removed.
pub(super) fn sweep(folder: &Folder, now: SystemTime) {
    let files = match folder.list() {
        Ok(files) => files,
        Err(error) => {
            debug!(%error, "the plugin cache cannot be listed");
            return;
        }
    };
    let mut artefacts = Vec::new();
    for (name, stat) in &files {
        let seconds = u64::try_from(stat.st_mtime).unwrap_or(0);
        let used = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        // The clock may have been set back since.
        let idle = now.duration_since(used).unwrap_or_default();
        if name.contains(PARTIAL) {
            if idle > WRITTEN {
                let _ = folder.remove(name);
            }
        } else if name.ends_with(ARTEFACT) {
            artefacts.push((Reverse(idle), name));
        }
    }
    artefacts.sort();
    let surplus = artefacts.len().saturating_sub(MOST);
    for (place, (Reverse(idle), name)) in artefacts.iter().enumerate() {
        if place < surplus || *idle > UNUSED {
            debug!(
                file = name,
                "an artefact that was not used for long is removed"
            );
            let _ = folder.remove(name);
        }
    }
}
