//! An audit log, as the host uses it.

use std::cell::RefCell;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use thiserror::Error;
use tracing::error;

use crate::condition::{Condition, Shared};
use crate::head::Head;
use crate::journal::{Journal, Now};
use crate::keeper::Keeper;
use crate::line;
use crate::queue::Queue;
use crate::second::Mirror;
use crate::settings::{Durability, Settings, Target};
use crate::state;
use crate::ticket::{NotWritten, Ticket};
use crate::writer::Writer;

/// How long an audit log that is dropped without [`AuditLog::close`] is waited for.
const DROPPED: Duration = Duration::from_secs(5);

/// Why the log cannot be opened.
#[derive(Debug, Error)]
#[error("{path}: {source}")]
pub struct OpenFault {
    /// The file.
    path: PathBuf,
    /// The cause.
    source: io::Error,
}

/// The request cannot be recorded, and is not to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoRoom {
    /// Too many records wait.
    #[error("too many audit records wait")]
    Full,
    /// Nothing can be written, and answers wait for their records.
    #[error("audit records cannot be written")]
    Failing,
}

/// How a log has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a process that loses records ends with a status that is not 0"]
pub struct Closed {
    /// Records that are in no file.
    pub lost: u64,
}

/// An audit log that is written.
pub struct AuditLog {
    shared: Arc<Shared>,
    durability: Durability,
    is_open: bool,
}

impl AuditLog {
    /// Opens the target, goes on with its chain and starts the threads.
    pub fn open(settings: &Settings) -> Result<Self, OpenFault> {
        let name = match &settings.target {
            Target::Stdout => PathBuf::from("standard output"),
            Target::File(path) => path.clone(),
        };
        Self::open_target(settings).map_err(|source| OpenFault { path: name, source })
    }

    fn open_target(settings: &Settings) -> io::Result<Self> {
        let mut journal = Journal::open(&settings.target, settings.rotation, Now::read())?;
        let state_path = match &settings.target {
            Target::Stdout => None,
            Target::File(path) => Some(state::path_for(path)),
        };
        let mirrors: io::Result<Vec<_>> = settings.second.iter().map(Mirror::open).collect();
        let mirrors = mirrors?;
        if !mirrors.is_empty() {
            journal.copy_lines();
        }
        let shared = Arc::new(Shared {
            queue: Arc::new(Queue::new(journal.seq())),
            keeper: Keeper::open(state_path, &settings.heads)?,
            mirrors,
            failure: Mutex::new(None),
            head: Mutex::new(None),
            ended: Mutex::new(false),
            ended_changed: Condvar::new(),
        });
        let writing = Arc::clone(&shared);
        let durability = settings.durability;
        thread::Builder::new()
            .name("audit".to_owned())
            .spawn(move || {
                // Also when it panics: nobody waits for a thread that is gone.
                let _ended = Ended(&writing);
                Writer::new(Arc::clone(&writing), journal, durability).run();
            })?;
        Ok(Self {
            shared,
            durability,
            is_open: true,
        })
    }

    /// Whether another request can be recorded. It is asked before anything is done.
    pub fn admit(&self) -> Result<(), NoRoom> {
        if !self.shared.queue.has_room() {
            return Err(NoRoom::Full);
        }
        if self.durability != Durability::Interval && self.shared.queue.is_failing() {
            return Err(NoRoom::Failing);
        }
        Ok(())
    }

    /// Whether a record of a request that nobody authenticated may be appended. They
    /// have a quarter of the memory; how many there may be in a time is the caller's.
    pub fn has_room_for_strangers(&self) -> bool {
        self.shared.queue.has_room_for_strangers()
    }

    /// Appends what `write` leaves in the buffer that it is given: one object of JSON in
    /// one line. The number of the record becomes its last member, `seq`.
    pub fn append(&self, write: impl FnOnce(&mut Vec<u8>)) -> Ticket {
        let group = LINE.with_borrow_mut(|buffer| {
            buffer.clear();
            write(buffer);
            line::open(buffer);
            self.shared.queue.append(buffer)
        });
        match group {
            None => Ticket::known(Err(NotWritten)),
            Some(_) if self.durability == Durability::Interval => Ticket::known(Ok(())),
            Some(group) => Ticket::of(&self.shared.queue, group),
        }
    }

    /// Goes on in a new file if the log was renamed. Without this call that is found
    /// within a second of work.
    pub fn reopen(&self) {
        self.shared.queue.reopen();
    }

    /// How it is doing.
    pub fn state(&self) -> Condition {
        self.shared.condition()
    }

    /// The head of the last checkpoint that was written.
    pub fn head(&self) -> Option<Head> {
        self.shared.head.lock().clone()
    }

    /// Writes what waits and a last checkpoint, until `deadline` at most. Records that
    /// are appended from now on are lost.
    pub fn close(mut self, deadline: Instant) -> Closed {
        self.end(deadline)
    }

    fn end(&mut self, deadline: Instant) -> Closed {
        self.is_open = false;
        self.shared.queue.close(deadline);
        let mut ended = self.shared.ended.lock();
        while !*ended {
            if self
                .shared
                .ended_changed
                .wait_until(&mut ended, deadline)
                .timed_out()
            {
                break;
            }
        }
        drop(ended);
        let lost = self.shared.queue.unwritten();
        if lost > 0 {
            error!(lost, "audit records are lost");
        }
        self.shared.keeper.finish(deadline);
        self.shared
            .mirrors
            .iter()
            .for_each(|it| it.finish(deadline));
        Closed { lost }
    }
}

impl Drop for AuditLog {
    fn drop(&mut self) {
        if self.is_open {
            let _ = self.end(Instant::now() + DROPPED);
        }
    }
}

struct Ended<'s>(&'s Shared);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.queue.set_failing(true);
        *self.0.ended.lock() = true;
        self.0.ended_changed.notify_all();
    }
}

thread_local! {
    /// A record is made here, so that the lock is held for a copy only.
    static LINE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}
