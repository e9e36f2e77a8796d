//! Capability `aead`: AES-256-GCM on the processor, keys in host memory.

use std::cell::RefCell;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use wasmtime::component::Resource;
use zeroize::Zeroize as _;

use crate::plugin::PluginState;
use crate::plugin::wit::claviger::plugin::aead::{AeadError, Host, HostKey, Sealed};

/// Bytes of a GCM authentication tag.
const TAG: usize = 16;

/// One AES-256 key that a plugin holds a handle of.
#[expect(unreachable_pub, reason = "re-exported by generated code")]
pub struct AeadKey(LessSafeKey);

type Answer<T> = wasmtime::Result<Result<T, AeadError>>;

impl AeadKey {
    pub(crate) fn new(bytes: &[u8]) -> Result<Self, AeadError> {
        let key = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| AeadError::InvalidKey)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Encrypts under a fresh random initialization vector of 12 bytes.
    pub(crate) fn seal(
        &self,
        additional_data: &[u8],
        mut plaintext: Vec<u8>,
    ) -> Result<Sealed, AeadError> {
        let failed = || AeadError::Internal("AES-GCM failed".to_owned());
        let initialization_vector = next_initialization_vector().map_err(|()| failed())?;
        let tag = self
            .0
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(initialization_vector),
                Aad::from(additional_data),
                &mut plaintext,
            )
            .map_err(|_| failed())?;
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
    ) -> Result<Vec<u8>, AeadError> {
        let length = sealed.ciphertext.len();
        let nonce = Nonce::try_assume_unique_for_key(&sealed.initialization_vector)
            .map_err(|_| AeadError::AuthenticationFailed)?;
        if sealed.authentication_tag.len() != TAG {
            return Err(AeadError::AuthenticationFailed);
        }
        let mut opened = sealed.ciphertext;
        opened.extend_from_slice(&sealed.authentication_tag);
        if self
            .0
            .open_in_place(nonce, Aad::from(additional_data), &mut opened)
            .is_err()
        {
            opened.zeroize();
            return Err(AeadError::AuthenticationFailed);
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
fn next_initialization_vector() -> Result<[u8; NONCE_LEN], ()> {
    VECTORS.with_borrow_mut(|(used, buffer)| {
        if *used >= buffer.len() {
            aws_lc_rs::rand::fill(buffer).map_err(|_| ())?;
            *used = 0;
        }
        let (vector, _) = buffer
            .get(*used..)
            .and_then(<[u8]>::split_first_chunk::<NONCE_LEN>)
            .ok_or(())?;
        *used += NONCE_LEN;
        Ok(*vector)
    })
}

impl Host for PluginState {}

impl HostKey for PluginState {
    fn from_record(&mut self, name: String) -> Answer<Resource<AeadKey>> {
        let record = self
            .key_storage
            .as_ref()
            .and_then(|storage| storage.read(&name));
        let Some(record) = record else {
            return Ok(Err(AeadError::NoSuchRecord));
        };
        match AeadKey::new(&record.value) {
            Ok(key) => Ok(Ok(self.table.push(key)?)),
            Err(error) => Ok(Err(error)),
        }
    }

    fn from_bytes(&mut self, mut bytes: Vec<u8>) -> Answer<Resource<AeadKey>> {
        let key = AeadKey::new(&bytes);
        bytes.zeroize();
        match key {
            Ok(key) => Ok(Ok(self.table.push(key)?)),
            Err(error) => Ok(Err(error)),
        }
    }

    fn seal(
        &mut self,
        key: Resource<AeadKey>,
        additional_data: Vec<u8>,
        plaintext: Vec<u8>,
    ) -> Answer<Sealed> {
        Ok(self.table.get(&key)?.seal(&additional_data, plaintext))
    }

    fn open(
        &mut self,
        key: Resource<AeadKey>,
        additional_data: Vec<u8>,
        sealed: Sealed,
    ) -> Answer<Vec<u8>> {
        Ok(self.table.get(&key)?.open(&additional_data, sealed))
    }

    fn drop(&mut self, key: Resource<AeadKey>) -> wasmtime::Result<()> {
        self.table.delete(key)?;
        Ok(())
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
            Err(AeadError::AuthenticationFailed)
        ));
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        assert!(matches!(AeadKey::new(&[7; 16]), Err(AeadError::InvalidKey)));
    }
}
