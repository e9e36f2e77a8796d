//! Capability `random`: bytes of the host's cryptographic generator.

use wasmtime::{ensure, format_err};

use crate::plugin::PluginState;
use crate::plugin::wit::claviger::plugin::random::Host;

/// Most bytes of one call.
const MOST: u32 = 1024;

impl Host for PluginState {
    fn bytes(&mut self, count: u32) -> wasmtime::Result<Vec<u8>> {
        ensure!(
            count <= MOST,
            "random.bytes: {count} bytes asked for, {MOST} at most"
        );
        let mut bytes = vec![0; count as usize];
        aws_lc_rs::rand::fill(&mut bytes)
            .map_err(|_| format_err!("the random generator failed"))?;
        Ok(bytes)
    }
}
