//! Capability `random`: bytes of the host's cryptographic generator.

use wasmtime::{ensure, format_err};

/// Most bytes of one call.
const MOST: u32 = 1024;

/// `count` random bytes, at most 1024. To ask for more is a fault of the plugin.
pub(crate) fn random_bytes(count: u32) -> wasmtime::Result<Vec<u8>> {
    ensure!(
        count <= MOST,
        "random.bytes: {count} bytes asked for, {MOST} at most"
    );
    let mut bytes = vec![0; count as usize];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| format_err!("the random generator failed"))?;
    Ok(bytes)
}
