//! The key that seals the records of a storage whose key-encryption key is on a
//! token.
//!
//! It is random, made with the storage, and written only as the token sealed it:
//! `identity (16) ‖ initialization vector (12 or 16) ‖ ciphertext (32) ‖ tag
//! (16)`. The identity is random too and covered by the tag, so a sealed key
//! opens no other storage than its own. The token opens it once, at the start.

use zeroize::Zeroizing;

use crate::pkcs11::{WrappingFault, WrappingKey};
use crate::words::Sealed;

const DOMAIN: &[u8] = b"claviger key-storage root key 1";
const IDENTITY: usize = 16;
const KEY: usize = 32;
const TAG: usize = 16;

/// Seals the records of one storage. Wiped when dropped.
pub(crate) struct RootKey(Zeroizing<[u8; KEY]>);

impl RootKey {
    /// A new one, and how it is kept.
    pub(crate) async fn make(
        wrapping_key: &WrappingKey,
    ) -> Result<(Self, WrappedRootKey), WrappingFault> {
        let mut key = Zeroizing::new([0; KEY]);
        let mut identity = [0; IDENTITY];
        for bytes in [&mut key[..], &mut identity[..]] {
            aws_lc_rs::rand::fill(bytes).map_err(|_| WrappingFault::Random)?;
        }
        let sealed = wrapping_key.seal(&binding(identity), key.as_ref()).await?;
        Ok((Self(key), WrappedRootKey { identity, sealed }))
    }

    /// For the cipher, and for nothing else.
    pub(super) fn expose(&self) -> &[u8; KEY] {
        &self.0
    }
}

/// A storage's root key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WrappedRootKey {
    identity: [u8; IDENTITY],
    sealed: Sealed,
}

impl WrappedRootKey {
    /// The key, opened by the token's key that it was sealed under.
    pub(crate) async fn open(&self, wrapping_key: &WrappingKey) -> Result<RootKey, WrappingFault> {
        let opened = wrapping_key
            .open(&binding(self.identity), self.sealed.clone())
            .await?;
        let mut key = Zeroizing::new([0; KEY]);
        if opened.len() != KEY {
            return Err(WrappingFault::Refused);
        }
        key.copy_from_slice(&opened);
        Ok(RootKey(key))
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let Sealed {
            ciphertext,
            initialization_vector: vector,
            authentication_tag: tag,
        } = &self.sealed;
        [&self.identity[..], vector, ciphertext, tag].concat()
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (identity, rest) = bytes.split_first_chunk::<IDENTITY>()?;
        let (rest, tag) = rest.split_last_chunk::<TAG>()?;
        let (vector, ciphertext) = rest.split_last_chunk::<KEY>()?;
        if !matches!(vector.len(), 12 | 16) {
            return None;
        }
        Some(Self {
            identity: *identity,
            sealed: Sealed {
                ciphertext: ciphertext.to_vec(),
                initialization_vector: vector.to_vec(),
                authentication_tag: tag.to_vec(),
            },
        })
    }
}

/// What a sealed root key is bound to.
fn binding(identity: [u8; IDENTITY]) -> Vec<u8> {
    [DOMAIN, &identity].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_key_is_read_as_it_was_written() {
        for vector in [12, 16] {
            let wrapped = WrappedRootKey {
                identity: [1; IDENTITY],
                sealed: Sealed {
                    ciphertext: vec![2; KEY],
                    initialization_vector: vec![3; vector],
                    authentication_tag: vec![4; TAG],
                },
            };
            assert_eq!(WrappedRootKey::decode(&wrapped.encode()), Some(wrapped));
        }
        for length in [0, 15, 75, 77, 79, 81, 500] {
            assert_eq!(WrappedRootKey::decode(&vec![0; length]), None, "{length}");
        }
    }
}
