//! What becomes of the instances of a pool, whatever they do.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Pool;
use crate::metrics::{Counted as Metrics, PluginOwn};
use crate::plugin::contract::World;
use crate::plugin::description::Description;
use crate::upstream::UpstreamCounts;

/// The instances of one plugin for one key store, at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Population {
    pub(crate) idle: usize,
    pub(crate) in_use: usize,
    pub(crate) starting: usize,
    /// Requests that wait for one.
    pub(crate) waiting: usize,
    /// What each of them may have of memory, in bytes.
    pub(crate) memory_bytes: usize,
}

/// What becomes of a plugin's instances, whatever they do.
pub(crate) trait Instances {
    /// How long the first one took to start.
    fn start_time(&self) -> Duration;

    /// What it says of itself.
    fn description(&self) -> &Description;

    /// SHA-256 of its component, in hexadecimal.
    fn digest(&self) -> &str;

    /// SHA-256 of its settings, and of what files and secrets behind its grants hold: to
    /// compare, and to show to nobody.
    fn settings_digests(&self) -> [[u8; 32]; 2];

    /// How many there are.
    fn population(&self) -> Population;

    /// What is counted of the plugin for the key store, whatever snapshot it is in.
    fn counted(&self) -> &Metrics;

    /// What the plugin counts of itself for the key store.
    fn own(&self) -> &PluginOwn;

    /// The upstreams that it is granted.
    fn upstreams(&self) -> Vec<(&str, &UpstreamCounts)>;

    /// Whether the plugin failed so often that it is not asked for the time being.
    fn is_broken(&self) -> bool;

    /// Gives idle instances back at once, and those in use when their requests
    /// end: the pool of another snapshot needs the room.
    fn retire(&self);

    /// Drops instances that nobody has used since the fourth call before this one; one
    /// stays. To be called every 15 seconds or so.
    fn drop_surplus(&self);
}

impl<W: World> Instances for Pool<W> {
    fn start_time(&self) -> Duration {
        self.shared.start_time
    }

    fn description(&self) -> &Description {
        &self.shared.description
    }

    fn digest(&self) -> &str {
        &self.shared.recipe.plugin.digest
    }

    fn settings_digests(&self) -> [[u8; 32]; 2] {
        let recipe = &self.shared.recipe;
        [recipe.settings.digest(), recipe.granted.contents]
    }

    fn population(&self) -> Population {
        let shared = &*self.shared;
        let plugin = &shared.recipe.plugin;
        let (idle, starting) = (
            shared.idle.lock().len(),
            shared.starting.load(Ordering::Relaxed),
        );
        let seats = plugin.instances.saturating_add(1);
        let alive = seats.saturating_sub(shared.seats.available_permits());
        Population {
            idle,
            in_use: alive.saturating_sub(idle + starting),
            starting,
            waiting: shared.waiting.load(Ordering::Relaxed),
            memory_bytes: plugin.memory_bytes,
        }
    }

    fn counted(&self) -> &Metrics {
        &self.shared.recipe.counted
    }

    fn own(&self) -> &PluginOwn {
        &self.shared.recipe.granted.own
    }

    fn upstreams(&self) -> Vec<(&str, &UpstreamCounts)> {
        self.shared.recipe.granted.upstreams.all().collect()
    }

    fn is_broken(&self) -> bool {
        self.shared.breaker.is_open()
    }

    fn retire(&self) {
        self.shared.retired.store(true, Ordering::SeqCst);
        let idle = self.shared.idle.lock().take_all();
        drop(idle);
    }

    fn drop_surplus(&self) {
        let surplus = self.shared.idle.lock().take_surplus();
        drop(surplus);
    }
}
