//! Sealing of records under the operator's key-encryption key.
//!
//! `initialization vector (12) ‖ ciphertext ‖ tag (16)`, AES-256-GCM. Scope,
//! name and revision are covered by the tag, so a record cannot be moved to
//! another key store or name, nor an older one be put under a newer revision.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use thiserror::Error;
use zeroize::Zeroizing;

const DOMAIN: &[u8] = b"claviger key-storage record 1";

/// Why a record cannot be sealed or opened.
#[derive(Debug, Error)]
pub(crate) enum SealFault {
    /// Changed on disk, or sealed under another key.
    #[error("a record does not open under the key-encryption key")]
    Broken,
    /// The operating system gives no random bytes.
    #[error("the random generator failed")]
    Random,
    /// AES-GCM refused.
    #[error("sealing failed")]
    Cipher,
}

/// The key-encryption key, ready for use.
pub(super) struct Seal(LessSafeKey);

impl Seal {
    pub(super) fn new(key_encryption_key: &[u8; 32]) -> Result<Self, SealFault> {
        let key =
            UnboundKey::new(&AES_256_GCM, key_encryption_key).map_err(|_| SealFault::Cipher)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    pub(super) fn seal(
        &self,
        scope: &str,
        name: &str,
        revision: u64,
        value: &[u8],
    ) -> Result<Vec<u8>, SealFault> {
        let mut vector = [0; NONCE_LEN];
        aws_lc_rs::rand::fill(&mut vector).map_err(|_| SealFault::Random)?;
        let mut sealed = vector.to_vec();
        let mut body = value.to_vec();
        self.0
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(vector),
                Aad::from(binding(scope, name, revision)),
                &mut body,
            )
            .map_err(|_| SealFault::Cipher)?;
        sealed.append(&mut body);
        Ok(sealed)
    }

    pub(super) fn open(
        &self,
        scope: &str,
        name: &str,
        revision: u64,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealFault> {
        let (vector, body) = sealed
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(SealFault::Broken)?;
        let mut value = Zeroizing::new(body.to_vec());
        let length = self
            .0
            .open_in_place(
                Nonce::assume_unique_for_key(*vector),
                Aad::from(binding(scope, name, revision)),
                &mut value,
            )
            .map_err(|_| SealFault::Broken)?
            .len();
        value.truncate(length);
        Ok(value)
    }
}

/// Length before content, so that no two records have the same binding.
fn binding(scope: &str, name: &str, revision: u64) -> Vec<u8> {
    let mut binding = DOMAIN.to_vec();
    for part in [scope, name] {
        binding.extend_from_slice(&(part.len() as u64).to_be_bytes());
        binding.extend_from_slice(part.as_bytes());
    }
    binding.extend_from_slice(&revision.to_be_bytes());
    binding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_record_opens_only_in_its_own_place() {
        let seal = Seal::new(&[9; 32]).unwrap();
        let sealed = seal.seal("a", "key/x", 7, b"value").unwrap();
        assert_eq!(&*seal.open("a", "key/x", 7, &sealed).unwrap(), b"value");
        for (scope, name, revision) in [
            ("b", "key/x", 7),
            ("a", "key/y", 7),
            ("a", "key/x", 8),
            ("ak", "ey/x", 7),
        ] {
            assert!(matches!(
                seal.open(scope, name, revision, &sealed),
                Err(SealFault::Broken)
            ));
        }
    }

    #[test]
    fn a_flipped_bit_anywhere_is_noticed() {
        let seal = Seal::new(&[9; 32]).unwrap();
        let sealed = seal.seal("a", "x", 1, b"value").unwrap();
        for index in 0..sealed.len() {
            let mut broken = sealed.clone();
            broken[index] ^= 1;
            assert!(seal.open("a", "x", 1, &broken).is_err(), "byte {index}");
        }
    }
}
