//! Requests for one key that go to the plugin in one call, where its key manager does
//! several in one round trip.
//!
//! Nobody waits for others to come: a request goes at once while few calls are under
//! way for its key, and those that come meanwhile are gathered for the next. Each is
//! answered by itself, and gives up by its own deadline.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::time::timeout_at;
use zeroize::Zeroizing;

use super::Inner;
use crate::plugin::contract::{self, Decryption, Encryption};
use crate::plugin::fault::PluginFault;
use crate::plugin::pool::{Lease, Pool};
use crate::words::{Deadline, FaultKind, Octets, Refusal, Sealed};

/// Calls under way for one key.
const CALLS: usize = 4;
/// Bytes of the requests of one call: well below what a call may move.
const BYTES: usize = 512 << 10;

/// What is asked for.
pub(super) trait Task: Clone + Send + Sync + 'static {
    type Answer: Send + 'static;

    /// The error that such a call cannot have.
    const IMPOSSIBLE: Option<FaultKind>;

    /// Where a backend gathers such tasks.
    fn gathering(backend: &Inner) -> &Gathering<Self>;

    /// It is asked for once more, now.
    fn again(&mut self, deadline: Deadline);

    /// About how much of memory it takes in the plugin.
    fn bytes(&self) -> usize;

    /// One call for all of these.
    fn call(
        lease: &mut Lease<'_, contract::Backend>,
        deadline: Deadline,
        handle: Octets,
        tasks: Arc<[Self]>,
    ) -> impl Future<Output = Result<Vec<Result<Self::Answer, Refusal>>, PluginFault>> + Send;
}

impl Task for Encryption {
    type Answer = Sealed;

    const IMPOSSIBLE: Option<FaultKind> = Some(FaultKind::NotAuthentic);

    fn gathering(backend: &Inner) -> &Gathering<Self> {
        &backend.encryptions
    }

    fn again(&mut self, deadline: Deadline) {
        self.again(deadline);
    }

    fn bytes(&self) -> usize {
        self.bytes()
    }

    async fn call(
        lease: &mut Lease<'_, contract::Backend>,
        deadline: Deadline,
        handle: Octets,
        tasks: Arc<[Self]>,
    ) -> Result<Vec<Result<Sealed, Refusal>>, PluginFault> {
        lease.encrypt(deadline, handle, tasks).await
    }
}

impl Task for Decryption {
    type Answer = Zeroizing<Vec<u8>>;

    const IMPOSSIBLE: Option<FaultKind> = None;

    fn gathering(backend: &Inner) -> &Gathering<Self> {
        &backend.decryptions
    }

    fn again(&mut self, deadline: Deadline) {
        self.again(deadline);
    }

    fn bytes(&self) -> usize {
        self.bytes()
    }

    async fn call(
        lease: &mut Lease<'_, contract::Backend>,
        deadline: Deadline,
        handle: Octets,
        tasks: Arc<[Self]>,
    ) -> Result<Vec<Result<Self::Answer, Refusal>>, PluginFault> {
        lease.decrypt(deadline, handle, tasks).await
    }
}

/// What is gathered for one kind of task, by the handles of keys.
pub(super) struct Gathering<T: Task>(Arc<Mutex<HashMap<Octets, Gathered<T>>>>);

struct Gathered<T: Task> {
    waiting: VecDeque<Waiting<T>>,
    calls: usize,
}

struct Waiting<T: Task> {
    task: T,
    deadline: Deadline,
    answer: oneshot::Sender<Result<T::Answer, PluginFault>>,
}

impl<T: Task> Default for Gathering<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Task> Gathering<T> {
    /// The answer to `task` under the key of `handle`, in a call of at most `most`.
    pub(super) async fn answer(
        &self,
        pool: &Arc<Pool<contract::Backend>>,
        handle: Octets,
        most: usize,
        task: T,
        deadline: Deadline,
    ) -> Result<T::Answer, PluginFault> {
        let (sender, answer) = oneshot::channel();
        let waiting = Waiting {
            task,
            deadline,
            answer: sender,
        };
        let begins = {
            let mut all = self.0.lock();
            let gathered = all.entry(Arc::clone(&handle)).or_default();
            gathered.waiting.push_back(waiting);
            let begins = gathered.calls < CALLS;
            gathered.calls += usize::from(begins);
            begins
        };
        if begins {
            let caller = Caller {
                all: Arc::clone(&self.0),
                handle,
                is_over: false,
            };
            tokio::spawn(caller.call(Arc::clone(pool), most));
        }
        match timeout_at(deadline.as_tokio(), answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => Err(PluginFault::Deadline),
        }
    }
}

impl<T: Task> Default for Gathered<T> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            calls: 0,
        }
    }
}

/// One of the calls that may be under way for a key.
struct Caller<T: Task> {
    all: Arc<Mutex<HashMap<Octets, Gathered<T>>>>,
    handle: Octets,
    /// It is not counted among the calls any more.
    is_over: bool,
}

impl<T: Task> Caller<T> {
    /// Calls until nothing is left.
    async fn call(mut self, pool: Arc<Pool<contract::Backend>>, most: usize) {
        while let Some(batch) = self.next(most) {
            let deadline = batch.iter().map(|waiting| waiting.deadline).max();
            let Some(deadline) = deadline else { return };
            let tasks: Arc<[T]> = batch.iter().map(|waiting| waiting.task.clone()).collect();
            let answers = async {
                let mut lease = pool.lease(deadline).await?;
                T::call(&mut lease, deadline, Arc::clone(&self.handle), tasks).await
            };
            match answers.await {
                Ok(answers) => {
                    for (waiting, answer) in batch.into_iter().zip(answers) {
                        // Whoever has given up is not told.
                        let _ = waiting.answer.send(answer.map_err(PluginFault::from));
                    }
                }
                Err(fault) => {
                    for waiting in batch {
                        let _ = waiting.answer.send(Err(fault.again()));
                    }
                }
            }
        }
    }

    /// The next call's share of what waits, without those that nobody waits for any more.
    /// Without any this is no call any more, under the same lock: what comes then begins
    /// another.
    fn next(&mut self, most: usize) -> Option<Vec<Waiting<T>>> {
        let all = Arc::clone(&self.all);
        let mut all = all.lock();
        let waiting = &mut all.get_mut(&self.handle)?.waiting;
        let (mut batch, mut bytes) = (Vec::new(), 0);
        let now = Instant::now();
        while batch.len() < most {
            let Some(first) = waiting.front() else { break };
            let is_over = first.answer.is_closed() || first.deadline.remaining(now).is_none();
            bytes += if is_over { 0 } else { first.task.bytes() };
            if bytes > BYTES && !batch.is_empty() {
                break;
            }
            batch.extend(waiting.pop_front().filter(|_| !is_over));
        }
        if batch.is_empty() {
            self.ends(&mut all);
            return None;
        }
        Some(batch)
    }

    fn ends(&mut self, all: &mut HashMap<Octets, Gathered<T>>) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        if let Some(gathered) = all.get_mut(&self.handle) {
            gathered.calls = gathered.calls.saturating_sub(1);
            if gathered.calls == 0 && gathered.waiting.is_empty() {
                all.remove(&self.handle);
            }
        }
    }
}

/// However it ends: with a panic, others may begin another call.
impl<T: Task> Drop for Caller<T> {
    fn drop(&mut self) {
        let all = Arc::clone(&self.all);
        let mut all = all.lock();
        self.ends(&mut all);
    }
}
