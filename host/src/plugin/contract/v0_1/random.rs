//! Interface `random`.

use super::imported::random::Host;
use crate::capability::{State, random_bytes};

impl Host for State {
    fn bytes(&mut self, count: u32) -> wasmtime::Result<Vec<u8>> {
        random_bytes(count)
    }
}
