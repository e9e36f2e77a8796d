//! The log as its one writer has it: lines in, and checkpoints at their times.
//!
//! It reads no clock.

mod rotate;

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use tracing::{error, info, warn};

use crate::chain::Chain;
use crate::checkpoint::{After, Before, Opening, Reason};
use crate::files::first_checkpoint;
use crate::head::Head;
use crate::keeper::Kept;
use crate::output::Output;
use crate::recover::{Recovered, recover};
use crate::settings::{Rotation, Target};
use crate::state::{self, State};

/// Records are sealed after this time at most,
pub(crate) const SEALED_AFTER: Duration = Duration::from_secs(1);
/// or when there are so many of them.
pub(crate) const SEALED_AT: u64 = 4096;

/// Both clocks at one moment.
#[derive(Clone, Copy)]
pub(crate) struct Now {
    pub(crate) wall: SystemTime,
    pub(crate) steady: Instant,
}

impl Now {
    pub(crate) fn read() -> Self {
        Self {
            wall: SystemTime::now(),
            steady: Instant::now(),
        }
    }
}

pub(crate) struct Journal {
    /// Of a file that can be continued and rotated.
    path: Option<PathBuf>,
    output: Output,
    chain: Chain,
    rotation: Rotation,
    /// Since when there are records that are not sealed.
    unsealed_since: Option<Instant>,
    /// When the file will be full by its age.
    full_at: Option<Instant>,
    rotates_again: Option<Instant>,
    /// When it is looked again whether somebody has renamed the file.
    looks_again: Instant,
    /// Records that were not kept since the last checkpoint.
    lost: u64,
    kept: Option<Kept>,
    /// Lines since the last look of [`Journal::written_lines`], for second sinks.
    copy: Option<Vec<u8>>,
}

impl Journal {
    /// Opens the target and writes the first line.
    pub(crate) fn open(target: &Target, rotation: Rotation, now: Now) -> io::Result<Self> {
        let (mut output, path) = match target {
            Target::Stdout => (Output::stdout()?, None),
            Target::File(path) => (Output::open(path)?, Some(path)),
        };
        let path = path.filter(|_| output.is_regular()).cloned();
        let Recovered { chain, reason } = match &path {
            Some(path) => recover(path, state::read(&state::path_for(path))?)?,
            None => Recovered {
                chain: Chain::begin().map_err(io::Error::other)?,
                reason: Reason::Begun(Before::Nothing),
            },
        };
        // The recovery may have given the last line its end.
        output.measure()?;
        let reason = match reason {
            Reason::Opened(opening) => Reason::Opened(Opening {
                at: output.length(),
                ..opening
            }),
            other => other,
        };
        tell(reason);
        let mut journal = Self {
            path,
            output,
            chain,
            rotation,
            unsealed_since: None,
            full_at: None,
            rotates_again: None,
            looks_again: now.steady,
            lost: 0,
            kept: None,
            copy: None,
        };
        journal.seal(reason, now)?;
        journal.begin(reason)?;
        journal.full_at = journal.full_at(now)?;
        Ok(journal)
    }

    /// The state of a new chain is there before its first line, so that the line is
    /// never taken for one of a chain whose state is lost. Everywhere else it is the
    /// other way round.
    fn begin(&mut self, reason: Reason) -> io::Result<()> {
        let state_path = self.path.as_deref().map(state::path_for);
        let state = self.kept.as_ref().and_then(|kept| kept.state.as_ref());
        let (Some(path), Some(state)) = (state_path, state) else {
            // A pipe need not take it now: the writer will try again, and say so.
            return Ok(());
        };
        if matches!(reason, Reason::Begun(_)) {
            state::replace(&path, state)?;
            self.output.flush()?;
            return self.output.file().sync_data();
        }
        self.output.flush()?;
        self.output.file().sync_data()?;
        state::replace(&path, state)
    }

    /// When the file will be full, by the time of its first checkpoint.
    fn full_at(&self, now: Now) -> io::Result<Option<Instant>> {
        let (Some(path), Some(age)) = (&self.path, self.rotation.age) else {
            return Ok(None);
        };
        let first = first_checkpoint(path, 2)?.map_or(now.wall, |first| first.time);
        let old = now.wall.duration_since(first).unwrap_or_default();
        Ok(now.steady.checked_add(age.saturating_sub(old)))
    }

    /// The last record.
    pub(crate) fn seq(&self) -> u64 {
        self.chain.seq()
    }

    /// Keeps a copy of every line from now on.
    pub(crate) fn copy_lines(&mut self) {
        self.copy = Some(Vec::new());
    }

