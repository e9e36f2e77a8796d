//! The parts of a ciphertext.

use std::sync::Arc;

/// Bytes for a call, shared because the call may go on after its caller has stopped
/// waiting.
pub(crate) type Octets = Arc<Vec<u8>>;

/// Length of an authentication tag, in bytes (XKS-067).
const TAG: usize = 16;

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
    /// Of a plaintext of this many bytes; the error is what is wrong with it.
    pub(crate) fn new(sealed: Sealed, plaintext: usize) -> Result<Self, &'static str> {
        if sealed.ciphertext.len() != plaintext {
            return Err("the ciphertext is not as long as the plaintext");
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
        assert!(CheckedSealed::new(sealed(32, 12, 16), 32).is_ok());
        assert!(CheckedSealed::new(sealed(32, 16, 16), 32).is_ok());
        for (ciphertext, vector, tag) in [
            (33, 12, 16),
            (31, 12, 16),
            (32, 11, 16),
            (32, 12, 15),
            (48, 12, 0),
        ] {
            assert!(CheckedSealed::new(sealed(ciphertext, vector, tag), 32).is_err());
        }
    }
}
