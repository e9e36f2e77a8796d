//! A key of a token that other keys are sealed under.
//!
//! Found by its label when it is needed, and checked before it is used: a key
//! that could be mistaken for another, or that may only encrypt, would make what
//! nobody can open.

use std::sync::Arc;

use thiserror::Error;
use zeroize::Zeroizing;

use super::fault::TokenFault;
use super::keys::{KeyReference, KeySelector};
use super::token::Token;
use crate::words::{Deadline, Sealed};

/// In bytes.
const AES_256: u32 = 32;

/// Why a key of a token cannot seal or open another.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum WrappingFault {
    /// There is none.
    #[error("the token has no secret key with this label")]
    NoKey,
    /// There is no telling which is meant.
    #[error("{0} secret keys of the token have this label")]
    SeveralKeys(usize),
    /// Of another kind or length.
    #[error("the key with this label is not an AES key of 256 bits")]
    NotAes256,
    /// The token would refuse to use it.
    #[error("the key with this label is not allowed both to encrypt and to decrypt")]
    NotPermitted,
    /// The tag does not match.
    #[error("the key with this label does not open what the storage's key is sealed in")]
    Refused,
    /// What was sealed does not open again.
    #[error("the token does not decrypt what it has encrypted")]
    NotReversible,
    /// The operating system gives no random bytes.
    #[error("the random generator failed")]
    Random,
    /// The token did not do its work.
    #[error("{0}")]
    Token(TokenFault),
}

impl From<TokenFault> for WrappingFault {
    fn from(fault: TokenFault) -> Self {
        match fault {
            TokenFault::AuthenticationFailed => Self::Refused,
            other => Self::Token(other),
        }
    }
}

/// An AES-256 key of a token, which may encrypt and decrypt.
pub(crate) struct WrappingKey {
    token: Arc<Token>,
    key: KeyReference,
    deadline: Deadline,
}

impl WrappingKey {
    /// The one key with this label; all that is done with it ends at `deadline`.
    pub(crate) async fn find(
        token: Arc<Token>,
        label: &str,
        deadline: Deadline,
    ) -> Result<Self, WrappingFault> {
        let by_label = KeySelector::Label(label.to_owned());
        let found = token.find(deadline, by_label).await?;
        let key = match *found {
            [] => return Err(WrappingFault::NoKey),
            [key] => key,
            _ => return Err(WrappingFault::SeveralKeys(found.len())),
        };
        let attributes = token.attributes(deadline, key).await?;
        if attributes.key_type != cryptoki_sys::CKK_AES || attributes.value_length != Some(AES_256)
        {
            return Err(WrappingFault::NotAes256);
        }
        if !(attributes.encrypt && attributes.decrypt) {
            return Err(WrappingFault::NotPermitted);
        }
        Ok(Self {
            token,
            key,
            deadline,
        })
    }

    /// Seals `secret`, and makes sure that it opens again: what the token writes
    /// may be all that is left of the secret.
    pub(crate) async fn seal(
        &self,
        additional_data: &[u8],
        secret: &[u8],
    ) -> Result<Sealed, WrappingFault> {
        let (additional_data, secret_copy) = (additional_data.to_vec(), secret.to_vec());
        let (sealed, opened) = self
            .token
            .encrypt_and_decrypt(self.deadline, self.key, additional_data, secret_copy)
            .await?;
        match opened {
            Some(opened) if *opened == secret => Ok(sealed),
            _ => Err(WrappingFault::NotReversible),
        }
    }

    /// Opens what was sealed under this key with the same additional data.
    pub(crate) async fn open(
        &self,
        additional_data: &[u8],
        sealed: Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, WrappingFault> {
        let opened = self
            .token
            .decrypt(self.deadline, self.key, additional_data.to_vec(), sealed)
            .await?;
        Ok(Zeroizing::new(opened))
    }
}
