//! Capability `metrics`: counts and durations of a plugin's own.

use super::State;

impl State {
    /// Adds to a count.
    pub(crate) fn count_own(&self, name: &str, by: u64) {
        self.own.count(name, by);
    }

    /// One more duration of this name.
    pub(crate) fn observe_own(&self, name: &str, microseconds: u64) {
        self.own.observe(name, microseconds);
    }
}
