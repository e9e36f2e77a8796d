//! Opening: the plaintext of a ciphertext.

use zeroize::Zeroizing;

use super::OpeningKey;
use crate::keys::KeyFault;
use crate::words::{CheckedSealed, Octets};

impl OpeningKey<'_> {
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
