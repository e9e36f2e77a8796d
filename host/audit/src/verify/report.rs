//! What was found, in words.

use std::fmt;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::checkpoint::Before;
use crate::head::Head;
use crate::key::PublicKey;

/// Findings that are kept. The others are counted.
const FINDINGS: usize = 1000;

/// What was read, and what was found.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// What was done to the log. There is none if nothing was.
    pub findings: Vec<Finding>,
    /// Further ones.
    pub more_findings: u64,
    /// What is in order and ought to be known.
    pub notes: Vec<Note>,
    /// Records that were read.
    pub records: u64,
    /// Checkpoints that were read.
    pub checkpoints: u64,
    /// The key of the first checkpoint of the chain, if its beginning was read.
    pub first_key: Option<PublicKey>,
    /// Of the last checkpoint: what the next verification may be given.
    pub head: Option<Head>,
}

/// Something that was done to the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// In this file.
    pub file: PathBuf,
    /// In this line, counted from 1; 0 for the file as a whole.
    pub line: u64,
    /// What it is.
    pub problem: Problem,
}

/// What was done to a log.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// A hash is another one.
    #[error("lines between {from_file}:{from_line} and this checkpoint were changed")]
    Changed {
        /// The last checkpoint before.
        from_file: PathBuf,
        /// Its line.
        from_line: u64,
    },
    /// A number does not follow the one before.
    #[error("record {found} follows record {last}: records were deleted, inserted or moved")]
    Sequence {
        /// The record before.
        last: u64,
        /// This one.
        found: u64,
    },
    /// It is neither a record nor a checkpoint.
    #[error("the line is neither a record nor a checkpoint")]
    NoRecord,
    /// A line without its end, and not at the end of all.
    #[error("the end of the line is missing: the file was cut")]
    Unended,
    /// A checkpoint whose signature is not of its key.
    #[error("the checkpoint was changed: its signature is wrong")]
    Signature,
    /// A checkpoint of a key that the one before has not announced.
    #[error(
        "the checkpoint is signed with another key than the checkpoint before announced: it was written anew"
    )]
    Key,
    /// A checkpoint that was there before, or belongs earlier.
    #[error(
        "checkpoint {found} follows checkpoint {last}: lines or files are there twice or moved"
    )]
    Repeated {
        /// Of the checkpoint before.
        last: u64,
        /// Of this one.
        found: u64,
    },
    /// Checkpoints are missing.
    #[error(
        "checkpoint {found} follows checkpoint {last}: the lines between them are missing, records {first_record} to {last_record} among them"
    )]
    Missing {
        /// Of the checkpoint before.
        last: u64,
        /// Of this one.
        found: u64,
        /// The first record that may be missing.
        first_record: u64,
        /// The last one.
        last_record: u64,
    },
    /// Lines before the first checkpoint of all.
    #[error("{lines} lines before this checkpoint belong to no chain")]
    Unchained {
        /// So many.
        lines: u64,
    },
    /// The first checkpoint of all is one that is never the first of a file.
    #[error("the file does not begin with this checkpoint: what was before it is missing")]
    BeginningCut,
    /// A chain begins with another key than was expected.
    #[error("the chain begins with the key {0}, not with the one that was expected")]
    OtherChain(PublicKey),
    /// The beginning of the chain was expected.
    #[error("the beginning of the chain is missing: this is checkpoint {0}")]
    BeginningMissing(u64),
    /// Another chain begins.
    #[error("a new chain begins here ({})", before(*.0))]
    NewChain(Before),
    /// The first chain begins where there was one before.
    #[error("a new chain begins here although there was a log before ({})", before(*.0))]
    BegunAnew(Before),
    /// The next process found lines that none has written.
    #[error("when the process began, lines before this one were not those of a process")]
    FoundAltered,
    /// Lines after the end of a process.
    #[error("lines follow although the process had ended")]
    AfterTheEnd,
    /// The last checkpoint of the state file is in no file.
    #[error(
        "checkpoint {epoch} with records up to {seq} is missing: the end of the log was cut, or a file is missing"
    )]
    EndMissing {
        /// Of the checkpoint.
        epoch: u64,
        /// The last record that it seals.
        seq: u64,
    },
    /// The head is in no file.
    #[error(
        "the head of checkpoint {epoch} with records up to {seq} is not in these files: lines are missing, or were written anew"
    )]
    HeadMissing {
        /// Of the head.
        epoch: u64,
        /// The last record that it seals.
        seq: u64,
    },
    /// There is no state file.
    #[error("the state file is missing")]
    NoState,
    /// It is none.
    #[error("the state file is damaged")]
    BadState,
    /// No checkpoint was found.
    #[error("no checkpoint was found")]
    NoChain,
}

