//! The thread of a storage: nobody else calls SQLite.
//!
//! | it does | when |
//! |---|---|
//! | a write, or all reservations that wait, in one transaction | when asked; then it rests for as long as that took, so that other processes get their turn |
//! | looks at the file, and for changes of other processes | five times a second |
//! | writes the head once more | once a second while writes fail, to see whether they work again |
//! | opens the file again | once a second while it is away |

mod away;

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::ErrorCode;
use tracing::{error, info};

use super::counter::{BLOCK, SharedCounter};
use super::database::{Database, Trouble};
use super::fault::StorageFault;
use super::file::Alteration;
use super::job::{Change, Job, Write};
use super::records::SealedRecord;
use super::{Shared, StorageState};
use away::AwayDatabase;

/// How often the file is looked at for changes of other processes.
const WATCH: Duration = Duration::from_millis(200);
/// How often it is tried whether a fault has passed.
const RETRY: Duration = Duration::from_secs(1);
/// How often a fault that lasts is logged.
const REPEAT: Duration = Duration::from_mins(1);
/// Longest rest after a transaction.
const REST: Duration = Duration::from_millis(500);
/// Reservations in one transaction.
const TOGETHER: usize = 256;
/// What all looks at other processes' changes may take of the thread's time: a tenth.
const LOOKS: u32 = 10;

/// The database, wherever it is.
enum Held {
    Here(Database),
    Away(AwayDatabase),
    /// While one becomes the other.
    Nowhere,
}

/// What the thread has.
pub(super) struct Keeper {
    shared: Weak<Shared>,
    held: Held,
    /// The file was written to by something, and this was not followed up yet.
    touched: bool,
    look_not_before: Instant,
    retry_not_before: Instant,
    logged: Option<Instant>,
}

impl Keeper {
    pub(super) fn new(shared: Weak<Shared>, database: Database) -> Self {
        let now = Instant::now();
        Self {
            shared,
            held: Held::Here(database),
            touched: false,
            look_not_before: now,
            retry_not_before: now,
            logged: None,
        }
    }

