//! The service behind the API: what it knows, and the proxies that it calls.

mod connecting;
mod proxies;
mod timers;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::task::JoinSet;

use crate::moment::{Clock, Moment};
use crate::names::{AccountId, KeyId, Region};
use crate::state::{RegionState, Store};

pub use proxies::Proxies;

/// What does not change while the service runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The one account that there is.
    pub account: AccountId,
    /// How long key stores take to connect and to disconnect.
    pub connect_delay: Duration,
    /// How often the proxies of connected key stores are asked how they are.
    pub health_check_interval: Duration,
    /// Whether key stores are connected as soon as they are made, and disconnected
    /// before they are deleted.
    pub auto_connect: bool,
}

/// A service. Its tasks need a tokio runtime.
pub struct Service {
    /// What does not change.
    pub settings: Settings,
    /// What it knows.
    pub store: Arc<Store>,
    /// The proxies.
    pub proxies: Proxies,
    clock: Clock,
    started: Moment,
    last_uses: Mutex<BTreeMap<(Region, KeyId), LastUse>>,
    tasks: Mutex<JoinSet<()>>,
}

/// The last cryptographic operation that succeeded with a key.
#[derive(Debug, Clone)]
pub struct LastUse {
    /// The operation.
    pub operation: &'static str,
    /// When.
    pub at: Moment,
    /// Its request.
    pub request_id: String,
}

impl Service {
    /// A service that knows what `store` does.
    pub fn new(settings: Settings, store: Store, proxies: Proxies, clock: Clock) -> Arc<Self> {
        let started = clock();
        Arc::new(Self {
            settings,
            store: Arc::new(store),
            proxies,
            clock,
            started,
            last_uses: Mutex::default(),
            tasks: Mutex::default(),
        })
    }

    /// Does something beside the requests, until it is done or the service ends.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock();
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    /// Ends what is done beside the requests. Nothing uses the state folder then.
    pub async fn end(&self) {
        let mut tasks = std::mem::take(&mut *self.tasks.lock());
        tasks.shutdown().await;
    }

    /// What time it is.
    pub fn now(&self) -> Moment {
        (self.clock)()
    }

    /// When the service began to remember the use of keys.
    pub const fn started(&self) -> Moment {
        self.started
    }

    /// A Region as it is now.
    pub fn region(&self, region: &Region) -> Arc<RegionState> {
        self.store.region(region)
    }

    /// Remembers that a key was used.
    pub fn note_use(&self, region: &Region, key: KeyId, last: LastUse) {
        let mut uses = self.last_uses.lock();
        // Keys that are gone are forgotten here, so that there are never more
        // entries than keys, and a few.
        if uses.len() > crate::state::limits::KEYS {
            uses.retain(|(region, key), _| self.region(region).keys.contains_key(key));
        }
        uses.insert((region.clone(), key), last);
    }

    /// The last use of a key since the service was started.
    pub fn last_use(&self, region: &Region, key: KeyId) -> Option<LastUse> {
        self.last_uses.lock().get(&(region.clone(), key)).cloned()
    }
}