fn before(before: Before) -> &'static str {
    match before {
        Before::Nothing => "the process found no log",
        Before::NoState => "the state file was missing",
        Before::BadState => "the state file was damaged",
    }
}

/// Something that is in order and ought to be known.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Note {
    /// The last records are not sealed.
    #[error(
        "{0} records at the end are not sealed by a checkpoint yet: changes of them would not be found"
    )]
    Unsealed(u64),
    /// The last line is not finished.
    #[error("{file}:{line}: the process ended while it wrote this line")]
    Unfinished {
        /// The file.
        file: PathBuf,
        /// The line.
        line: u64,
    },
    /// Records that were sealed after a crash.
    #[error(
        "{file}:{line}: after a crash, the {found} records before this line were sealed only by the next process"
    )]
    SealedLate {
        /// The file.
        file: PathBuf,
        /// Of the checkpoint.
        line: u64,
        /// So many.
        found: u64,
    },
    /// A process did not find the last file.
    #[error("{file}:{line}: when the process began, the file before this one was not in its place")]
    FileWasMoved {
        /// The file.
        file: PathBuf,
        /// Of the checkpoint.
        line: u64,
    },
    /// Records were not kept.
    #[error("{file}:{line}: before this line, {lost} records could not be written and are lost")]
    Lost {
        /// The file.
        file: PathBuf,
        /// Of the checkpoint.
        line: u64,
        /// So many.
        lost: u64,
    },
    /// A chain begins as expected.
    #[error("{file}:{line}: a new chain begins")]
    NewChain {
        /// The file.
        file: PathBuf,
        /// Of the checkpoint.
        line: u64,
    },
    /// The beginning of the chain is not in the files.
    #[error("the files begin with checkpoint {0} of their chain; what was before it was not read")]
    BeginsLater(u64),
    /// There was no state file to compare with.
    #[error("not checked, without a state file: whether lines are missing at the end")]
    NoState,
    /// There was no head to compare with.
    #[error(
        "not checked, without a head from elsewhere: whether the log was put back to an earlier time with its state file, made anew as a whole, or written anew since the state file was stolen"
    )]
    NoHead,
}

impl Report {
    /// Whether nothing was done to the log.
    pub fn is_ok(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn find(&mut self, file: &Path, line: u64, problem: Problem) {
        if self.findings.len() < FINDINGS {
            self.findings.push(Finding {
                file: file.to_owned(),
                line,
                problem,
            });
        } else {
            self.more_findings += 1;
        }
    }

    pub(super) fn note(&mut self, note: Note) {
        if self.notes.len() < FINDINGS {
            self.notes.push(note);
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            problem,
        } = self;
        write!(formatter, "{}:{line}: {problem}", file.display())
    }
}

/// Findings, notes, and at last the head.
impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(formatter, "FOUND {finding}")?;
        }
        if self.more_findings > 0 {
            writeln!(formatter, "FOUND {} more", self.more_findings)?;
        }
        for note in &self.notes {
            writeln!(formatter, "note: {note}")?;
        }
        let Self {
            records,
            checkpoints,
            ..
        } = self;
        let result = if self.is_ok() { "ok" } else { "NOT ok" };
        writeln!(
            formatter,
            "{result}: {records} records, {checkpoints} checkpoints"
        )?;
        if let Some(key) = self.first_key {
            writeln!(formatter, "first key: {key}")?;
        }
        match &self.head {
            Some(head) => writeln!(formatter, "head: {head}"),
            None => Ok(()),
        }
    }
}
