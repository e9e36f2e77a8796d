//! The instances of one plugin for one key store.
//!
//! An instance's life ends in one of these ways, and in no other:
//! - a call trapped, ran out of memory, missed its deadline or broke the
//!   contract: its lease is dropped and the instance with it;
//! - the request was abandoned half-way, for example because the client went
//!   away: the same, since a store that was left in the middle of a call cannot
//!   be entered again;
//! - isolation is per request: it is dropped after the one request;
//! - the pool is retired, because another snapshot has taken over;
//! - the pool is dropped.
//!
//! Otherwise the end of the lease returns it, and the next request of the same
//! key store takes it. No instance ever serves two key stores.

use parking_lot::Mutex;
use tokio::sync::{Semaphore, SemaphorePermit};

use claviger_config::{Capability, Isolation};

use super::contract::World;
use super::fault::PluginFault;
use super::instance::{Instance, Recipe, Sensitivity, StartFault};
use crate::capability::Granted;
use crate::words::Deadline;
use wasmtime::component::{ComponentNamedList, Lift, Lower, TypedFunc};

/// Makes, keeps and limits instances.
pub(crate) struct Pool<W: World> {
    recipe: Recipe,
    isolation: Isolation,
    permits: Semaphore,
    /// `None` once the pool is retired: nothing is kept any more.
    idle: Mutex<Option<Vec<Instance<W>>>>,
}

impl<W: World> Pool<W> {
    /// A pool with its first instance, which proves that the plugin starts and
    /// accepts its settings.
    pub(super) async fn start(recipe: Recipe, deadline: Deadline) -> Result<Self, StartFault> {
        let first = Instance::start(&recipe, deadline).await?;
        Ok(Self {
            isolation: recipe.plugin.isolation,
            permits: Semaphore::new(recipe.plugin.instances),
            idle: Mutex::new(Some(vec![first])),
            recipe,
        })
    }

    /// Whether the plugin has this capability: one that it imports is granted, or
    /// it would not have been linked.
    pub(super) fn is_granted(&self, capability: Capability) -> bool {
        let declaration = &self.recipe.plugin.declaration;
        declaration.capabilities.contains(&capability)
    }

    /// The records and the tokens that the plugin was granted.
    pub(super) fn granted(&self) -> &Granted {
        &self.recipe.granted
    }

    /// Gives idle instances back at once, and those in use when their requests
    /// end: the pool of another snapshot needs the room.
    pub(super) fn retire(&self) {
        let idle = self.idle.lock().take();
        drop(idle);
    }

    /// An instance for one request: an idle one, or a new one when fewer than
    /// the limit are in use, or the first that becomes free before `deadline`.
    pub(super) async fn lease(&self, deadline: Deadline) -> Result<Lease<'_, W>, PluginFault> {
        let permit = match self.permits.try_acquire() {
            Ok(permit) => permit,
            Err(_) => tokio::time::timeout_at(deadline.as_tokio(), self.permits.acquire())
                .await
                .ok()
                .and_then(Result::ok)
                .ok_or(PluginFault::Busy)?,
        };
        let idle = self.idle.lock().as_mut().and_then(Vec::pop);
        let instance = match idle {
            Some(instance) => instance,
            None => Instance::start(&self.recipe, deadline).await?,
        };
        Ok(Lease {
            pool: self,
            instance: Some(instance),
            sound: true,
            _permit: permit,
        })
    }
}

/// The right to call one instance, for one request.
pub(super) struct Lease<'p, W: World> {
    pool: &'p Pool<W>,
    /// `None` only while it is being dropped.
    instance: Option<Instance<W>>,
    /// False during a call, and for good after one that went wrong.
    sound: bool,
    _permit: SemaphorePermit<'p>,
}

impl<W: World> Lease<'_, W> {
    pub(super) async fn call<P, R>(
        &mut self,
        deadline: Deadline,
        sensitivity: Sensitivity,
        pick: impl FnOnce(&W) -> TypedFunc<P, R>,
        parameters: P,
    ) -> Result<R, PluginFault>
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let sound = std::mem::replace(&mut self.sound, false);
        let instance = self.instance.as_mut().filter(|_| sound);
        let instance =
            instance.ok_or(PluginFault::BadAnswer("it was called again after a fault"))?;
        let function = pick(&instance.world);
        let result = instance
            .run(deadline, sensitivity, function, parameters)
            .await?;
        self.sound = true;
        Ok(result)
    }

    /// The instance answered nonsense: it is not used again.
    pub(super) fn condemn(&mut self, nonsense: &'static str) -> PluginFault {
        self.sound = false;
        PluginFault::BadAnswer(nonsense)
    }
}

impl<W: World> Drop for Lease<'_, W> {
    fn drop(&mut self) {
        if let Some(instance) = self.instance.take()
            && self.sound
            && self.pool.isolation == Isolation::Warm
            && let Some(idle) = self.pool.idle.lock().as_mut()
        {
            idle.push(instance);
        }
    }
}
