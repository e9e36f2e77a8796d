//! The jobs that wait for a session of one token, and the threads that wait for
//! jobs.
//!
//! Waking a thread costs more than what a token in software does with a job. So
//! while its jobs are brisk, a job waits for the thread that is at work to take it
//! in passing; a token behind a network gets a thread for each job at once.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};

use super::fault::TokenFault;
use super::job::Task;

/// Jobs that take less are brisk.
const BRISK: Duration = Duration::from_micros(200);
/// What jobs are taken to need before any has been done.
const SLOW: Duration = Duration::from_secs(1);
/// How long a brisk job may wait for the thread that takes it in passing, as far
/// as the pace tells.
const PATIENCE: Duration = Duration::from_millis(1);

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
    /// As many threads as keep all processors busy with brisk jobs, and as many
    /// again for those that wait for a lock of the library.
    enough: usize,
    /// How long a job takes, of late.
    pace: Duration,
    /// When a thread last took a job.
    taken: Option<Instant>,
}

impl Inner {
    /// Whether a thread is at work that will take this job in passing.
    fn is_taken_in_passing(&self, now: Instant) -> bool {
        let waiting = u32::try_from(self.jobs.len()).unwrap_or(u32::MAX);
        let at_work = self.serving.saturating_sub(self.idle.len());
        if self.pace >= BRISK || at_work == 0 {
            return false;
        }
        // More of them would only take the processors from each other.
        at_work >= self.enough
            || self.pace.saturating_mul(waiting) <= PATIENCE
                && self
                    .taken
                    .is_some_and(|taken| now.duration_since(taken) < BRISK)
    }
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            capacity,
            inner: Mutex::new(Inner {
                jobs: VecDeque::new(),
                idle: Vec::new(),
                serving: 0,
                stopped: false,
                enough: 2 * processors,
                pace: SLOW,
                taken: None,
            }),
        }
    }

    /// Takes a job in, unless no session works or too many wait already.
    pub(super) fn push(&self, job: Box<dyn Task>) -> Result<(), TokenFault> {
        let now = Instant::now();
        let mut inner = self.inner.lock();
        if inner.serving == 0 || inner.stopped {
            return Err(TokenFault::Unavailable);
        }
        if inner.jobs.len() >= self.capacity {
            // Jobs that nobody waits for any more take nobody's place. The oldest
            // come first, and their deadlines with them.
            while inner.jobs.front().is_some_and(|job| !job.is_wanted(now)) {
                inner.jobs.pop_front();
            }
            if inner.jobs.len() >= self.capacity {
                return Err(TokenFault::Throttled);
            }
        }
        inner.jobs.push_back(job);
        if !inner.is_taken_in_passing(now) {
            wake(inner);
        }
        Ok(())
    }

    /// A job has waited for long: the thread that should have taken it in passing
    /// may be stuck.
    pub(super) fn hurry(&self) {
        let inner = self.inner.lock();
        if !inner.jobs.is_empty() {
            wake(inner);
        }
    }

    /// The next job; sleeps until there is one. `None` when the queue is stopped.
    /// `took` is how long the last one took this thread.
    pub(super) fn pop(&self, took: Option<Duration>) -> Option<Box<dyn Task>> {
        let mut inner = self.inner.lock();
        if let Some(took) = took {
            inner.pace = follow_median(inner.pace, took);
        }
        loop {
            if inner.stopped {
                return None;
            }
            if let Some(job) = inner.jobs.pop_front() {
                inner.taken = Some(Instant::now());
                return Some(job);
            }
            let this = thread::current();
            // Already there after a wake-up that meant nothing.
            if inner.idle.iter().all(|idle| idle.id() != this.id()) {
                inner.idle.push(this);
            }
            drop(inner);
            thread::park();
            inner = self.inner.lock();
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

/// A step towards the median: neither a job during which the processor was given
/// to somebody else nor one that the library answers from memory says much.
fn follow_median(pace: Duration, took: Duration) -> Duration {
    let step = pace / 16 + Duration::from_nanos(1);
    if took < pace {
        pace.saturating_sub(step).max(took)
    } else {
        (pace + step).min(took)
    }
}

/// Wakes a thread, if one sleeps.
fn wake(mut inner: MutexGuard<'_, Inner>) {
    let woken = inner.idle.pop();
    drop(inner);
    if let Some(thread) = woken {
        thread.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_follows_the_median_and_not_single_jobs() {
        let micros = Duration::from_micros;
        let mut pace = SLOW;
        for _ in 0..400 {
            pace = follow_median(pace, micros(30));
        }
        assert_eq!(pace, micros(30));
        // One job in four during which the thread did not run.
        for number in 0..400 {
            let took = if number % 4 == 0 { 5000 } else { 30 };
            pace = follow_median(pace, micros(took));
        }
        assert!(pace < micros(40), "{pace:?}");
        // A token that has become slow.
        for _ in 0..100 {
            pace = follow_median(pace, micros(3000));
        }
        assert!(pace > BRISK, "{pace:?}");
    }
}
