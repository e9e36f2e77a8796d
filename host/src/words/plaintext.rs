//! A plaintext on its way into a plugin.

use std::sync::Arc;

use zeroize::{Zeroize as _, Zeroizing};

/// Shared with the one call that needs it, and wiped when the request is over.
pub(crate) struct Plaintext(Arc<Vec<u8>>);

impl Plaintext {
    /// Takes the bytes over without a copy.
    pub(crate) fn new(mut bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(Arc::new(std::mem::take(&mut *bytes)))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// For the parameters of a call; the call lets go of it when it returns.
    pub(crate) fn shared(&self) -> Arc<Vec<u8>> {
        Arc::clone(&self.0)
    }
}

impl Drop for Plaintext {
    fn drop(&mut self) {
        if let Some(bytes) = Arc::get_mut(&mut self.0) {
            bytes.zeroize();
        }
    }
}
