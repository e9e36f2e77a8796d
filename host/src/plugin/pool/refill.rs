//! Makes instances in the background.

use std::sync::{Arc, Weak};

use tokio::sync::{Notify, OwnedSemaphorePermit};
use tracing::warn;

use super::{Counted, Shared};
use crate::plugin::contract::World;
use crate::plugin::fault::PluginFault;
use crate::plugin::instance::Instance;
use crate::words::OwnTask;

/// The task that makes instances; it ends with the pool.
pub(super) struct Refill {
    _task: OwnTask<()>,
}

impl Refill {
    pub(super) fn start<W: World>(shared: &Arc<Shared<W>>) -> Self {
        let (pool, wanted) = (Arc::downgrade(shared), Arc::clone(&shared.wanted));
        let task = refill(pool, wanted);
        Self {
            _task: shared.recipe.share.spawn(task).into(),
        }
    }
}

async fn refill<W: World>(pool: Weak<Shared<W>>, wanted: Arc<Notify>) {
    loop {
        wanted.notified().await;
        while let Some(seat) = next_seat(&pool).await {
            let Some(shared) = pool.upgrade() else {
                return;
            };
            // Before it begins, so that it is not wanted twice.
            let starting = Counted::among(&shared.starting);
            let share = shared.recipe.share.clone();
            share.spawn(async move { start(&shared, seat, starting).await });
        }
    }
}

/// A seat for another instance, once there is one; `None` when none is wanted.
async fn next_seat<W: World>(pool: &Weak<Shared<W>>) -> Option<OwnedSemaphorePermit> {
    let seats = {
        let shared = pool.upgrade().filter(|shared| shared.wants_more())?;
        Arc::clone(&shared.seats)
    };
    let seat = seats.acquire_owned().await.ok()?;
    // It may have taken a while.
    pool.upgrade()
        .filter(|shared| shared.wants_more())
        .map(|_| seat)
}

async fn start<W: World>(pool: &Shared<W>, seat: OwnedSemaphorePermit, starting: Counted) {
    let started = Instance::start(&pool.recipe, &pool.driver, seat).await;
    drop(starting);
    match started {
        Ok(instance) => pool.put_idle(instance),
        Err(fault) => {
            let fault = PluginFault::from(fault);
            if !pool.breaker.is_open() {
                let source = &pool.recipe.granted.log_source;
                source.about(|plugin| warn!(plugin, %fault, "no further instance of the plugin"));
                // Once it is open, the next request that is let through asks for one.
                pool.wanted.notify_one();
            }
            pool.failed(&fault);
        }
    }
}
