//! The instances of one plugin for one key store.
//!
//! A request takes an instance that is ready. When none is, one is made in the
//! background, with a time of its own: no request pays for a start, and none is lost
//! with one.
//!
//! An instance's life ends in one of these ways, and in no other:
//! - a call trapped, ran out of memory, missed its deadline or broke the
//!   contract: it is dropped at once;
//! - the request was abandoned half-way, for example because the client went
//!   away: the same, since a store that was left in the middle of a call cannot
//!   be entered again;
//! - isolation is per request: it is dropped after the one request;
//! - more than three quarters of its memory are taken;
//! - it was idle for a while, and is not the last one;
//! - the pool is retired, because another snapshot has taken over;
//! - the pool is dropped.
//!
//! Otherwise the end of the lease returns it, and the next request of the same
//! key store takes it. No instance ever serves two key stores.

mod idle;
mod instances;
mod lease;
mod refill;

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio::time::timeout_at;

use claviger_config::{Capability, Isolation};

use super::breaker::Breaker;
use super::contract::World;
use super::description::Description;
use super::driver::Driver;
use super::fault::PluginFault;
use super::instance::{Instance, Recipe, StartFault};
use super::service_time::ServiceTime;
use crate::capability::Granted;
use crate::words::Deadline;

use idle::IdleList;
pub(crate) use instances::{Instances, Population};
pub(super) use lease::Lease;
use refill::Refill;

/// Makes, keeps and limits instances.
pub(crate) struct Pool<W: World> {
    shared: Arc<Shared<W>>,
    _refill: Refill,
}

/// What requests and the background have in common.
struct Shared<W: World> {
    recipe: Arc<Recipe>,
    driver: Driver,
    breaker: Breaker,
    service_time: ServiceTime,
    /// Requests that use an instance at the same time.
    permits: Semaphore,
    /// Instances that may be alive: one more than requests can use, so that a health
    /// check never stands in their queue.
    seats: Arc<Semaphore>,
    idle: Mutex<IdleList<Instance<W>>>,
    /// Nothing is kept any more but what somebody waits for.
    retired: AtomicBool,
    /// Told for each instance that becomes idle.
    ready: Notify,
    /// Who waits for an instance to become idle.
    waiting: Arc<AtomicUsize>,
    /// Instances being made.
    starting: Arc<AtomicUsize>,
    /// Told when an instance may have to be made.
    wanted: Arc<Notify>,
    /// How long the first instance took to start.
    start_time: Duration,
    /// What it said of itself.
    description: Description,
}

impl<W: World> Pool<W> {
    /// A pool with its first instance, which proves that the plugin starts and
    /// accepts its settings.
    pub(super) async fn start(recipe: Recipe) -> Result<Self, StartFault> {
        let recipe = Arc::new(recipe);
        let driver = Driver::new(recipe.share.clone());
        let instances = recipe.plugin.instances;
        let seats = Arc::new(Semaphore::new(instances.saturating_add(1)));
        let began = Instant::now();
        let seat = Arc::clone(&seats)
            .acquire_owned()
            .await
            .map_err(|_| PluginFault::Busy)?;
        let (first, description) = Instance::start_first(&recipe, &driver, seat).await?;
        let shared = Arc::new(Shared {
            breaker: Breaker::new(Arc::clone(&recipe.granted.log_source)),
            driver,
            service_time: ServiceTime::default(),
            permits: Semaphore::new(instances),
            seats,
            idle: Mutex::default(),
            retired: AtomicBool::new(false),
            ready: Notify::new(),
            waiting: Arc::default(),
            starting: Arc::default(),
            wanted: Arc::default(),
            start_time: began.elapsed(),
            description,
            recipe,
        });
        shared.put_idle(first);
        Ok(Self {
            _refill: Refill::start(&shared),
            shared,
        })
    }

    /// Whether the plugin has this capability: one that it imports is granted, or
    /// it would not have been linked.
    pub(super) fn is_granted(&self, capability: Capability) -> bool {
        let declaration = &self.shared.recipe.plugin.declaration;
        declaration.capabilities.contains(&capability)
    }

    /// The records and the tokens that the plugin was granted.
    pub(super) fn granted(&self) -> &Granted {
        &self.shared.recipe.granted
    }

    /// An instance that is gone by now has answered nonsense.
    pub(super) fn blame(&self, nonsense: &'static str) -> PluginFault {
        let fault = PluginFault::BadAnswer(nonsense);
        self.shared.failed(&fault);
        fault
    }

