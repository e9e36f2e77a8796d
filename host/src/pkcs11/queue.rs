//! The jobs that wait for a session of one token, and the threads that wait for
//! jobs.

use std::collections::VecDeque;
use std::thread::{self, Thread};
use std::time::Instant;

use parking_lot::Mutex;

use super::fault::TokenFault;
use super::job::Task;

/// A bounded queue. It takes jobs only while a session works.
pub(super) struct Queue {
    capacity: usize,
    inner: Mutex<Inner>,
}

struct Inner {
    jobs: VecDeque<Box<dyn Task>>,
    /// Threads that sleep. The last one to fall asleep is woken first: its stack
    /// and its session are the likeliest to be in the processor's caches.
    idle: Vec<Thread>,
    /// Threads with a session that works.
    serving: usize,
    stopped: bool,
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            inner: Mutex::new(Inner {
                jobs: VecDeque::new(),
                idle: Vec::new(),
                serving: 0,
                stopped: false,
            }),
        }
    }

    /// Takes a job in, unless no session works or too many wait already.
    pub(super) fn push(&self, job: Box<dyn Task>) -> Result<(), TokenFault> {
        let mut inner = self.inner.lock();
        if inner.serving == 0 || inner.stopped {
            return Err(TokenFault::Unavailable);
        }
        if inner.jobs.len() >= self.capacity {
            // Jobs that nobody waits for any more take nobody's place. The oldest
            // come first, and their deadlines with them.
            let now = Instant::now();
            while inner.jobs.front().is_some_and(|job| !job.is_wanted(now)) {
                inner.jobs.pop_front();
            }
            if inner.jobs.len() >= self.capacity {
                return Err(TokenFault::Throttled);
            }
        }
        inner.jobs.push_back(job);
        let woken = inner.idle.pop();
        drop(inner);
        if let Some(thread) = woken {
            thread.unpark();
        }
        Ok(())
    }

    /// The next job; sleeps until there is one. `None` when the queue is stopped.
    pub(super) fn pop(&self) -> Option<Box<dyn Task>> {
        loop {
            let mut inner = self.inner.lock();
            if inner.stopped {
                return None;
            }
            if let Some(job) = inner.jobs.pop_front() {
                return Some(job);
            }
            let this = thread::current();
            // Already there after a wake-up that meant nothing.
            if inner.idle.iter().all(|idle| idle.id() != this.id()) {
                inner.idle.push(this);
            }
            drop(inner);
            thread::park();
        }
    }

    /// One more session works.
    pub(super) fn joined(&self) {
        self.inner.lock().serving += 1;
    }

    /// One session less works. When it was the last, nobody is left to do the
    /// jobs that wait: they fail at once.
    pub(super) fn left(&self) {
        let mut inner = self.inner.lock();
        inner.serving = inner.serving.saturating_sub(1);
        let orphans = if inner.serving == 0 {
            std::mem::take(&mut inner.jobs)
        } else {
            VecDeque::new()
        };
        drop(inner);
        for mut job in orphans {
            job.fail(TokenFault::Unavailable);
        }
    }

    /// How many sessions work.
    pub(super) fn serving(&self) -> usize {
        self.inner.lock().serving
    }

    /// Lets no job in or out any more, and ends the threads that sleep.
    pub(super) fn stop(&self) {
        let mut inner = self.inner.lock();
        inner.stopped = true;
        let jobs = std::mem::take(&mut inner.jobs);
        let idle = std::mem::take(&mut inner.idle);
        drop(inner);
        for mut job in jobs {
            job.fail(TokenFault::Unavailable);
        }
        for thread in idle {
            thread.unpark();
        }
    }
}
