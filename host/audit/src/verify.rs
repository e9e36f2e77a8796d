//! Reads a log and says what was done to it.
//!
//! It needs no key: every checkpoint names the next one's. It sees every change of a
//! line that a checkpoint seals, lines and files that are missing, twice or in another
//! order, and lines that were signed with a key of another time.
//!
//! What it cannot see depends on what it is given to compare with:
//!
//! - Without a state file: lines that are missing at the end.
//! - Without a head that was kept elsewhere: a log that was put back to an earlier time
//!   together with its state file, and what was written anew since the state file was
//!   stolen.
//! - Without a head and without the first key: a log that was made anew as a whole.
//! - With all of them: changes of lines that no checkpoint has sealed yet. That is a
//!   second at most while the process runs. After a crash it lasts until the next start,
//!   whose first line says how many these were.

mod order;
mod report;
mod walk;

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

pub use report::{Finding, Note, Problem, Report};

use crate::files::siblings;
use crate::head::Head;
use crate::key::PublicKey;
use crate::state::{self, Found};
use walk::Walk;

/// What a log is compared with.
#[derive(Debug, Clone, Default)]
pub struct Expectation {
    /// A head that was kept elsewhere.
    pub head: Option<Head>,
    /// The key of the chain's first checkpoint. With it, the files must have the
    /// beginning of the chain.
    pub first_key: Option<PublicKey>,
    /// The state file.
    pub state: Option<PathBuf>,
    /// Chains that begin anew are expected, as on standard output, where each process
    /// begins one.
    pub many_chains: bool,
}

/// Verifies the log at this path with the files that were rotated from it, and with its
/// state file if `expectation` names none.
pub fn log(path: &Path, mut expectation: Expectation) -> io::Result<Report> {
    let state = || state::path_for(path);
    expectation.state.get_or_insert_with(state);
    let mut paths = files_of(path)?;
    loop {
        let report = files(&paths, &expectation);
        let now = files_of(path)?;
        if now == paths || report.as_ref().is_ok_and(Report::is_ok) {
            return report;
        }
        // The log is in use, and went on in another file.
        paths = now;
    }
}

fn files_of(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = siblings(path)?;
    if path.try_exists()? {
        paths.push(path.to_owned());
    }
    paths.sort();
    Ok(paths)
}

/// Verifies the files of one log, in whatever order they are named. An error is one of
/// reading them.
pub fn files(paths: &[PathBuf], expectation: &Expectation) -> io::Result<Report> {
    let mut report = Report::default();
    let mut kept = None;
    if let Some(path) = &expectation.state {
        match state::read(path)? {
            Found::State(state) => kept = Some(state.checkpoint),
            Found::Nothing => report.find(path, 0, Problem::NoState),
            Found::Damaged => report.find(path, 0, Problem::BadState),
        }
    } else {
        report.notes.push(Note::NoState);
    }
    if expectation.head.is_none() {
        report.notes.push(Note::NoHead);
    }
    let mut files = order::Files::look_at(paths)?;
    let mut walk = Walk::new(expectation, kept, report);
    let mut line = Vec::new();
    while let Some(path) = files.next(walk.last()) {
        let mut reader = BufReader::new(File::open(&path)?);
        walk.begin_file(&path);
        loop {
            let read = crate::lines::read_line(&mut reader, &mut line, |part| walk.surplus(part))?;
            let Some(read) = read else { break };
            walk.line(&line, read.too_long);
        }
    }
    Ok(walk.end())
}

/// Whether these bytes are a state file. For tests that feed it whatever bytes.
pub fn is_state_file(text: &[u8]) -> bool {
    state::State::parse(text).is_some()
}
