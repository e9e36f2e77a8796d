//! Whole logs, written without threads and with times of the tests' own.

mod crash;
mod rotation;
mod tampering;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use tempfile::TempDir;

use crate::checkpoint::Reason;
use crate::journal::{Journal, Now};
use crate::line::finish_into;
use crate::settings::{Rotation, Target};
use crate::state;
use crate::verify::{self, Expectation, Report};

/// A log in a folder of memory, where there is one: these tests sync often.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

fn log_in(folder: &TempDir) -> PathBuf {
    folder.path().join("audit.jsonl")
}

/// What a process does, step by step.
struct Process {
    path: PathBuf,
    journal: Journal,
    now: Now,
}

impl Process {
    fn start(path: &Path, rotation: Rotation, seconds: u64) -> Self {
        let now = Now {
            wall: SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds),
            steady: Instant::now(),
        };
        let target = Target::File(path.to_owned());
        let mut journal = Journal::open(&target, rotation, now).unwrap();
        let _ = journal.kept();
        Self {
            path: path.to_owned(),
            journal,
            now,
        }
    }

    /// Records in one group.
    fn records(&mut self, count: u64) {
        let mut lines = Vec::new();
        for seq in self.journal.seq() + 1..=self.journal.seq() + count {
            let opened = format!(
                "{{\"operation\":\"Decrypt\",\"status\":200,\"id\":\"{}\",\"seq\":",
                seq * 7919
            );
            finish_into(&mut lines, opened.as_bytes(), seq);
        }
        self.journal.take(&lines, count, self.now).unwrap();
        self.journal.flush().unwrap();
    }

    /// Two seconds pass: what is due is done, and the state kept.
    fn later(&mut self) {
        self.now.wall += Duration::from_secs(2);
        self.now.steady += Duration::from_secs(2);
        if self.journal.is_seal_due(self.now) {
            self.journal.seal(Reason::Sealed, self.now).unwrap();
            self.journal.flush().unwrap();
        }
        self.journal.rotate_if_due(false, self.now).unwrap();
        self.keep();
    }

    fn keep(&mut self) {
        let state = self.journal.kept().and_then(|kept| kept.state);
        if let Some(state) = state {
            state::replace(&state::path_for(&self.path), &state).unwrap();
        }
    }

    fn close(mut self) {
        self.journal.seal(Reason::Closed, self.now).unwrap();
        self.journal.flush().unwrap();
        self.keep();
    }
}

fn verified(path: &Path) -> Report {
    verify::log(path, Expectation::default()).unwrap()
}

/// The files of a log, in the order in which they were written.
fn files_of(path: &Path) -> Vec<PathBuf> {
    let mut files = crate::files::siblings(path).unwrap();
    files.sort();
    files.push(path.to_owned());
    files
}

fn copy_all(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