    /// Runs until the last user of the storage is gone.
    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        let mut next_watch = Instant::now() + WATCH;
        let mut kept = None;
        loop {
            let until_watch = next_watch.saturating_duration_since(Instant::now());
            let job = match kept.take() {
                Some(job) => Ok(job),
                None => jobs.recv_timeout(until_watch),
            };
            let Some(shared) = self.shared.upgrade() else {
                return self.close();
            };
            let began = Instant::now();
            match job {
                Ok(Job::Write(write)) => self.write(&shared, write),
                Ok(Job::Reserve(first)) => {
                    let (together, other) = those_that_wait(first, jobs);
                    kept = other;
                    self.reserve(&shared, &together);
                }
                #[cfg(test)]
                Ok(Job::Do(work)) => work(&mut self, &shared),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.close(),
            }
            let worked = job_time(began);
            if Instant::now() >= next_watch {
                self.watch(&shared);
                next_watch = Instant::now() + WATCH;
            }
            drop(shared);
            thread::sleep(worked);
        }
    }

    fn close(self) {
        if let Held::Here(mut database) = self.held
            && !database.file().is_in_place()
        {
            database.abandon();
        }
    }

    fn write(&mut self, shared: &Shared, write: Write) {
        // Who asked has given up: a late write would surprise.
        if write.reply.is_closed() {
            return;
        }
        let done = self.change(shared, &write);
        // Who asked may give up at any moment.
        let _ = write.reply.send(done);
    }

    fn change(&mut self, shared: &Shared, write: &Write) -> Result<u64, StorageFault> {
        let (scope, name) = (&*write.scope, &*write.name);
        let records = shared.scope(scope);
        let length = (name.len() + SEALED + write.change.length()) as u64;
        if let Change::Set { .. } = write.change {
            let records = records.records.read();
            let before = records.size(name);
            records.usage().admit(&write.quota, before, length)?;
        }
        match &write.change {
            Change::Set { expected, value } => {
                let (revision, sealed) = self.transact(shared, |database| {
                    database.write(scope, name, *expected, value)
                })?;
                let record = SealedRecord { revision, sealed };
                records.records.write().put(name, record);
                Ok(revision)
            }
            Change::Delete { expected } => {
                let revision =
                    self.transact(shared, |database| database.delete(scope, name, *expected))?;
                records.records.write().remove(name, revision);
                Ok(revision)
            }
        }
    }

    fn reserve(&mut self, shared: &Shared, counters: &[Arc<SharedCounter>]) {
        let places: Vec<_> = counters
            .iter()
            .map(|counter| (&*counter.scope, &*counter.name))
            .collect();
        match self.transact(shared, |database| database.reserve(&places, BLOCK)) {
            Ok(blocks) => {
                for (counter, block) in counters.iter().zip(blocks) {
                    let scope = shared.scope(&counter.scope);
                    scope.counters.lock().store(&counter.name);
                    counter.answer(Ok(block));
                }
            }
            Err(fault) => {
                for counter in counters {
                    counter.answer(Err(fault));
                    let scope = shared.scope(&counter.scope);
                    scope.counters.lock().forget(counter);
                }
            }
        }
    }

    /// One transaction, and what its outcome says of the storage.
    fn transact<T>(
        &mut self,
        shared: &Shared,
        work: impl FnOnce(&mut Database) -> Result<T, Trouble>,
    ) -> Result<T, StorageFault> {
        let Held::Here(database) = &mut self.held else {
            return Err(StorageFault::Away);
        };
        let done = work(database);
        if let Some(news) = database.take_news() {
            shared.take_over(news, database.known());
        }
        match done {
            Ok(done) => {
                self.works(shared);
                Ok(done)
            }
            Err(Trouble::Refused(fault)) => Err(fault),
            Err(trouble) => Err(self.note(shared, trouble)),
        }
    }

    fn works(&mut self, shared: &Shared) {
        if shared.state.set(StorageState::Serving) {
            info!("key storage works again: {}", shared.path.display());
            self.logged = None;
        }
    }

    /// Changes the state as a fault demands, and logs it once in a while.
    fn note(&mut self, shared: &Shared, trouble: Trouble) -> StorageFault {
        let alteration = match trouble {
            Trouble::Altered(alteration) => alteration,
            Trouble::Failed(error) if is_damage(&error) => {
                error!(%error, "key storage: {}", shared.path.display());
                Alteration::Rows
            }
            Trouble::Refused(fault) => return fault,
            Trouble::Failed(_) | Trouble::Seal(_) => {
                self.say(shared, StorageState::Failing, &trouble);
                self.retry_not_before = Instant::now() + RETRY;
                return StorageFault::Unwritable;
            }
        };
        self.go_away(shared, alteration);
        StorageFault::Away
    }

    fn say(&mut self, shared: &Shared, state: StorageState, cause: &dyn std::fmt::Display) {
        let changed = shared.state.set(state);
        let due = self.logged.is_none_or(|at| at.elapsed() >= REPEAT);
        if changed || due {
            self.logged = Some(Instant::now());
            let what = match state {
                StorageState::Serving => "works",
                StorageState::Failing => "cannot be written: what is in memory is read",
                StorageState::Away => "is not used any more: whatever needs it is refused",
            };
            error!(error = %cause, "key storage {what}: {}", shared.path.display());
        }
    }

    fn watch(&mut self, shared: &Shared) {
        let now = Instant::now();
        match &mut self.held {
            Held::Here(database) => match database.file().look() {
                Ok(touched) => self.touched |= touched,
                Err(alteration) => return self.go_away(shared, alteration),
            },
            Held::Away(_) | Held::Nowhere => {
                if now >= self.retry_not_before {
                    self.retry_not_before = now + RETRY;
                    self.come_back(shared);
                }
                return;
            }
        }
        if now >= self.look_not_before {
            self.refresh(shared);
            self.look_not_before = now + now.elapsed() * LOOKS;
        }
        if shared.state.now() == StorageState::Failing && now >= self.retry_not_before {
            // What came of it is noted.
            let _ = self.transact(shared, Database::probe);
        }
    }

    pub(super) fn refresh(&mut self, shared: &Shared) {
        let Held::Here(database) = &mut self.held else {
            return;
        };
        let looked = database.refresh(self.touched);
        if let Some(news) = database.take_news() {
            shared.take_over(news, database.known());
        }
        match looked {
            Ok(()) => self.touched = false,
            Err(trouble) => drop(self.note(shared, trouble)),
        }
    }
}

/// For tests of what comes between two looks of the watch.
#[cfg(test)]
impl Keeper {
    pub(super) fn reserve_for_test(
        &mut self,
        shared: &Shared,
        name: &str,
    ) -> Result<(), StorageFault> {
        self.transact(shared, |database| database.reserve(&[("a", name)], 1))
            .map(drop)
    }

    pub(super) fn connection_for_test(&self) -> &rusqlite::Connection {
        match &self.held {
            Held::Here(database) => database.connection(),
            Held::Away(_) | Held::Nowhere => panic!("away"),
        }
    }
}

/// What sealing adds to a value, in bytes.
const SEALED: usize = 28;

/// All reservations that wait, and the first job that is none.
fn those_that_wait(
    first: Arc<SharedCounter>,
    jobs: &Receiver<Job>,
) -> (Vec<Arc<SharedCounter>>, Option<Job>) {
    let mut together = vec![first];
    while together.len() < TOGETHER {
        match jobs.try_recv() {
            Ok(Job::Reserve(counter)) => together.push(counter),
            Ok(other) => return (together, Some(other)),
            Err(_) => break,
        }
    }
    (together, None)
}

fn job_time(began: Instant) -> Duration {
    began.elapsed().min(REST)
}

/// Whether the file is not what SQLite has written.
fn is_damage(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    let damage = [ErrorCode::DatabaseCorrupt, ErrorCode::NotADatabase];
    // Another type in a column, for example.
    code.is_none_or(|code| damage.contains(&code))
}
