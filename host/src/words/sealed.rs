//! The parts of a ciphertext.

use std::sync::Arc;

/// Bytes for a call, shared because the call may go on after its caller has stopped
/// waiting.
pub(crate) type Octets = Arc<Vec<u8>>;

/// Length of an authentication tag, in bytes (XKS-067).
const TAG: usize = 16;

/// A plaintext of this many bytes is its own ciphertext once in 2^128 encryptions.
/// Shorter ones are it now and then by chance.
const NEVER_ITSELF: usize = 16;

/// The output of AES-GCM, its three parts apart (XKS-067).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sealed {
    /// As many bytes as the plaintext.
    pub(crate) ciphertext: Vec<u8>,
    /// 12 or 16 bytes, made for this one encryption.
    pub(crate) initialization_vector: Vec<u8>,
    /// 16 bytes.
    pub(crate) authentication_tag: Vec<u8>,
}

/// A new ciphertext whose parts have the lengths that AES-GCM gives them, or one
/// from outside that could have been made so. [`CheckedSealed::new`] and
/// [`CheckedSealed::received`] are the only makers.
#[derive(Clone)]
pub(crate) struct CheckedSealed(Arc<Sealed>);

impl CheckedSealed {
    /// Of this plaintext; the error is what is wrong with it. A ciphertext that is
    /// the plaintext is refused, because nobody decrypts it to find out: a backend
    /// that does nothing passes the verifying decryption too.
    pub(crate) fn new(sealed: Sealed, plaintext: &[u8]) -> Result<Self, &'static str> {
        if sealed.ciphertext.len() != plaintext.len() {
            return Err("the ciphertext is not as long as the plaintext");
        }
        if plaintext.len() >= NEVER_ITSELF && sealed.ciphertext == plaintext {
            return Err("the ciphertext is the plaintext");
        }
        Self::received(sealed)
    }

    /// From outside; the error is what is wrong with it.
    pub(crate) fn received(sealed: Sealed) -> Result<Self, &'static str> {
        if !matches!(sealed.initialization_vector.len(), 12 | 16) {
            return Err("the initialization vector is not 12 or 16 bytes long");
        }
        if sealed.authentication_tag.len() != TAG {
            return Err("the authentication tag is not 16 bytes long");
        }
        Ok(Self(Arc::new(sealed)))
    }

    pub(crate) fn ciphertext(&self) -> &[u8] {
        &self.0.ciphertext
    }

    pub(crate) fn initialization_vector(&self) -> &[u8] {
        &self.0.initialization_vector
    }

    pub(crate) fn authentication_tag(&self) -> &[u8] {
        &self.0.authentication_tag
    }

    /// The parts, without a copy when nobody else holds them.
    pub(crate) fn into_parts(self) -> Sealed {
        Arc::unwrap_or_clone(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(ciphertext: usize, vector: usize, tag: usize) -> Sealed {
        Sealed {
            ciphertext: vec![0; ciphertext],
            initialization_vector: vec![0; vector],
            authentication_tag: vec![0; tag],
        }
    }

    #[test]
    fn xks_067_only_outputs_of_the_right_lengths_pass() {
        let plaintext = [7; 32];
        assert!(CheckedSealed::new(sealed(32, 12, 16), &plaintext).is_ok());
        assert!(CheckedSealed::new(sealed(32, 16, 16), &plaintext).is_ok());
        for (ciphertext, vector, tag) in [
            (33, 12, 16),
            (31, 12, 16),
            (32, 11, 16),
            (32, 12, 15),
            (48, 12, 0),
        ] {
            assert!(CheckedSealed::new(sealed(ciphertext, vector, tag), &plaintext).is_err());
        }
    }

    #[test]
    fn flt_66_a_ciphertext_that_is_the_plaintext_is_refused_from_16_bytes_on() {
        for length in [16, 17, 32, 4096] {
            let of_zeros = CheckedSealed::new(sealed(length, 12, 16), &vec![0; length]);
            assert_eq!(of_zeros.err(), Some("the ciphertext is the plaintext"));
        }
        // One in 2^56 encryptions of seven bytes gives the same seven.
        for length in [0, 1, 7, 15] {
            assert!(CheckedSealed::new(sealed(length, 12, 16), &vec![0; length]).is_ok());
        }
    }
}
