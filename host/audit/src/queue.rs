//! Between the requests and the thread that writes: records in memory, and how far
//! they are written.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use tokio::sync::Notify;

use crate::line::finish_into;
use crate::ticket::NotWritten;

/// Records that may wait, in bytes. Beyond this every request is refused, because
/// nothing is done that cannot be recorded.
pub(crate) const WAITING: usize = 16 << 20;
/// Bytes that may wait while strangers' records are appended: the rest is for those of
/// AWS KMS, whose requests are refused without one.
const WAITING_WITH_STRANGERS: usize = WAITING / 4;
/// The same with the records of requests that were refused, or begun before. Those
/// beyond are counted and not kept.
const WAITING_AT_MOST: usize = WAITING + WAITING / 4;
/// As much as is kept of the memory that a long wait has needed, in bytes.
const KEPT: usize = 1 << 20;

/// Records that are written together.
#[derive(Default)]
pub(crate) struct Group {
    /// With their ends.
    pub(crate) lines: Vec<u8>,
    pub(crate) records: u64,
    pub(crate) number: u64,
    /// Records that were not kept since the last group.
    pub(crate) lost: u64,
}

/// Why the writer wakes up.
pub(crate) struct Turn {
    /// Records wait.
    pub(crate) records: bool,
    pub(crate) closing: Option<Instant>,
    pub(crate) reopen: bool,
}

pub(crate) struct Queue {
    state: Mutex<State>,
    work: Condvar,
    /// Bytes in memory, those with the writer included.
    waiting: AtomicUsize,
    /// Groups up to this one are written.
    done: AtomicU64,
    /// A group whose sync failed: nobody knows what of it is on the disk.
    broken: AtomicU64,
    failing: AtomicBool,
    /// Records that were written.
    written: AtomicU64,
    /// For those who wait for a group: each group's is the other one's than the next's,
    /// so that a group wakes its own waiters only.
    groups: [Notify; 2],
}

struct State {
    group: Group,
    seq: u64,
    /// Records that were appended, those that were not kept included.
    appended: u64,
    /// The writer waits for records.
    asleep: bool,
    closing: Option<Instant>,
    reopen: bool,
}

impl Queue {
    /// After so many records.
    pub(crate) fn new(seq: u64) -> Self {
        let group = Group {
            number: 1,
            ..Group::default()
        };
        Self {
            state: Mutex::new(State {
                group,
                seq,
                appended: 0,
                asleep: false,
                closing: None,
                reopen: false,
            }),
            work: Condvar::new(),
            waiting: AtomicUsize::new(0),
            done: AtomicU64::new(0),
            broken: AtomicU64::new(0),
            failing: AtomicBool::new(false),
            written: AtomicU64::new(0),
            groups: [Notify::new(), Notify::new()],
        }
    }