    /// An instance for one request: an idle one, or the first that becomes idle while
    /// there is time enough to be served.
    pub(super) async fn lease(&self, deadline: Deadline) -> Result<Lease<'_, W>, PluginFault> {
        let shared = &*self.shared;
        shared
            .breaker
            .admit()
            .inspect_err(|fault| shared.count(fault))?;
        let permit = shared.permits.try_acquire().ok();
        let instance = permit.as_ref().and_then(|_| shared.take_idle());
        let (instance, permit) = match (instance, permit) {
            (Some(instance), Some(permit)) => (instance, permit),
            (_, permit) => shared
                .wait(permit, deadline)
                .await
                .inspect_err(|fault| shared.count(fault))?,
        };
        Ok(Lease::new(shared, instance, Some(permit)))
    }

    /// An instance for work that no request waits for; it takes no request's place.
    pub(super) async fn lease_in_background(
        &self,
        deadline: Deadline,
    ) -> Result<Lease<'_, W>, PluginFault> {
        let shared = &*self.shared;
        let instance = match shared.take_idle() {
            Some(instance) => instance,
            None => shared.wait_for_idle(deadline).await?,
        };
        Ok(Lease::new(shared, instance, None))
    }
}

impl<W: World> Shared<W> {
    /// The plugin has failed like this.
    fn failed(&self, fault: &PluginFault) {
        self.count(fault);
        self.breaker.failed(fault);
    }

    fn count(&self, fault: &PluginFault) {
        if let Some(result) = fault.counted_as() {
            self.recipe.counted.calls.count(result);
        }
    }

    /// The right to an instance and an instance, for whom not both were there at once.
    async fn wait<'s>(
        &'s self,
        permit: Option<SemaphorePermit<'s>>,
        deadline: Deadline,
    ) -> Result<(Instance<W>, SemaphorePermit<'s>), PluginFault> {
        let began = Instant::now();
        let waited = async {
            let permit = match permit {
                Some(permit) => permit,
                None => self.wait_for_permit(deadline).await?,
            };
            let instance = match self.take_idle() {
                Some(instance) => instance,
                None => self.wait_for_service(deadline).await?,
            };
            Ok((instance, permit))
        };
        let waited = waited.await;
        let queue = &self.recipe.counted.queue;
        queue.observe(began.elapsed().as_secs_f64());
        waited
    }

    /// Until when it makes sense to wait for an instance.
    fn in_time(&self, deadline: Deadline) -> Deadline {
        deadline.earlier(self.service_time.usual())
    }

    /// An instance that becomes idle while there is time enough for the call: one that
    /// comes later would end with the deadline.
    async fn wait_for_service(&self, deadline: Deadline) -> Result<Instance<W>, PluginFault> {
        let in_time = self.in_time(deadline);
        let instance = self.wait_for_idle(in_time).await?;
        if in_time.remaining(Instant::now()).is_some() {
            return Ok(instance);
        }
        self.put_idle(instance);
        Err(PluginFault::Busy)
    }

    async fn wait_for_permit(
        &self,
        deadline: Deadline,
    ) -> Result<SemaphorePermit<'_>, PluginFault> {
        let deadline = self.in_time(deadline);
        if deadline.remaining(Instant::now()).is_none() {
            return Err(PluginFault::Busy);
        }
        timeout_at(deadline.as_tokio(), self.permits.acquire())
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or(PluginFault::Busy)
    }

    fn take_idle(&self) -> Option<Instance<W>> {
        self.idle.lock().take()
    }

    /// Has an instance made unless one becomes idle first.
    async fn wait_for_idle(&self, deadline: Deadline) -> Result<Instance<W>, PluginFault> {
        let _waiting = Counted::among(&self.waiting);
        let found = async {
            loop {
                let mut ready = pin!(self.ready.notified());
                // Before the look, so that nothing that comes after it is missed.
                ready.as_mut().enable();
                if let Some(instance) = self.take_idle() {
                    return instance;
                }
                self.wanted.notify_one();
                ready.await;
            }
        };
        let found = timeout_at(deadline.as_tokio(), found).await;
        found.map_err(|_| PluginFault::Busy)
    }

    /// An instance is free.
    fn put_idle(&self, instance: Instance<W>) {
        let waited_for = self.waiting.load(Ordering::SeqCst) > 0;
        if waited_for || !self.retired.load(Ordering::SeqCst) {
            self.idle.lock().put(instance);
            self.ready.notify_one();
        }
    }

    /// Whether an instance has to be made: somebody waits for one, none is left, or
    /// those in use will not come back.
    fn wants_more(&self) -> bool {
        let starting = self.starting.load(Ordering::SeqCst);
        if self.waiting.load(Ordering::SeqCst) > starting {
            return true;
        }
        if self.retired.load(Ordering::SeqCst) {
            return false;
        }
        let instances = self.recipe.plugin.instances;
        match self.recipe.plugin.isolation {
            Isolation::Warm => starting == 0 && self.seats.available_permits() > instances,
            Isolation::PerRequest => {
                let in_use = instances.saturating_sub(self.permits.available_permits());
                self.idle.lock().len() + starting <= in_use
            }
        }
    }
}

/// One more, for as long as it lives.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn among(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
