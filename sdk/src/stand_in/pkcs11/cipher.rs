//! AES-256-GCM with initialization vectors of 12 and of 16 bytes.

use crate::pkcs11::Pkcs11Error;
use crate::types::Sealed;
use aes_gcm::aead::consts::U16;
use aes_gcm::aead::{AeadInOut, Nonce, Tag};
use aes_gcm::{Aes256Gcm, AesGcm, KeyInit, aes::Aes256};

type Aes256GcmLongVector = AesGcm<Aes256, U16>;

/// `CKR_DATA_LEN_RANGE`
const DATA_LEN_RANGE: u64 = 0x21;

pub(super) fn seal(
    secret: &[u8],
    initialization_vector: Vec<u8>,
    additional_data: &[u8],
    plaintext: &[u8],
) -> Result<Sealed, Pkcs11Error> {
    let mut ciphertext = plaintext.to_vec();
    let vector = &initialization_vector;
    let tag = match vector.len() {
        12 => seal_with::<Aes256Gcm>(secret, vector, additional_data, &mut ciphertext),
        _ => seal_with::<Aes256GcmLongVector>(secret, vector, additional_data, &mut ciphertext),
    };
    Ok(Sealed {
        authentication_tag: tag.ok_or(Pkcs11Error::Failed(DATA_LEN_RANGE))?,
        ciphertext,
        initialization_vector,
    })
}

pub(super) fn open(
    secret: &[u8],
    additional_data: &[u8],
    sealed: &Sealed,
) -> Result<Vec<u8>, Pkcs11Error> {
    let opened = match sealed.initialization_vector.len() {
        12 => open_with::<Aes256Gcm>(secret, additional_data, sealed),
        16 => open_with::<Aes256GcmLongVector>(secret, additional_data, sealed),
        _ => None,
    };
    opened.ok_or(Pkcs11Error::AuthenticationFailed)
}

fn seal_with<C: AeadInOut + KeyInit>(
    secret: &[u8],
    vector: &[u8],
    additional_data: &[u8],
    buffer: &mut [u8],
) -> Option<Vec<u8>> {
    let cipher = C::new_from_slice(secret).ok()?;
    let nonce = Nonce::<C>::try_from(vector).ok()?;
    let tag = cipher.encrypt_inout_detached(&nonce, additional_data, buffer.into());
    tag.ok().map(|tag| tag.to_vec())
}

fn open_with<C: AeadInOut + KeyInit>(
    secret: &[u8],
    additional_data: &[u8],
    sealed: &Sealed,
) -> Option<Vec<u8>> {
    let cipher = C::new_from_slice(secret).ok()?;
    let nonce = Nonce::<C>::try_from(sealed.initialization_vector.as_slice()).ok()?;
    let tag = Tag::<C>::try_from(sealed.authentication_tag.as_slice()).ok()?;
    let mut plaintext = sealed.ciphertext.clone();
    let buffer = plaintext.as_mut_slice().into();
    let opened = cipher.decrypt_inout_detached(&nonce, additional_data, buffer, &tag);
    opened.ok().map(|()| plaintext)
}
