//! Numbers that are counted while the host serves, kept by whom they are about.
//!
//! Who counts has a handle: nothing is looked up by name while a request is served.
//! Counts live through a change of the configuration: the next snapshot takes the
//! handles of the one in force.

mod kept;
mod plugin_calls;
mod plugin_own;

use prometheus_client::metrics::histogram::Histogram;
use std::sync::Arc;

pub(crate) use kept::Kept;
pub(crate) use plugin_calls::{CallResult, PluginCalls};
pub(crate) use plugin_own::PluginOwn;

/// Bounds in seconds: AWS KMS waits for 250 ms.
const BOUNDS: [f64; 12] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.5,
];

/// Times of requests, or of parts of them.
pub(crate) fn times() -> Histogram {
    Histogram::new(BOUNDS)
}

/// What is counted of plugins.
#[derive(Default)]
pub(crate) struct PluginMetrics {
    calls: Kept<(Arc<str>, Arc<str>), PluginCalls>,
    queues: Kept<Arc<str>, Histogram>,
    own: Kept<(Arc<str>, Arc<str>), PluginOwn>,
}

/// What is counted of one plugin for one key store.
#[derive(Clone)]
pub(crate) struct Counted {
    pub(crate) calls: Arc<PluginCalls>,
    /// How long requests of the key store waited for an instance of some plugin.
    pub(crate) queue: Arc<Histogram>,
}

impl PluginMetrics {
    /// Of this key store and this plugin.
    pub(crate) fn of(&self, key_store: &Arc<str>, plugin: &Arc<str>) -> Counted {
        let both = (Arc::clone(key_store), Arc::clone(plugin));
        Counted {
            calls: self.calls.get(both, PluginCalls::default),
            queue: self.queues.get(Arc::clone(key_store), times),
        }
    }

    /// What this plugin counts of itself for this key store.
    pub(crate) fn own(&self, key_store: &Arc<str>, plugin: &Arc<str>) -> Arc<PluginOwn> {
        let both = (Arc::clone(key_store), Arc::clone(plugin));
        self.own.get(both, PluginOwn::default)
    }
}
