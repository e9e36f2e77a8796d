//! The inner layer: AES-256-GCM under key material of the KMS key.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::state::KeyMaterial;

/// Encrypts and decrypts under one key.
pub struct InnerLayer(RandomizedNonceKey);

impl InnerLayer {
    /// How many bytes are added to a plaintext: a nonce and a tag.
    pub const OVERHEAD_BYTES: usize = NONCE_LEN + 16;

    /// Under this key material.
    pub fn new(material: &KeyMaterial) -> Result<Self, InnerLayerFault> {
        RandomizedNonceKey::new(&AES_256_GCM, material.secret.reveal())
            .map(Self)
            .map_err(|_| InnerLayerFault::Library)
    }

    /// A random nonce, the ciphertext and its tag.
    pub fn seal(&self, plaintext: &[u8], aad: &[u8]) -> Result<Vec<u8>, InnerLayerFault> {
        // Room for the tag: a buffer that grows leaves a copy of the plaintext.
        let mut bytes = Vec::with_capacity(plaintext.len() + Self::OVERHEAD_BYTES);
        bytes.extend_from_slice(plaintext);
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(aad), &mut bytes)
            .map_err(|_| InnerLayerFault::Library)?;
        Ok([nonce.as_ref().as_slice(), &bytes].concat())
    }

    /// The plaintext of what [`Self::seal`] made.
    pub fn open(&self, sealed: &[u8], aad: &[u8]) -> Result<Zeroizing<Vec<u8>>, InnerLayerFault> {
        let (nonce, rest) = sealed
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(InnerLayerFault::Forged)?;
        let mut bytes = Zeroizing::new(rest.to_vec());
        let length = self
            .0
            .open_in_place(Nonce::from(nonce), Aad::from(aad), &mut bytes)
            .map_err(|_| InnerLayerFault::Forged)?
            .len();
        bytes.truncate(length);
        Ok(bytes)
    }
}

/// Why a layer is not made or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InnerLayerFault {
    /// It was not made under this key with this additional data, or was changed.
    #[error("the inner layer is not authentic")]
    Forged,
    /// The cryptographic library failed.
    #[error("the cryptographic library failed")]
    Library,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::Moment;

    fn layer() -> InnerLayer {
        let material = KeyMaterial::random(Moment::from_milliseconds(0), None).unwrap();
        InnerLayer::new(&material).unwrap()
    }

    #[test]
    fn what_is_sealed_is_opened_under_the_same_key_and_data() {
        let layer = layer();
        let sealed = layer.seal(b"hello", b"aad").unwrap();
        assert_eq!(sealed.len(), 5 + InnerLayer::OVERHEAD_BYTES);
        assert_eq!(*layer.open(&sealed, b"aad").unwrap(), b"hello");
        assert_ne!(sealed, layer.seal(b"hello", b"aad").unwrap());
    }

    #[test]
    fn nothing_else_is_opened() {
        let layer = layer();
        let sealed = layer.seal(b"hello", b"aad").unwrap();
        let forged = Err(InnerLayerFault::Forged);
        assert_eq!(layer.open(&sealed, b"add"), forged);
        assert_eq!(self::layer().open(&sealed, b"aad"), forged);
        assert_eq!(layer.open(&[], b"aad"), forged);
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert_eq!(layer.open(&changed, b"aad"), forged);
            assert_eq!(layer.open(&sealed[..index], b"aad"), forged);
        }
    }
}
