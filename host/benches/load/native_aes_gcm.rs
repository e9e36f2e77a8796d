//! AES-256-GCM without a plugin: the cryptography of the native floor, and what
//! plugin calls are compared with.

use std::cell::RefCell;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use claviger_xks::framing::{AdditionalAuthenticatedData, CiphertextMetadata, additional_data};
use zeroize::Zeroizing;

/// One key, made with this value.
pub(crate) struct NativeKey(LessSafeKey);

/// What is known of a ciphertext besides itself.
pub(crate) struct Sealed {
    pub(crate) initialization_vector: [u8; NONCE_LEN],
    pub(crate) authentication_tag: [u8; 16],
}

impl NativeKey {
    pub(crate) fn generate() -> Self {
        let mut key = Zeroizing::new([0; 32]);
        aws_lc_rs::rand::fill(key.as_mut()).expect("random bytes");
        Self(LessSafeKey::new(
            UnboundKey::new(&AES_256_GCM, key.as_ref()).expect("32 bytes"),
        ))
    }

    /// Frames the AAD as the host does, and encrypts `text` in its place.
    pub(crate) fn seal(
        &self,
        aad: &AdditionalAuthenticatedData,
        metadata: &CiphertextMetadata,
        text: &mut [u8],
    ) -> Sealed {
        let framed = additional_data(aad, metadata);
        let initialization_vector = next_initialization_vector();
        let nonce = Nonce::assume_unique_for_key(initialization_vector);
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce, Aad::from(&framed), text)
            .expect("AES-GCM encrypts");
        let authentication_tag = tag.as_ref().try_into().expect("16 bytes");
        Sealed {
            initialization_vector,
            authentication_tag,
        }
    }

    /// The plaintext of an authentic ciphertext.
    pub(crate) fn open(
        &self,
        aad: &AdditionalAuthenticatedData,
        metadata: &CiphertextMetadata,
        mut ciphertext: Vec<u8>,
        sealed: &Sealed,
    ) -> Zeroizing<Vec<u8>> {
        let length = ciphertext.len();
        ciphertext.extend_from_slice(&sealed.authentication_tag);
        let framed = additional_data(aad, metadata);
        let nonce = Nonce::assume_unique_for_key(sealed.initialization_vector);
        self.0
            .open_in_place(nonce, Aad::from(&framed), &mut ciphertext)
            .expect("authentic");
        ciphertext.truncate(length);
        Zeroizing::new(ciphertext)
    }
}

/// Twelve random bytes; the generator is called for 64 vectors at once, as in
/// the host.
fn next_initialization_vector() -> [u8; NONCE_LEN] {
    thread_local! {
        static UNUSED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    UNUSED.with_borrow_mut(|unused| {
        if unused.is_empty() {
            unused.resize(NONCE_LEN * 64, 0);
            aws_lc_rs::rand::fill(unused).expect("random bytes");
        }
        let (rest, vector) = unused.split_last_chunk().expect("a multiple of 12");
        let (rest, vector) = (rest.len(), *vector);
        unused.truncate(rest);
        vector
    })
}
