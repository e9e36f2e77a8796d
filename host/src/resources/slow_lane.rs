//! The slow lane: threads for guests that compute for longer than a moment.
//!
//! They run at a lower priority than the threads that move requests, so the
//! operating system takes the processor away from a guest as soon as a request of
//! another key store needs it; and they are few, so that guests that compute cannot
//! have more of the machine than they were given. Key stores take turns: see
//! [`LaneShare`].

use std::future::Future;
use std::sync::Arc;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tracing::warn;

/// How much less than others these threads matter, as `nice` counts it: a tenth of
/// a processor when requests want all of it.
const NICE: i32 = 10;
/// Most threads. More would only share the same processors.
const MOST: usize = 4;

/// The threads, for all plugins of one engine.
#[derive(Clone)]
pub(crate) struct SlowLane(Arc<Threads>);

/// One key store's share of the lane. As many of its calls compute at the same time
/// as there are threads, whatever number of them wait; the others stand in a queue
/// of the key store's own. So the lane is divided by key stores, not by calls.
#[derive(Clone)]
pub(crate) struct LaneShare {
    lane: SlowLane,
    turns: Arc<Semaphore>,
}

struct Threads {
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
    handle: Handle,
    count: usize,
}

impl SlowLane {
    /// Starts as many threads as there are processors, four at most.
    pub(super) fn start() -> std::io::Result<Self> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let count = processors.min(MOST);
        let runtime = Builder::new_multi_thread()
            .worker_threads(count)
            .thread_name("slow-lane")
            .enable_all()
            // New calls stand in the same queue as those that are in the middle.
            .global_queue_interval(2)
            .on_thread_start(lower_priority)
            .build()?;
        Ok(Self(Arc::new(Threads {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
            count,
        })))
    }

    /// For one key store.
    pub(crate) fn share(&self) -> LaneShare {
        LaneShare {
            turns: Arc::new(Semaphore::new(self.0.count)),
            lane: self.clone(),
        }
    }
}

impl LaneShare {
    /// Runs `work` on the lane's threads.
    pub(crate) fn spawn<F>(&self, work: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.lane.0.handle.spawn(work)
    }

    /// The right to compute. The error never comes: turns are not closed.
    pub(crate) async fn turn(&self) -> Result<OwnedSemaphorePermit, AcquireError> {
        Arc::clone(&self.turns).acquire_owned().await
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // The last user may be a task of another runtime, which must not wait.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn lower_priority() {
    // On Linux this is a thread's own; a process may always lower it.
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        warn!(%error, "plugins that compute run at the same priority as requests");
    }
}