    /// Those lines, emptied by the caller.
    pub(crate) fn copied_lines(&mut self) -> Option<&mut Vec<u8>> {
        self.copy.as_mut().filter(|copy| !copy.is_empty())
    }

    /// Takes records, with a checkpoint after every so many of them.
    pub(crate) fn take(&mut self, mut lines: &[u8], mut records: u64, now: Now) -> io::Result<()> {
        let mut sealed = Ok(());
        while records > 0 {
            let room = SEALED_AT.saturating_sub(self.chain.unsealed()).max(1);
            let (part, rest) = if records <= room {
                (lines, &[][..])
            } else {
                lines.split_at(end_of_line(lines, room))
            };
            let count = records.min(room);
            self.chain.lines(part, count);
            self.push(part);
            self.unsealed_since.get_or_insert(now.steady);
            (lines, records) = (rest, records - count);
            if self.chain.unsealed() >= SEALED_AT {
                // Without it, the lines are written all the same.
                sealed = sealed.and(self.seal(Reason::Sealed, now));
            }
        }
        sealed
    }

    pub(crate) fn lose(&mut self, records: u64, now: Now) {
        self.lost += records;
        if records > 0 {
            self.unsealed_since.get_or_insert(now.steady);
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        self.output.push(bytes);
        if let Some(copy) = &mut self.copy {
            copy.extend_from_slice(bytes);
        }
    }

    /// When it will be time for a checkpoint or another file.
    pub(crate) fn due(&self) -> Option<Instant> {
        let sealing = self
            .unsealed_since
            .and_then(|since| since.checked_add(SEALED_AFTER));
        let rotating = self
            .full_at
            .map(|at| self.rotates_again.map_or(at, |again| at.max(again)));
        [sealing, rotating].into_iter().flatten().min()
    }

    /// Whether records have waited for a checkpoint long enough.
    pub(crate) fn is_seal_due(&self, now: Now) -> bool {
        self.unsealed_since
            .is_some_and(|since| now.steady >= since + SEALED_AFTER)
    }

    /// Appends a checkpoint.
    pub(crate) fn seal(&mut self, reason: Reason, now: Now) -> io::Result<()> {
        let offset = self.output.length();
        let lost = std::mem::take(&mut self.lost);
        let sealed = self.chain.seal(reason, now.wall, lost);
        let mut line = sealed.map_err(io::Error::other)?;
        line.push(b'\n');
        self.push(&line);
        self.unsealed_since = None;
        self.kept = match (&self.path, self.chain.last()) {
            (_, None) => None,
            (path, Some(checkpoint)) => Some(Kept {
                head: Head::of(checkpoint),
                state: match path {
                    Some(_) => State::of(&self.chain, offset).map_err(io::Error::other)?,
                    None => None,
                },
                file: self.output.file().clone(),
            }),
        };
        Ok(())
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        if self.output.is_regular() {
            return self.output.file().sync_data();
        }
        Ok(())
    }

    pub(crate) fn sent(&self) -> usize {
        self.output.sent()
    }

    pub(crate) fn records_left(&self) -> u64 {
        self.output.records_left()
    }

    /// What the last checkpoint leaves behind, once it is written.
    pub(crate) fn kept(&mut self) -> Option<Kept> {
        self.kept.take()
    }
}

/// Where the line ends that is the `number`th.
fn end_of_line(lines: &[u8], number: u64) -> usize {
    let ends = lines.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    let before = usize::try_from(number - 1).unwrap_or(usize::MAX);
    ends.map(|(at, _)| at + 1)
        .nth(before)
        .unwrap_or(lines.len())
}

/// One line of the log says how the chain begins or goes on.
fn tell(reason: Reason) {
    match reason {
        Reason::Begun(Before::Nothing) => info!("a new audit chain begins"),
        Reason::Begun(Before::NoState) => {
            error!("a new audit chain begins: there is an audit log, but not its state file");
        }
        Reason::Begun(Before::BadState) => {
            error!("a new audit chain begins: the state file of the audit log is damaged");
        }
        Reason::Opened(Opening {
            after,
            found,
            unfinished,
            ..
        }) => match after {
            After::Closed => info!("the audit chain goes on"),
            After::Crash => warn!(
                found,
                unfinished, "the audit chain goes on after a process that did not end in order"
            ),
            After::Missing => error!(
                "the audit chain goes on, but the file with its last checkpoint is missing or cut"
            ),
            After::Altered => error!(
                found,
                "the audit chain goes on, but the log has lines that no process has written"
            ),
        },
        _ => {}
    }
}
