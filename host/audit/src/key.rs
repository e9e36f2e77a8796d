//! The keys that sign checkpoints. Each is used once, and the next one is derived from
//! it: who takes the key of today cannot compute the key of yesterday.

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::hex;

/// Separates the derivation of keys from every other use of SHA-256.
const NEXT: &[u8] = b"claviger audit, the next key, version 1\n";
/// Separates signatures of checkpoints from every other use of a key.
const SIGNED: &[u8] = b"claviger audit, a checkpoint, version 1\n";

/// The cryptographic library failed.
#[derive(Debug, Error)]
#[error("the audit key cannot be made or used")]
pub(crate) struct KeyFault;

impl From<Unspecified> for KeyFault {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

/// The public half of a key that signs a checkpoint.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(pub(crate) [u8; 32]);

impl PublicKey {
    /// Reads 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        hex::decode(text.as_bytes()).map(Self)
    }

    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, self.0);
        key.verify(&[SIGNED, message].concat(), signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The private key of one checkpoint.
pub(crate) struct SigningKey {
    seed: Zeroizing<[u8; 32]>,
    /// The library wipes it when it is dropped.
    pair: Ed25519KeyPair,
}

impl SigningKey {
    pub(crate) fn random() -> Result<Self, KeyFault> {
        let mut seed = Zeroizing::new([0; 32]);
        rand::fill(&mut *seed)?;
        Self::of(seed)
    }

    pub(crate) fn of(seed: Zeroizing<[u8; 32]>) -> Result<Self, KeyFault> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&*seed).map_err(|_| KeyFault)?;
        Ok(Self { seed, pair })
    }

    /// The key of the next checkpoint. There is no way back.
    pub(crate) fn next(&self) -> Result<Self, KeyFault> {
        let mut context = Context::new(&SHA256);
        context.update(NEXT);
        context.update(&*self.seed);
        let mut seed = Zeroizing::new([0; 32]);
        seed.copy_from_slice(context.finish().as_ref());
        Self::of(seed)
    }

    pub(crate) fn public(&self) -> PublicKey {
        let mut key = [0; 32];
        key.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(key)
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyFault> {
        let signature = self.pair.try_sign(&[SIGNED, message].concat())?;
        signature.as_ref().try_into().map_err(|_| KeyFault)
    }

    pub(crate) fn seed(&self) -> &Zeroizing<[u8; 32]> {
        &self.seed
    }

    pub(crate) fn copy(&self) -> Result<Self, KeyFault> {
        Self::of(self.seed.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_key_is_another_one_and_the_same_each_time() {
        let key = SigningKey::of(Zeroizing::new([7; 32])).unwrap();
        let next = key.next().unwrap();
        assert_ne!(next.public(), key.public());
        assert_eq!(next.public(), key.next().unwrap().public());
        let signature = key.sign(b"message").unwrap();
        assert!(key.public().has_signed(b"message", &signature));
        assert!(!key.public().has_signed(b"massage", &signature));
        assert!(!next.public().has_signed(b"message", &signature));
    }
}
