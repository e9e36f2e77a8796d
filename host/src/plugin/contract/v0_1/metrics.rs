//! Interface `metrics`.

use super::imported::metrics::Host;
use crate::capability::State;

impl Host for State {
    fn count(&mut self, name: String, by: u64) -> wasmtime::Result<()> {
        self.count_own(&name, by);
        Ok(())
    }

    fn observe(&mut self, name: String, microseconds: u64) -> wasmtime::Result<()> {
        self.observe_own(&name, microseconds);
        Ok(())
    }
}
