//! Object handles with a generation in their upper half, so that handles of an
//! earlier one can be told and refused.

use cryptoki_sys::{CK_OBJECT_HANDLE, CK_RV};

use crate::codes::Answer;

const SHIFT: u32 = 32;
const REAL: CK_OBJECT_HANDLE = (1 << SHIFT) - 1;

/// Which handles are good.
#[derive(Default)]
pub(crate) struct Objects {
    generation: CK_OBJECT_HANDLE,
}

impl Objects {
    /// From now on, every handle given out before is invalid.
    pub(crate) fn make_stale(&mut self) {
        self.generation += 1;
    }

    /// The client's handle for an object of the module. SoftHSM counts its
    /// handles from 1, so they fit the lower half.
    pub(crate) fn outbound(&self, real: CK_OBJECT_HANDLE) -> CK_OBJECT_HANDLE {
        self.generation << SHIFT | real & REAL
    }

    /// The module's handle for a client's, or `invalid`.
    pub(crate) fn inbound(
        &self,
        handle: CK_OBJECT_HANDLE,
        invalid: CK_RV,
    ) -> Answer<CK_OBJECT_HANDLE> {
        if handle >> SHIFT == self.generation {
            Ok(handle & REAL)
        } else {
            Err(invalid)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_good_until_the_next_generation() {
        let mut objects = Objects::default();
        objects.make_stale();
        let handle = objects.outbound(7);
        assert_eq!(objects.inbound(handle, 130), Ok(7));
        objects.make_stale();
        assert_eq!(objects.inbound(handle, 130), Err(130));
        assert_ne!(objects.outbound(7), handle);
    }
}
