//! Finds the end of a chain again: in the state file, and in the lines that the log
//! has after it.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::chain::Chain;
use crate::checkpoint::{After, BEGIN, Before, Checkpoint, Opening, Reason};
use crate::files::{first_checkpoint, siblings};
use crate::line::seq_of;
use crate::lines::read_line;
use crate::state::{Found, State};

/// A chain that can be continued, and what its next checkpoint has to say.
pub(crate) struct Recovered {
    pub(crate) chain: Chain,
    pub(crate) reason: Reason,
}

/// Of the log at `path`, which exists. Afterwards its last line has an end.
pub(crate) fn recover(path: &Path, found: Found) -> io::Result<Recovered> {
    let begin = |before| {
        end_last_line(path)?;
        Ok(Recovered {
            chain: Chain::begin().map_err(io::Error::other)?,
            reason: Reason::Begun(before),
        })
    };
    match found {
        Found::State(state) => continue_from(path, &state),
        Found::Damaged => begin(Before::BadState),
        Found::Nothing if path.metadata()?.len() == 0 && siblings(path)?.is_empty() => {
            begin(Before::Nothing)
        }
        Found::Nothing => begin(Before::NoState),
    }
}

fn continue_from(path: &Path, state: &State) -> io::Result<Recovered> {
    let mut unvisited = siblings(path)?;
    unvisited.push(path.to_owned());
    let mut walk = Walk {
        chain: state.chain().map_err(io::Error::other)?,
        found: 0,
        unfinished: false,
        altered: false,
    };
    let mut file = locate(path, &unvisited, state)?;
    let missing = file.is_none();
    let mut offset = state
        .offset
        .saturating_add(state.checkpoint.line().len() as u64 + 1);
    while let Some(current) = file {
        walk.file(&current, offset)?;
        unvisited.retain(|other| *other != current);
        offset = 0;
        file = if current == path {
            None
        } else {
            next_file(path, &unvisited, &walk.chain)?
        };
    }
    if unvisited.iter().any(|other| other == path) && end_last_line(path)? {
        // Lines of nobody knows whom are before those that will follow.
        walk.altered = true;
    }
    Ok(walk.end(missing))
}

/// The file that has the last checkpoint of the state, which is completed if need be.
fn locate(path: &Path, files: &[PathBuf], state: &State) -> io::Result<Option<PathBuf>> {
    let mut line = state.checkpoint.line();
    line.push(b'\n');
    for file in files.iter().rev() {
        let mut there = vec![0; line.len()];
        let read = File::open(file)?.read_exact_at(&mut there, state.offset);
        if read.is_ok() && there == line {
            return Ok(Some(file.clone()));
        }
    }
    // The first checkpoint of a chain is in the state file before it is in the log.
    let begins = matches!(state.checkpoint.reason, Reason::Begun(_));
    let log = File::open(path)?;
    let length = log.metadata()?.len();
    let Some(there) = length.checked_sub(state.offset) else {
        return Ok(None);
    };
    let (Ok(there), true) = (usize::try_from(there), begins) else {
        return Ok(None);
    };
    let mut start = vec![0; there.min(line.len())];
    log.read_exact_at(&mut start, state.offset)?;
    match line.strip_prefix(&*start) {
        Some(rest) if there < line.len() => {
            append(path)?.write_all(rest)?;
            Ok(Some(path.to_owned()))
        }
        _ => Ok(None),
    }
}

/// The file that begins with the next checkpoint of the chain, or was to.
fn next_file(path: &Path, files: &[PathBuf], chain: &Chain) -> io::Result<Option<PathBuf>> {
    for file in files {
        // The second line, if the first one was not finished.
        let first = first_checkpoint(file, 2)?;
        let is_next = |it: Checkpoint| it.epoch == chain.epoch() && it.key == chain.public();
        if first.is_some_and(is_next) {
            return Ok(Some(file.clone()));
        }
    }
    let mut log = BufReader::new(File::open(path)?);
    let begun = read_line(&mut log, &mut Vec::new(), |_| ())?;
    let unfinished = begun.is_some_and(|line| !line.ended);
    Ok((unfinished && files.iter().any(|file| file == path)).then(|| path.to_owned()))
}

/// Gives the last line an end; whether the file has any line.
fn end_last_line(path: &Path) -> io::Result<bool> {
    let log = File::open(path)?;
    let Some(last) = log.metadata()?.len().checked_sub(1) else {
        return Ok(false);
    };
    let mut byte = [0];
    log.read_exact_at(&mut byte, last)?;
    if byte != *b"\n" {
        append(path)?.write_all(b"\n")?;
    }
    Ok(true)
}

fn append(path: &Path) -> io::Result<File> {
    let flags = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or(0);
    OpenOptions::new()
        .append(true)
        .custom_flags(flags)
        .open(path)
}

/// What was read after the last checkpoint of the state.
struct Walk {
    chain: Chain,
    /// Records after the last checkpoint.
    found: u64,
    /// The last line was not finished.
    unfinished: bool,
    altered: bool,
}

impl Walk {
    fn file(&mut self, path: &Path, offset: u64) -> io::Result<()> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut reader = BufReader::new(file);
        let mut line = Vec::new();
        loop {
            let chain = &mut self.chain;
            let read = read_line(&mut reader, &mut line, |part| chain.lines(part, 0))?;
            let Some(read) = read else {
                return Ok(());
            };
            if !read.ended {
                append(path)?.write_all(b"\n")?;
                line.push(b'\n');
            }
            self.line(&line, read.too_long)?;
            if !read.ended {
                // What was appended just now would be read as a line of its own.
                return Ok(());
            }
        }
    }

    fn line(&mut self, line: &[u8], too_long: bool) -> io::Result<()> {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        if text.starts_with(BEGIN) {
            let checkpoint = Checkpoint::parse(text);
            let accepted = checkpoint
                .map(|found| self.chain.accept(&found))
                .transpose();
            if accepted.map_err(io::Error::other)? == Some(true) {
                self.found = 0;
                self.unfinished = false;
                return Ok(());
            }
            self.not_a_record(line);
        } else if !too_long && seq_of(text) == Some(self.chain.seq() + 1) {
            // After a line that was not finished there is a checkpoint.
            self.altered |= self.unfinished;
            self.found += 1;
            self.chain.lines(line, 1);
        } else {
            self.not_a_record(line);
        }
        Ok(())
    }

    fn not_a_record(&mut self, line: &[u8]) {
        self.altered |= self.unfinished;
        self.unfinished = true;
        self.chain.lines(line, 0);
    }

    fn end(self, missing: bool) -> Recovered {
        let closed = self
            .chain
            .last()
            .is_some_and(|last| last.reason == Reason::Closed);
        let more = self.found > 0 || self.unfinished;
        let after = match (missing, self.altered, closed) {
            (true, ..) => After::Missing,
            (_, true, _) => After::Altered,
            // Nobody writes records after the end.
            (_, _, true) if more => After::Altered,
            (_, _, true) => After::Closed,
            _ => After::Crash,
        };
        let reason = Reason::Opened(Opening {
            after,
            found: self.found,
            unfinished: self.unfinished,
            // Known to the one who writes the line.
            at: 0,
        });
        Recovered {
            chain: self.chain,
            reason,
        }
    }
}
