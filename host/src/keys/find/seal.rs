//! Sealing: a new ciphertext under a key that was found for it.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroizing;

use super::SealingKey;
use crate::keys::KeyFault;
use crate::plugin::PluginFault;
use crate::plugin::backend::{Encrypted, FollowUp};
use crate::words::{CheckedSealed, FaultKind, Octets, Plaintext};

impl SealingKey<'_> {
    /// What the backend wants to be given again when it decrypts, at most 19 bytes.
    pub(crate) fn metadata(&self) -> &Octets {
        &self.key.metadata
    }

    /// Encrypts. `metadata` is the part of [`SealingKey::metadata`] that the ciphertext
    /// will carry: all of it, or nothing. `additional_data` is what the ciphertext is
    /// bound to, framed by the front door.
    ///
    /// `witness` is called with the ciphertext as the key manager returned it. The
    /// integrity value is computed there, so a bit that flips later does not agree
    /// with it (XKS-077, XKS-081).
    pub(crate) async fn seal<T>(
        mut self,
        metadata: Octets,
        additional_data: Octets,
        plaintext: &Plaintext,
        witness: impl FnOnce(&CheckedSealed) -> T,
    ) -> Result<(CheckedSealed, T), KeyFault> {
        // A ciphertext that does not carry what the plugin wants to find again may
        // belong to a version of the key that it would not be decrypted with.
        let carries_all = metadata == self.key.metadata;
        let follow_up = if self.verified && carries_all {
            FollowUp::IsDecrypted
        } else {
            FollowUp::Leaves
        };
        let Encrypted { sealed, decrypted } = self
            .session
            .encrypt(
                &self.key,
                Arc::clone(&additional_data),
                plaintext.shared(),
                follow_up,
            )
            .await?;
        let witnessed = witness(&sealed);
        if self.verified || !carries_all {
            let again = match decrypted {
                Some(again) => again,
                None => {
                    self.decrypt_again(metadata, additional_data, &sealed)
                        .await?
                }
            };
            verify_slices_are_equal(&again, plaintext.as_bytes())
                .map_err(|_| KeyFault::NotVerified)?;
        }
        Ok((sealed, witnessed))
    }

    /// Decrypts what was just encrypted (XKS-077 to XKS-079).
    async fn decrypt_again(
        &mut self,
        metadata: Octets,
        additional_data: Octets,
        sealed: &CheckedSealed,
    ) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
        self.session
            .decrypt(&self.key, metadata, additional_data, sealed.clone())
            .await
            .map_err(|fault: PluginFault| match fault.kind() {
                FaultKind::TimedOut => fault.into(),
                _ => KeyFault::VerifyingFailed(fault),
            })
    }
}
