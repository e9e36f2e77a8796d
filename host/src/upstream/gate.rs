//! How many requests of one key store are under way to an upstream.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;

use super::UpstreamFault;
use super::counts::UpstreamCounts;
use crate::words::Deadline;

/// One key store's connections to an upstream, and the queue for them.
pub(super) struct Gate {
    connections: Arc<Semaphore>,
    queue: usize,
    waiting: AtomicUsize,
}

/// The right to one request. Counted for as long as it is there.
pub(super) struct Passed {
    counts: Arc<UpstreamCounts>,
    _connection: OwnedSemaphorePermit,
}

impl Gate {
    pub(super) fn new(connections: usize, queue: usize) -> Self {
        Self {
            connections: Arc::new(Semaphore::new(connections)),
            queue,
            waiting: AtomicUsize::new(0),
        }
    }

    /// Waits for a connection to be free, at most until `deadline`.
    pub(super) async fn pass(
        &self,
        counts: &Arc<UpstreamCounts>,
        deadline: Deadline,
    ) -> Result<Passed, UpstreamFault> {
        let free = Arc::clone(&self.connections).try_acquire_owned();
        let connection = match free {
            Ok(connection) => connection,
            Err(_) => self.wait(counts, deadline).await?,
        };
        counts.in_flight.fetch_add(1, Ordering::Relaxed);
        Ok(Passed {
            counts: Arc::clone(counts),
            _connection: connection,
        })
    }

    async fn wait(
        &self,
        counts: &UpstreamCounts,
        deadline: Deadline,
    ) -> Result<OwnedSemaphorePermit, UpstreamFault> {
        let _one = One::of(&self.waiting);
        if self.waiting.load(Ordering::Relaxed) > self.queue {
            return Err(UpstreamFault::Throttled);
        }
        if deadline.remaining(Instant::now()).is_none() {
            return Err(UpstreamFault::Deadline);
        }
        let _counted = One::of(&counts.waiting);
        let connection = Arc::clone(&self.connections).acquire_owned();
        let connection = timeout_at(deadline.as_tokio(), connection).await;
        let connection = connection.map_err(|_| UpstreamFault::Deadline)?;
        // The error never comes: it is not closed.
        connection.map_err(|_| UpstreamFault::Throttled)
    }
}

impl Drop for Passed {
    fn drop(&mut self) {
        self.counts.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One more, for as long as it lives.
struct One<'c>(&'c AtomicUsize);

impl<'c> One<'c> {
    fn of(count: &'c AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for One<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn what_is_over_the_queue_is_refused_at_once_and_what_waits_too_long_in_time() {
        let (gate, counts) = (Gate::new(1, 1), Arc::default());
        let soon = || Deadline::after(Instant::now(), Duration::from_millis(50));
        let first = gate.pass(&counts, soon()).await.ok().unwrap();
        let (second, third) = tokio::join!(gate.pass(&counts, soon()), gate.pass(&counts, soon()));
        assert_eq!(second.err(), Some(UpstreamFault::Deadline));
        assert_eq!(third.err(), Some(UpstreamFault::Throttled));
        assert_eq!(counts.population(), (1, 0));
        drop(first);
        assert!(gate.pass(&counts, soon()).await.is_ok());
        assert_eq!(counts.population(), (0, 0));
    }
}
