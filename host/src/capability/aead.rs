//! Capability `aead`: AES-256-GCM on the processor, keys in host memory.

use std::cell::RefCell;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use thiserror::Error;
use zeroize::Zeroize as _;

use super::State;
use crate::storage::StorageFault;
use crate::words::Sealed;

/// Bytes of a GCM authentication tag.
const TAG: usize = 16;

/// One AES-256 key that a plugin holds a handle of.
#[expect(unreachable_pub, reason = "re-exported by generated code")]
pub struct AeadKey(LessSafeKey);

/// Why a key cannot be loaded or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum AeadFault {
    /// There is no such record, or `key-storage` is not granted.
    #[error("there is no such record")]
    NoSuchRecord,
    /// The record is there and does not open.
    #[error("the record is damaged")]
    DamagedRecord,
    /// The storage cannot be read now.
    #[error("the storage cannot be read now")]
    Unavailable,
    /// The key is not 32 bytes long.
    #[error("the key is not 32 bytes long")]
    InvalidKey,
    /// The tag does not match.
    #[error("the tag does not match")]
    AuthenticationFailed,
    /// The cipher or the random generator failed.
    #[error("AES-GCM failed")]
    Failed,
}

impl AeadKey {
    pub(crate) fn new(bytes: &[u8]) -> Result<Self, AeadFault> {
        let key = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| AeadFault::InvalidKey)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Encrypts under a fresh random initialization vector of 12 bytes.
    pub(crate) fn seal(
        &self,
        additional_data: &[u8],
        mut plaintext: Vec<u8>,
    ) -> Result<Sealed, AeadFault> {
        let initialization_vector = next_initialization_vector()?;
        let tag = self
            .0
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(initialization_vector),
                Aad::from(additional_data),
                &mut plaintext,
            )
            .map_err(|_| AeadFault::Failed)?;
        Ok(Sealed {
            ciphertext: plaintext,
            initialization_vector: initialization_vector.to_vec(),
            authentication_tag: tag.as_ref().to_vec(),
        })
    }

    /// The plaintext, if the tag matches.
    pub(crate) fn open(
        &self,
        additional_data: &[u8],
        sealed: Sealed,
    ) -> Result<Vec<u8>, AeadFault> {
        let length = sealed.ciphertext.len();
        let nonce = Nonce::try_assume_unique_for_key(&sealed.initialization_vector)
            .map_err(|_| AeadFault::AuthenticationFailed)?;
        if sealed.authentication_tag.len() != TAG {
            return Err(AeadFault::AuthenticationFailed);
        }
        let mut opened = sealed.ciphertext;
        opened.extend_from_slice(&sealed.authentication_tag);
        if self
            .0
            .open_in_place(nonce, Aad::from(additional_data), &mut opened)
            .is_err()
        {
            opened.zeroize();
            return Err(AeadFault::AuthenticationFailed);
        }
        opened.truncate(length);
        Ok(opened)
    }
}

thread_local! {
    /// One call of the generator for many vectors: a call per encryption costs
    /// several times the encryption itself.
    static VECTORS: RefCell<(usize, [u8; NONCE_LEN * 64])> =
        const { RefCell::new((NONCE_LEN * 64, [0; NONCE_LEN * 64])) };
}

/// Twelve random bytes, used once (XKS-068).
fn next_initialization_vector() -> Result<[u8; NONCE_LEN], AeadFault> {
    VECTORS.with_borrow_mut(|(used, buffer)| {
        if *used >= buffer.len() {
            aws_lc_rs::rand::fill(buffer).map_err(|_| AeadFault::Failed)?;
            *used = 0;
        }
        let (vector, _) = buffer
            .get(*used..)
            .and_then(<[u8]>::split_first_chunk::<NONCE_LEN>)
            .ok_or(AeadFault::Failed)?;
        *used += NONCE_LEN;
        Ok(*vector)
    })
}

/// How a key is got, and kept for the instance.
impl State {
    /// The key is the value of a record of `key-storage`.
    pub(crate) fn key_from_record(&self, name: &str) -> Result<AeadKey, AeadFault> {
        let storage = self.key_storage.as_ref().ok_or(AeadFault::NoSuchRecord)?;
        match storage.read(name) {
            Ok(Some(record)) => AeadKey::new(&record.value),
            Ok(None) => Err(AeadFault::NoSuchRecord),
            Err(StorageFault::Damaged) => Err(AeadFault::DamagedRecord),
            Err(_) => Err(AeadFault::Unavailable),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn xks_068_initialization_vectors_do_not_repeat() {
        let vectors: BTreeSet<_> = (0..10_000)
            .map(|_| next_initialization_vector().unwrap())
            .collect();
        assert_eq!(vectors.len(), 10_000);
    }

    #[test]
    fn xks_064_additional_data_is_covered_by_the_tag() {
        let key = AeadKey::new(&[7; 32]).unwrap();
        let sealed = key.seal(b"aad", b"plaintext".to_vec()).unwrap();
        assert_eq!(key.open(b"aad", sealed.clone()).unwrap(), b"plaintext");
        assert!(matches!(
            key.open(b"AAD", sealed),
            Err(AeadFault::AuthenticationFailed)
        ));
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        assert!(matches!(AeadKey::new(&[7; 16]), Err(AeadFault::InvalidKey)));
    }
}
