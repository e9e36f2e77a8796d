//! Through the lines of a log, one after the other.

use std::path::{Path, PathBuf};

use super::Expectation;
use super::report::{Note, Problem, Report};
use crate::chain::Running;
use crate::checkpoint::{After, BEGIN, Before, Checkpoint, Reason};
use crate::head::Head;
use crate::line::seq_of;

/// A line of a file.
#[derive(Clone, Default)]
struct Place {
    file: PathBuf,
    line: u64,
    /// Where it begins, in bytes.
    offset: u64,
}

pub(super) struct Walk<'e> {
    expectation: &'e Expectation,
    /// The last checkpoint of the state file, until it is found.
    kept: Option<Checkpoint>,
    head: Option<&'e Head>,
    report: Report,
    place: Place,
    /// Where the next line begins, in bytes.
    offset: u64,
    last: Option<Checkpoint>,
    last_place: Place,
    running: Running,
    seq: u64,
    /// Records since the last checkpoint.
    unsealed: u64,
    /// Lines before the first checkpoint.
    unchained: u64,
    /// Something was found since the last checkpoint: what follows from it is not found
    /// again.
    found: bool,
    /// The last line has no end: it is the last of all, or its file was cut.
    unended: Option<Place>,
    /// The line before was none of ours. That is right before one checkpoint.
    unfinished: Option<Place>,
}

impl<'e> Walk<'e> {
    pub(super) fn new(
        expectation: &'e Expectation,
        kept: Option<Checkpoint>,
        report: Report,
    ) -> Self {
        Self {
            expectation,
            kept,
            head: expectation.head.as_ref(),
            report,
            place: Place::default(),
            offset: 0,
            last: None,
            last_place: Place::default(),
            running: Running::begin(),
            seq: 0,
            unsealed: 0,
            unchained: 0,
            found: false,
            unended: None,
            unfinished: None,
        }
    }

    pub(super) fn last(&self) -> Option<&Checkpoint> {
        self.last.as_ref()
    }

    pub(super) fn begin_file(&mut self, path: &Path) {
        self.place = Place {
            file: path.to_owned(),
            ..Place::default()
        };
        self.offset = 0;
    }

    /// The beginning of a line that is too long.
    pub(super) fn surplus(&mut self, bytes: &[u8]) {
        self.running.update(bytes);
        self.offset += bytes.len() as u64;
    }

    pub(super) fn line(&mut self, line: &[u8], too_long: bool) {
        if let Some(Place { file, line, .. }) = self.unended.take() {
            self.found = true;
            self.report.find(&file, line, Problem::Unended);
        }
        self.place.line += 1;
        self.place.offset = self.offset;
        self.offset += line.len() as u64;
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        self.unended = (text.len() == line.len()).then(|| self.place.clone());
        let checkpoint = text
            .starts_with(BEGIN)
            .then(|| Checkpoint::parse(text))
            .flatten();
        if let Some(checkpoint) = checkpoint.filter(|_| !too_long) {
            self.report.checkpoints += 1;
            if !checkpoint.is_signed() {
                self.find(Problem::Signature);
            } else if self.follows(&checkpoint) {
                return self.adopt(checkpoint);
            }
        } else if let Some(seq) = seq_of(text).filter(|_| !too_long) {
            self.record(seq);
        } else {
            self.neither();
            self.unfinished = Some(self.place.clone());
        }
        self.running.update(line);
    }

    fn record(&mut self, seq: u64) {
        self.report.records += 1;
        self.neither();
        if self.last.is_none() {
            return;
        }
        if seq != self.seq.saturating_add(1) {
            self.find(Problem::Sequence {
                last: self.seq,
                found: seq,
            });
        }
        self.seq = seq;
        self.unsealed += 1;
    }

    /// No checkpoint.
    fn neither(&mut self) {
        self.judge_unfinished(false);
        match &self.last {
            None => self.unchained += 1,
            Some(last) if last.reason == Reason::Closed && self.unsealed == 0 && !self.found => {
                self.find(Problem::AfterTheEnd);
            }
            Some(_) => {}
        }
    }

    /// A line that is none is right where a process ended while it wrote: the next one
    /// says so.
    fn judge_unfinished(&mut self, expected: bool) {
        let Some(Place { file, line, .. }) = self.unfinished.take() else {
            return;
        };
        if expected {
            self.report.note(Note::Unfinished { file, line });
        } else if self.last.is_some() {
            self.found = true;
            self.report.find(&file, line, Problem::NoRecord);
        }
    }

