//! Capability `random`: bytes of the host's cryptographic generator.

#[cfg(target_arch = "wasm32")]
use crate::contract::shared::claviger::plugin::random as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::stand_in::random as host;

/// The most bytes that one call gives.
pub const MOST_BYTES: u32 = 1024;

/// `count` fresh bytes. More than [`MOST_BYTES`] end the plugin with a trap.
pub fn bytes(count: u32) -> Vec<u8> {
    host::bytes(count)
}
