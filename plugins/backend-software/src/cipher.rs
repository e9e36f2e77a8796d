//! AES-256-GCM under one key version, on either side of the sandbox's wall.

use crate::initialization_vectors::InitializationVectors;
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut, Nonce, Tag};
use aes_gcm::{Aes256Gcm, KeyInit};
use claviger_sdk::{Error, Sealed, aead, key_storage, random};
use std::rc::Rc;
use zeroize::Zeroizing;

/// Who computes, by the setting `cipher`.
#[derive(Clone, Debug)]
pub(crate) enum Side {
    /// The host, with the capability `aead`: the key never enters the sandbox.
    Host,
    /// This plugin.
    Guest(Rc<InitializationVectors>),
}

/// A key version that is ready for use.
pub(crate) enum Cipher {
    Host(aead::Key),
    Guest {
        cipher: Box<Aes256Gcm>,
        vectors: Rc<InitializationVectors>,
    },
}

impl Cipher {
    /// The key that is the value of this record.
    pub(crate) fn open(side: &Side, secret: &str) -> Result<Self, Error> {
        let vectors = match side {
            Side::Host => return Ok(Self::Host(aead::Key::from_record(secret)?)),
            Side::Guest(vectors) => Rc::clone(vectors),
        };
        let stored = key_storage::read(secret)?
            .ok_or_else(|| Error::internal(format!("the record {secret} is missing")))?;
        let key = Zeroizing::new(stored.value);
        let cipher = Aes256Gcm::new_from_slice(&key)
            .map_err(|_| Error::internal(format!("the record {secret} is not 32 bytes long")))?;
        Ok(Self::Guest {
            cipher: Box::new(cipher),
            vectors,
        })
    }

    /// A new key that nobody keeps.
    pub(crate) fn ephemeral(side: &Side) -> Result<Self, Error> {
        let key = Zeroizing::new(random::bytes(32));
        Ok(match side {
            Side::Host => Self::Host(aead::Key::from_bytes(&key)?),
            Side::Guest(vectors) => Self::Guest {
                cipher: Box::new(Aes256Gcm::new_from_slice(&key).map_err(Error::internal)?),
                vectors: Rc::clone(vectors),
            },
        })
    }

    /// Encrypts under a fresh random 96-bit initialization vector (XKS-067).
    pub(crate) fn seal(&self, additional_data: &[u8], plaintext: &[u8]) -> Result<Sealed, Error> {
        let (cipher, vectors) = match self {
            Self::Host(key) => return Ok(key.seal(additional_data, plaintext)?),
            Self::Guest { cipher, vectors } => (cipher, vectors),
        };
        let initialization_vector = vectors.next();
        let mut ciphertext = plaintext.to_vec();
        let tag = cipher
            .encrypt_inout_detached(
                &Nonce::<Aes256Gcm>::from(initialization_vector),
                additional_data,
                InOutBuf::from(ciphertext.as_mut_slice()),
            )
            .map_err(|_| Error::internal("AES-GCM refused to encrypt"))?;
        Ok(Sealed {
            ciphertext,
            initialization_vector: initialization_vector.to_vec(),
            authentication_tag: tag.to_vec(),
        })
    }

    /// The inverse of [`seal`](Self::seal). All its initialization vectors have 12
    /// bytes and all its tags 16, so others are not authentic.
    pub(crate) fn open_sealed(
        &self,
        additional_data: &[u8],
        sealed: &Sealed,
    ) -> Result<Vec<u8>, Error> {
        let initialization_vector: [u8; 12] = sealed
            .initialization_vector
            .as_slice()
            .try_into()
            .map_err(|_| Error::invalid_ciphertext())?;
        let tag: [u8; 16] = sealed
            .authentication_tag
            .as_slice()
            .try_into()
            .map_err(|_| Error::invalid_ciphertext())?;
        let cipher = match self {
            Self::Host(key) => return Ok(key.open(additional_data, sealed)?),
            Self::Guest { cipher, .. } => cipher,
        };
        let mut plaintext = Zeroizing::new(sealed.ciphertext.clone());
        cipher
            .decrypt_inout_detached(
                &Nonce::<Aes256Gcm>::from(initialization_vector),
                additional_data,
                InOutBuf::from(plaintext.as_mut_slice()),
                &Tag::<Aes256Gcm>::from(tag),
            )
            .map_err(|_| Error::invalid_ciphertext())?;
        Ok(std::mem::take(&mut plaintext))
    }
}
