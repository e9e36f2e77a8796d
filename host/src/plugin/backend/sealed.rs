//! A new ciphertext, checked.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::super::wit::claviger::plugin::types::Sealed;

/// Length of an authentication tag, in bytes (XKS-067).
const TAG: usize = 16;

/// What happens to a new ciphertext next. A key manager that is asked for both at
/// once need not be waited for twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FollowUp {
    /// It leaves.
    Leaves,
    /// It is decrypted, to see that it can be.
    IsDecrypted,
}

/// What an encryption makes.
pub(crate) struct Encrypted {
    pub(crate) sealed: CheckedSealed,
    /// The plaintext that the key manager has decrypted it to already.
    pub(crate) decrypted: Option<Zeroizing<Vec<u8>>>,
}

/// The parts of a new ciphertext, of the lengths that KMS accepts (XKS-067).
/// [`CheckedSealed::check`] is the only maker.
pub(crate) struct CheckedSealed(Arc<Sealed>);

impl CheckedSealed {
    /// Of a plaintext of this length; the error is what is nonsense about it.
    pub(super) fn check(sealed: Sealed, plaintext: usize) -> Result<Self, &'static str> {
        if sealed.ciphertext.len() != plaintext {
            return Err("the ciphertext is not as long as the plaintext");
        }
        if sealed.authentication_tag.len() != TAG {
            return Err("the authentication tag is not 16 bytes long");
        }
        if !matches!(sealed.initialization_vector.len(), 12 | 16) {
            return Err("the initialization vector is not 12 or 16 bytes long");
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

    /// The same parts, as a decrypt takes them.
    pub(crate) fn to_open(&self) -> Arc<Sealed> {
        Arc::clone(&self.0)
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
        assert!(CheckedSealed::check(sealed(32, 12, 16), 32).is_ok());
        assert!(CheckedSealed::check(sealed(32, 16, 16), 32).is_ok());
        for (ciphertext, vector, tag) in [
            (33, 12, 16),
            (31, 12, 16),
            (32, 11, 16),
            (32, 12, 15),
            (48, 12, 0),
        ] {
            assert!(CheckedSealed::check(sealed(ciphertext, vector, tag), 32).is_err());
        }
    }
}
