//! Random initialization vectors, fetched by the dozen.

use claviger_sdk::random;
use std::cell::RefCell;
use std::fmt;

/// One call into the host gives this many bytes, for 64 vectors.
const STOCK: u32 = 768;

/// Random bytes, each of which is used once and forgotten.
#[derive(Default)]
pub(crate) struct InitializationVectors {
    unused: RefCell<Vec<u8>>,
}

impl InitializationVectors {
    /// 96 random bits that were never used before.
    pub(crate) fn next(&self) -> [u8; 12] {
        let mut unused = self.unused.borrow_mut();
        loop {
            if let Some((rest, vector)) = unused.split_last_chunk() {
                let (rest, vector) = (rest.len(), *vector);
                unused.truncate(rest);
                return vector;
            }
            *unused = random::bytes(STOCK);
        }
    }
}

/// What will become a vector is nobody's business before.
impl fmt::Debug for InitializationVectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InitializationVectors([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::InitializationVectors;
    use claviger_sdk::testing;
    use std::collections::BTreeSet;

    #[test]
    fn xks_068_no_vector_comes_twice_and_64_come_from_one_call() {
        let vectors = InitializationVectors::default();
        let seen: BTreeSet<_> = (0..128).map(|_| vectors.next()).collect();
        assert_eq!(seen.len(), 128);
        assert_eq!(testing::calls("random.bytes"), 2);
        vectors.next();
        assert_eq!(testing::calls("random.bytes"), 3);
    }
}
