//! Every Nth operation fails.

use std::sync::atomic::{AtomicU64, Ordering};

use cryptoki_sys::CKR_FUNCTION_FAILED;

use crate::codes::Answer;
use crate::settings::Settings;

/// Counts the operations since `throttle_every` was last changed.
#[derive(Default)]
pub(crate) struct Throttle {
    operations: AtomicU64,
}

impl Throttle {
    /// One more operation. `CKR_FUNCTION_FAILED` is what CloudHSM says when it
    /// throttles.
    pub(crate) fn admit(&self, settings: &Settings) -> Answer {
        let operation = self.operations.fetch_add(1, Ordering::Relaxed) + 1;
        if settings.throttle_every != 0 && operation.is_multiple_of(settings.throttle_every) {
            return Err(CKR_FUNCTION_FAILED);
        }
        Ok(())
    }

    /// Starts again from one.
    pub(crate) fn restart(&self) {
        self.operations.store(0, Ordering::Relaxed);
    }
}