    /// Whether the chain goes on with this checkpoint.
    fn follows(&mut self, checkpoint: &Checkpoint) -> bool {
        let expected = matches!(checkpoint.reason, Reason::Opened(it) if it.unfinished);
        self.judge_unfinished(expected);
        let Some(last) = self.last.clone() else {
            self.first(checkpoint);
            return true;
        };
        let Checkpoint { epoch, seq, .. } = *checkpoint;
        if let Reason::Begun(before) = checkpoint.reason {
            self.another_chain(before);
        } else if epoch <= last.epoch {
            self.find(Problem::Repeated {
                last: last.epoch,
                found: epoch,
            });
            return false;
        } else if epoch > last.epoch + 1 {
            // A checkpoint that was changed is missing as well, and was found before.
            if !self.found {
                self.find(Problem::Missing {
                    last: last.epoch,
                    found: epoch,
                    first_record: self.seq.saturating_add(1),
                    last_record: seq,
                });
            }
        } else if checkpoint.key != last.next {
            self.find(Problem::Key);
            return false;
        } else if !self.found && (checkpoint.hash != self.running.hash() || seq != self.seq) {
            self.find(Problem::Changed {
                from_file: self.last_place.file.clone(),
                from_line: self.last_place.line,
            });
        }
        true
    }

    /// The first checkpoint of all.
    fn first(&mut self, checkpoint: &Checkpoint) {
        if self.unchained > 0 {
            self.find(Problem::Unchained {
                lines: self.unchained,
            });
        }
        let expected = self.expectation.first_key;
        match checkpoint.reason {
            Reason::Begun(before) => {
                self.report.first_key = Some(checkpoint.key);
                if expected.is_some_and(|key| key != checkpoint.key) {
                    self.find(Problem::OtherChain(checkpoint.key));
                }
                if before != Before::Nothing {
                    self.find(Problem::BegunAnew(before));
                }
                return;
            }
            Reason::Continued => {}
            Reason::Opened(opening) if opening.at == self.place.offset => {}
            _ if self.unchained > 0 => {}
            _ => self.find(Problem::BeginningCut),
        }
        if expected.is_some() {
            self.find(Problem::BeginningMissing(checkpoint.epoch));
        } else {
            self.report.note(Note::BeginsLater(checkpoint.epoch));
        }
    }

    fn another_chain(&mut self, before: Before) {
        if !self.expectation.many_chains {
            return self.find(Problem::NewChain(before));
        }
        let Place { file, line, .. } = self.place.clone();
        self.report.note(Note::NewChain { file, line });
        // The end of the chain before is not sealed.
        self.note_unsealed();
    }

    fn adopt(&mut self, checkpoint: Checkpoint) {
        let Place { file, line, .. } = self.place.clone();
        if checkpoint.lost > 0 {
            let (file, lost) = (file.clone(), checkpoint.lost);
            self.report.note(Note::Lost { file, line, lost });
        }
        if let Reason::Opened(opening) = checkpoint.reason {
            let found = opening.found;
            match opening.after {
                After::Closed => {}
                After::Missing => self.report.note(Note::FileWasMoved { file, line }),
                After::Altered => self.find(Problem::FoundAltered),
                After::Crash if found == 0 => {}
                After::Crash => self.report.note(Note::SealedLate { file, line, found }),
            }
        }
        if self.kept.as_ref() == Some(&checkpoint) {
            self.kept = None;
            // Only the first checkpoint is in the state before it is in the log.
            let begins = matches!(checkpoint.reason, Reason::Begun(_));
            if self.unended.is_some() && !begins {
                self.find(Problem::Unended);
            }
        }
        let head = Head::of(&checkpoint);
        if self.head == Some(&head) {
            self.head = None;
        }
        self.report.head = Some(head);
        self.running = Running::after(&checkpoint);
        self.seq = checkpoint.seq;
        self.unsealed = 0;
        self.found = false;
        self.last = Some(checkpoint);
        self.last_place = self.place.clone();
    }

    pub(super) fn end(mut self) -> Report {
        // Nobody knows yet what the next process will say of it.
        self.judge_unfinished(true);
        if self.last.is_none() {
            self.find(Problem::NoChain);
        }
        self.note_unsealed();
        if let Some(Checkpoint { epoch, seq, .. }) = self.kept {
            self.find(Problem::EndMissing { epoch, seq });
        }
        if let Some(&Head { epoch, seq, .. }) = self.head {
            self.find(Problem::HeadMissing { epoch, seq });
        }
        self.report
    }

    fn note_unsealed(&mut self) {
        if self.unsealed > 0 {
            self.report.note(Note::Unsealed(self.unsealed));
        }
    }

    fn find(&mut self, problem: Problem) {
        self.found = true;
        self.report.find(&self.place.file, self.place.line, problem);
    }
}
