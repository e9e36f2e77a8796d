//! The right to call one instance.

use std::time::Duration;

use claviger_config::Isolation;
use tokio::sync::SemaphorePermit;
use wasmtime::component::{ComponentNamedList, Lift, Lower, TypedFunc};

use super::Shared;
use crate::metrics::CallResult;
use crate::plugin::contract::World;
use crate::plugin::fault::PluginFault;
use crate::plugin::instance::{Instance, Sensitivity};
use crate::plugin::turn::Budget;
use crate::words::Refusal;

/// The right to call one instance, for one request.
pub(in crate::plugin) struct Lease<'p, W: World> {
    pool: &'p Shared<W>,
    /// `None` during a call, and for good after one that went wrong.
    instance: Option<Instance<W>>,
    /// In use by calls that succeeded.
    busy: Duration,
    _permit: Option<SemaphorePermit<'p>>,
}

impl<'p, W: World> Lease<'p, W> {
    pub(super) fn new(
        pool: &'p Shared<W>,
        instance: Instance<W>,
        permit: Option<SemaphorePermit<'p>>,
    ) -> Self {
        if pool.recipe.plugin.isolation == Isolation::PerRequest {
            // It will not come back.
            pool.wanted.notify_one();
        }
        Self {
            pool,
            instance: Some(instance),
            busy: Duration::ZERO,
            _permit: permit,
        }
    }

    /// Calls the function that `pick` names.
    pub(in crate::plugin) async fn call<P, R>(
        &mut self,
        budget: impl Into<Budget>,
        sensitivity: Sensitivity,
        pick: impl FnOnce(&W) -> TypedFunc<P, R>,
        parameters: P,
    ) -> Result<R, PluginFault>
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let (pool, budget) = (self.pool, budget.into());
        let instance = self.instance.take();
        let instance =
            instance.ok_or(PluginFault::BadAnswer("it was called again after a fault"))?;
        let function = pick(&instance.world);
        let signals = instance.signals();
        let call = instance.run(budget, sensitivity, function, parameters);
        let result = match pool.driver.drive(budget, &signals, call).await {
            Ok((Ok((instance, answer)), took)) => {
                self.instance = Some(instance);
                self.busy += took;
                pool.recipe.counted.calls.count(CallResult::Answered);
                Ok(answer)
            }
            Ok((Err(fault), _)) | Err(fault) => Err(fault),
        };
        if let Err(fault) = &result {
            pool.failed(fault);
        }
        result
    }

    /// The text of a refusal is withheld if it may hold what nobody should see: a plaintext,
    /// or a secret that the plugin has seen.
    pub(in crate::plugin) fn told(&self, refusal: impl Into<Refusal>) -> Refusal {
        let refusal: Refusal = refusal.into();
        self.pool.recipe.granted.log_source.hear(&refusal.text);
        let instance = self.instance.as_ref();
        if instance.is_none_or(|instance| instance.withholds(&refusal.text)) {
            refusal.withheld()
        } else {
            refusal
        }
    }

    /// What its instance has taken of memory, in bytes; nothing after a fault.
    pub(in crate::plugin) fn memory(&self) -> usize {
        self.instance.as_ref().map_or(0, Instance::memory)
    }

    /// The instance answered nonsense: it is not used again.
    pub(in crate::plugin) fn condemn(&mut self, nonsense: &'static str) -> PluginFault {
        self.instance = None;
        let fault = PluginFault::BadAnswer(nonsense);
        self.pool.failed(&fault);
        fault
    }
}

impl<W: World> Drop for Lease<'_, W> {
    fn drop(&mut self) {
        let pool = self.pool;
        let Some(instance) = self.instance.take() else {
            // The next one is made before somebody waits for it.
            pool.wanted.notify_one();
            return;
        };
        if self.busy.is_zero() {
            // It was not called.
            return pool.put_idle(instance);
        }
        // Only now: of the calls of one request the first may succeed every time, and
        // the second fail.
        pool.breaker.succeeded();
        pool.service_time.took(self.busy);
        if pool.recipe.plugin.isolation == Isolation::PerRequest {
            return;
        }
        if instance.is_nearly_full() {
            pool.wanted.notify_one();
            return;
        }
        pool.put_idle(instance);
    }
}