    /// Appends what [`crate::line::open`] left. The number of its group, unless it
    /// cannot be kept.
    pub(crate) fn append(&self, opened: &[u8]) -> Option<u64> {
        let mut state = self.state.lock();
        state.appended += 1;
        if self.waiting.load(Ordering::Relaxed) >= WAITING_AT_MOST || state.closing.is_some() {
            state.group.lost += 1;
            return None;
        }
        state.seq += 1;
        let seq = state.seq;
        let before = state.group.lines.len();
        finish_into(&mut state.group.lines, opened, seq);
        let more = state.group.lines.len() - before;
        self.waiting.fetch_add(more, Ordering::Relaxed);
        state.group.records += 1;
        let number = state.group.number;
        let wake = std::mem::take(&mut state.asleep);
        drop(state);
        if wake {
            self.work.notify_one();
        }
        Some(number)
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    pub(crate) fn has_room(&self) -> bool {
        self.waiting() < WAITING
    }

    pub(crate) fn has_room_for_strangers(&self) -> bool {
        self.waiting() < WAITING_WITH_STRANGERS
    }

    pub(crate) fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Acquire)
    }

    pub(crate) fn close(&self, deadline: Instant) {
        self.state.lock().closing = Some(deadline);
        self.work.notify_one();
    }

    pub(crate) fn reopen(&self) {
        self.state.lock().reopen = true;
        self.work.notify_one();
    }

    pub(crate) fn written_records(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }

    pub(crate) fn groups(&self) -> u64 {
        self.done.load(Ordering::Acquire)
    }

    /// Records that are appended and not written.
    pub(crate) fn unwritten(&self) -> u64 {
        let appended = self.state.lock().appended;
        appended.saturating_sub(self.written_records())
    }

    fn waiters(&self, group: u64) -> &Notify {
        let [even, odd] = &self.groups;
        if group.is_multiple_of(2) { even } else { odd }
    }

    /// A record's ticket resolves when its group is written.
    pub(crate) async fn written(&self, group: u64) -> Result<(), NotWritten> {
        let notify = self.waiters(group);
        loop {
            let mut notified = pin!(notify.notified());
            // From here on no wake-up is missed.
            notified.as_mut().enable();
            if self.done.load(Ordering::Acquire) >= group {
                let broken = self.broken.load(Ordering::Acquire) == group;
                return if broken { Err(NotWritten) } else { Ok(()) };
            }
            if self.is_failing() {
                return Err(NotWritten);
            }
            notified.await;
        }
    }
}

/// The writer's side.
impl Queue {
    /// Waits for something to do, until then at most. With `gather`, records that come
    /// within this time are written together with the first one.
    pub(crate) fn next(
        &self,
        takes_records: bool,
        until: Option<Instant>,
        gather: Option<Duration>,
    ) -> Turn {
        let mut state = self.state.lock();
        let nothing = |state: &State| {
            !(takes_records && state.group.records > 0) && state.closing.is_none() && !state.reopen
        };
        while nothing(&state) {
            state.asleep = takes_records;
            match until {
                Some(until) => {
                    if self.work.wait_until(&mut state, until).timed_out() {
                        break;
                    }
                }
                None => self.work.wait(&mut state),
            }
        }
        state.asleep = false;
        if let Some(gather) = gather.filter(|_| state.group.records > 0) {
            let until = Instant::now() + gather;
            while state.closing.is_none() && !state.reopen {
                if self.work.wait_until(&mut state, until).timed_out() {
                    break;
                }
            }
        }
        Turn {
            records: takes_records && state.group.records > 0,
            closing: state.closing,
            reopen: std::mem::take(&mut state.reopen),
        }
    }

    pub(crate) fn has_records(&self) -> bool {
        self.state.lock().group.records > 0
    }

    /// Takes what waits, and gives the memory of the last group for the next one.
    pub(crate) fn take(&self, group: &mut Group) {
        group.lines.clear();
        group.lines.shrink_to(KEPT);
        group.records = 0;
        group.lost = 0;
        let mut state = self.state.lock();
        group.number = state.group.number + 1;
        std::mem::swap(&mut state.group, group);
    }

    /// Counts records that were not kept, without a group.
    pub(crate) fn take_lost(&self) -> u64 {
        std::mem::take(&mut self.state.lock().group.lost)
    }

    /// A group is written.
    pub(crate) fn done(&self, number: u64, bytes: usize) {
        self.waiting.fetch_sub(bytes, Ordering::Relaxed);
        self.done.store(number, Ordering::Release);
        self.waiters(number).notify_waiters();
    }

    pub(crate) fn count_written(&self, records: u64) {
        self.written.fetch_add(records, Ordering::Release);
    }

    /// What was written of this group may not be on the disk.
    pub(crate) fn broken(&self, number: u64) {
        self.broken.store(number, Ordering::Release);
    }

    /// Those who wait are told when writing begins to fail.
    pub(crate) fn set_failing(&self, failing: bool) {
        self.failing.store(failing, Ordering::Release);
        if failing {
            self.groups.iter().for_each(Notify::notify_waiters);
        }
    }
}
