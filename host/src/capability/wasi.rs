//! Capability `wasi`: clocks, sleep and randomness, for components that have them from
//! their standard library.
//!
//! A standard library imports them even where a program never calls them, so they are
//! linked whether granted or not. Without the grant each call ends the plugin's call
//! with a text that names the grant. The rest of WASI that may be imported is empty
//! for everybody: no arguments, no environment, no files; standard input is at its
//! end, and what is written to the standard outputs goes nowhere.

use wasmtime::{Result, ensure, format_err};

/// Most random bytes of one call.
const RANDOM_BYTES: u64 = 64 << 10;

/// What one instance has of WASI.
pub(crate) struct Wasi {
    granted: bool,
}

impl Wasi {
    /// Of a fresh instance.
    pub(crate) fn new(granted: bool) -> Self {
        Self { granted }
    }

    /// An error unless it is granted; `what` is what the plugin asks for.
    pub(crate) fn admit(&self, what: &str) -> Result<()> {
        ensure!(
            self.granted,
            "it asks WASI for {what}, which is not granted: write `wasi = true` if the plugin may have clocks, sleep and randomness"
        );
        Ok(())
    }

    /// Bytes of the host's cryptographic generator, 64 KiB at the most.
    pub(crate) fn random_bytes(&self, count: u64) -> Result<Vec<u8>> {
        self.admit("random bytes")?;
        ensure!(
            count <= RANDOM_BYTES,
            "wasi:random: {count} bytes asked for, {RANDOM_BYTES} at most"
        );
        let mut bytes = vec![0; usize::try_from(count)?];
        fill(&mut bytes)?;
        Ok(bytes)
    }

    /// Eight of them.
    pub(crate) fn random_u64(&self) -> Result<u64> {
        self.admit("random bytes")?;
        random_u64()
    }

    /// What the tables of a standard library are seeded with, granted or not: with a
    /// seed that everybody knows, whoever chooses a table's keys can make it slow.
    pub(crate) fn seed() -> Result<(u64, u64)> {
        Ok((random_u64()?, random_u64()?))
    }
}

fn random_u64() -> Result<u64> {
    let mut bytes = [0; 8];
    fill(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

fn fill(bytes: &mut [u8]) -> Result<()> {
    aws_lc_rs::rand::fill(bytes).map_err(|_| format_err!("the random generator failed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flt_61_a_call_has_at_most_64_kib_of_randomness() {
        let wasi = Wasi::new(true);
        assert_eq!(wasi.random_bytes(RANDOM_BYTES).unwrap().len(), 64 << 10);
        for count in [RANDOM_BYTES + 1, 60 << 20, u64::MAX] {
            let refusal = wasi.random_bytes(count).unwrap_err().to_string();
            assert!(refusal.contains("65536 at most"), "{refusal}");
        }
    }

    #[test]
    fn flt_61_without_the_grant_there_is_nothing_but_a_seed() {
        let wasi = Wasi::new(false);
        for refusal in [
            wasi.random_bytes(1).unwrap_err(),
            wasi.random_u64().unwrap_err(),
            wasi.admit("the time").unwrap_err(),
        ] {
            assert!(refusal.to_string().contains("`wasi = true`"), "{refusal}");
        }
        assert_ne!(Wasi::seed().unwrap(), Wasi::seed().unwrap());
    }
}
