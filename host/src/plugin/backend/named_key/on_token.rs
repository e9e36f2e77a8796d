//! Encryption by the host itself, under a key on a token.
//!
//! This is the way of a request for which all goes well. Another token, a key
//! that has to be found again, what a failure means: that is the plugin's
//! business, so whatever goes wrong here is put to the plugin as if nothing had
//! been tried.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::super::FollowUp;
use crate::pkcs11::{self as tokens, KeyReference, Token, TokenFault};
use crate::plugin::fault::{NamedKeyFault, PluginFault};
use crate::words::{Deadline, Sealed};

/// A key on a token that the host encrypts with by itself.
pub(in super::super) struct TokenCipher {
    pub(super) token: Arc<Token>,
    pub(super) key: KeyReference,
}

impl TokenCipher {
    /// Encrypts and, when that is what follows, decrypts again; `None` when the
    /// plugin has to.
    pub(in super::super) async fn seal(
        &self,
        deadline: Deadline,
        additional_data: &[u8],
        plaintext: &[u8],
        follow_up: FollowUp,
    ) -> Option<(Sealed, Option<Zeroizing<Vec<u8>>>)> {
        let deadline = tokens::within(deadline);
        let (additional_data, plaintext) = (additional_data.to_vec(), plaintext.to_vec());
        let (token, key) = (&self.token, self.key);
        let (sealed, decrypted) = match follow_up {
            FollowUp::Leaves => {
                let sealed = token.encrypt(deadline, key, additional_data, plaintext);
                (sealed.await.ok()?, None)
            }
            FollowUp::IsDecrypted => {
                let both = token.encrypt_and_decrypt(deadline, key, additional_data, plaintext);
                both.await.ok()?
            }
        };
        Some((sealed, decrypted))
    }

    /// The plaintext of an authentic ciphertext; `None` when the plugin has to
    /// decrypt.
    pub(in super::super) async fn open(
        &self,
        deadline: Deadline,
        additional_data: &[u8],
        sealed: Sealed,
    ) -> Option<Result<Vec<u8>, PluginFault>> {
        let opened = self
            .token
            .decrypt(
                tokens::within(deadline),
                self.key,
                additional_data.to_vec(),
                sealed,
            )
            .await;
        match opened {
            Ok(plaintext) => Some(Ok(plaintext)),
            Err(TokenFault::AuthenticationFailed) => Some(Err(NamedKeyFault::NotAuthentic.into())),
            Err(_) => None,
        }
    }
}
