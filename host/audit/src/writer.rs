//! The one thread that writes.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::{error, info};

use crate::checkpoint::Reason;
use crate::condition::{Failure, Shared};
use crate::journal::{Journal, Now};
use crate::output::STALL;
use crate::queue::Group;
use crate::settings::Durability;

/// Between two attempts to write.
const RETRY: Duration = Duration::from_millis(100);
/// With `interval`, how long records are gathered.
const GATHER: Duration = Duration::from_millis(10);
/// The same where answers wait for them, and they come thick: waking this thread costs
/// more than writing a record.
const GATHER_UNDER_LOAD: Duration = Duration::from_micros(500);

pub(crate) struct Writer {
    shared: Arc<Shared>,
    journal: Journal,
    durability: Durability,
    group: Group,
    /// The group is not written yet. Its lines are with the journal.
    in_flight: bool,
    /// Bytes of these lines.
    bytes: usize,
    /// Records of the group that are counted as written,
    counted: u64,
    /// when so many bytes of its lines were.
    sent: usize,
    /// Since when nothing could be written.
    failing: Option<Instant>,
    /// By a pipe that nobody reads.
    stalled: bool,
    /// Whether that was said.
    told: bool,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, journal: Journal, durability: Durability) -> Self {
        Self {
            shared,
            journal,
            durability,
            group: Group::default(),
            in_flight: false,
            bytes: 0,
            counted: 0,
            sent: 0,
            failing: None,
            stalled: false,
            told: false,
        }
    }

    /// Until the log is closed, or cannot be.
    pub(crate) fn run(mut self) {
        self.keep();
        loop {
            let until = match self.failing {
                None => self.journal.due(),
                // An attempt at a pipe waits by itself.
                Some(_) if !self.told => Some(Instant::now()),
                Some(_) => Some(Instant::now() + RETRY),
            };
            let free = self.failing.is_none();
            let gather = gather(self.durability, self.group.records);
            let turn = self.shared.queue.next(free, until, gather);
            let now = Now::read();
            let result = self.turn(turn.records, turn.reopen, now);
            self.judge(result, now);
            if let Some(deadline) = turn.closing
                && self.close(deadline, now)
            {
                break;
            }
        }
        // Nobody waits for what will not be written.
        self.shared.queue.set_failing(true);
    }

    fn turn(&mut self, records: bool, reopen: bool, now: Now) -> io::Result<()> {
        if records && !self.in_flight {
            self.shared.queue.take(&mut self.group);
            self.journal.lose(self.group.lost, now);
            self.in_flight = true;
            let Group { lines, records, .. } = &mut self.group;
            self.bytes = lines.len();
            let taken = self.journal.take(lines, *records, now);
            lines.clear();
            taken?;
        }
        self.flush()?;
        if self.journal.is_seal_due(now) {
            let lost = self.shared.queue.take_lost();
            self.journal.lose(lost, now);
            self.journal.seal(Reason::Sealed, now)?;
            self.flush()?;
        }
        self.journal.rotate_if_due(reopen, now)?;
        self.keep();
        Ok(())
    }

    /// Writes what waits, and wakes those who wait for it.
    fn flush(&mut self) -> io::Result<()> {
        if let Err(error) = self.journal.flush() {
            self.count_part();
            return Err(error);
        }
        let number = self.group.number;
        if self.durability == Durability::Synced {
            self.journal.sync().inspect_err(|_| {
                if self.in_flight {
                    self.shared.queue.broken(number);
                }
            })?;
        }
        if std::mem::take(&mut self.in_flight) {
            let counted = std::mem::take(&mut self.counted);
            self.shared
                .queue
                .count_written(self.group.records.saturating_sub(counted));
            self.sent = 0;
            self.shared.queue.done(number, self.bytes);
        }
        if let Some(lines) = self.journal.copied_lines() {
            self.shared
                .mirrors
                .iter()
                .for_each(|mirror| mirror.offer(lines));
            lines.clear();
        }
        Ok(())
    }

    /// Counts what a pipe or a disk has taken before it took no more.
    fn count_part(&mut self) {
        let sent = self.journal.sent();
        if !self.in_flight || std::mem::replace(&mut self.sent, sent) == sent {
            return;
        }
        let written = self
            .group
            .records
            .saturating_sub(self.journal.records_left());
        self.shared
            .queue
            .count_written(written.saturating_sub(self.counted));
        self.counted = written;
    }

    fn keep(&mut self) {
        if let Some(kept) = self.journal.kept() {
            *self.shared.head.lock() = Some(kept.head.clone());
            self.shared.keeper.offer(kept);
        }
    }

    /// Says once when writing begins to fail, and once when it ends.
    fn judge(&mut self, result: io::Result<()>, now: Now) {
        let Err(cause) = result else {
            self.failing = None;
            if std::mem::take(&mut self.told) {
                self.shared.queue.set_failing(false);
                *self.shared.failure.lock() = None;
                let waited = self.shared.queue.unwritten();
                info!(waited, "audit records are written again");
            }
            return;
        };
        let since = *self.failing.get_or_insert(now.steady);
        self.stalled = cause.kind() == io::ErrorKind::TimedOut;
        if self.told || self.stalled && now.steady < since + STALL {
            return;
        }
        self.told = true;
        let cause = if self.stalled {
            "nobody reads the pipe".to_owned()
        } else {
            cause.to_string()
        };
        error!(
            error = cause,
            "audit records cannot be written: requests are refused"
        );
        *self.shared.failure.lock() = Some(Failure { since, cause });
        self.shared.queue.set_failing(true);
    }

    /// Whether there is nothing more to do.
    fn close(&mut self, deadline: Instant, now: Now) -> bool {
        if self.failing.is_some() {
            // A pipe may get a reader until the deadline; a full disk stays full.
            return !self.stalled || now.steady >= deadline;
        }
        if self.shared.queue.has_records() {
            // They waited while nothing could be written.
            return false;
        }
        let lost = self.shared.queue.take_lost();
        self.journal.lose(lost, now);
        let closed = self
            .journal
            .seal(Reason::Closed, now)
            .and_then(|()| self.flush());
        match closed {
            Ok(()) => self.keep(),
            Err(cause) => error!(error = %cause, "the audit log has no last checkpoint"),
        }
        true
    }
}

/// How long records are gathered, after a group of so many.
fn gather(durability: Durability, last: u64) -> Option<Duration> {
    match durability {
        Durability::Interval => Some(GATHER),
        // One that comes alone, after another one that did, is written at once.
        Durability::BeforeAnswer | Durability::Synced => (last > 1).then_some(GATHER_UNDER_LOAD),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_comes_alone_is_written_at_once() {
        for durability in [Durability::BeforeAnswer, Durability::Synced] {
            assert_eq!(gather(durability, 0), None);
            assert_eq!(gather(durability, 1), None);
            assert_eq!(gather(durability, 2), Some(GATHER_UNDER_LOAD));
        }
        assert_eq!(gather(Durability::Interval, 1), Some(GATHER));
    }
}
