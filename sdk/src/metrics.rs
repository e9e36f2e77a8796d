//! Capability `metrics`: counts and durations of the plugin's own, beside the host's.
//!
//! Names are 1 to 48 characters of `[a-z0-9_]`; at most 32 different ones are kept for
//! each use of the plugin.

#[cfg(target_arch = "wasm32")]
use crate::contract::shared::claviger::plugin::metrics as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::stand_in::metrics as host;

use std::time::Duration;

/// Adds to a count.
pub fn count(name: &str, by: u64) {
    host::count(name, by);
}

/// One more duration of this name.
pub fn observe(name: &str, took: Duration) {
    host::observe(name, u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
}
