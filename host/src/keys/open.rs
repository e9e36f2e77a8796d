//! Opening: the plaintext of a ciphertext.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::KeyFault;
use crate::plugin::backend::{BackendSession, ExternalKey};
use crate::words::{CheckedSealed, Octets};

/// A key that may decrypt for an authorized caller. Only
/// [`super::FoundKey::into_opening`] makes one.
pub(crate) struct OpeningKey<'k> {
    session: BackendSession<'k>,
    key: Arc<ExternalKey>,
}

impl<'k> OpeningKey<'k> {
    pub(super) fn new(session: BackendSession<'k>, key: Arc<ExternalKey>) -> Self {
        Self { session, key }
    }

    /// Decrypts. `metadata` is the backend's metadata that came back with the
    /// ciphertext. `additional_data` is what the ciphertext is bound to, framed by the
    /// front door.
    pub(crate) async fn open(
        &mut self,
        metadata: Octets,
        additional_data: Octets,
        sealed: CheckedSealed,
    ) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
        let opened = self
            .session
            .decrypt(&self.key, metadata, additional_data, sealed);
        Ok(opened.await?)
    }
}
