//! AES-GCM by the four conventions for the initialization vector.

use claviger_config::{IvConvention, Profile};
use zeroize::{Zeroize as _, Zeroizing};

use super::fault::{Stop, TokenFault};
use super::keys::SealedParts;
use super::raw::{Direction, GcmParameters};
use super::session::Call;

/// Bytes of an authentication tag.
const TAG: usize = 16;
/// Bytes of the longest initialization vector.
const LONGEST_VECTOR: usize = 16;

/// Encrypts; the lengths of what comes back are exactly those of AES-GCM.
pub(super) fn encrypt(
    call: &mut Call<'_>,
    profile: &Profile,
    object: u64,
    additional_data: &[u8],
    plaintext: &[u8],
) -> Result<SealedParts, Stop> {
    let mut vector = [0; LONGEST_VECTOR];
    let vector = vector.get_mut(..profile.vector_length).unwrap_or_default();
    let (buffer, carried) = match profile.convention {
        IvConvention::CallerRandom => {
            call.fill_vector(vector)?;
            (true, 0)
        }
        IvConvention::ZeroWriteback => (true, 0),
        IvConvention::NullPrefixed | IvConvention::NullAppended => (false, profile.vector_length),
    };
    let length = carried + plaintext.len() + TAG;
    let mut output = vec![0; length];
    let parameters = GcmParameters {
        mechanism: profile.mechanism,
        vector: buffer.then_some(&mut *vector),
        additional_data,
    };
    let written = call.gcm(
        Direction::Encrypt,
        object,
        parameters,
        plaintext,
        &mut output,
    )?;
    if written != length {
        return Err(TokenFault::Invalid("the token's output has another length").into());
    }
    let vector = match profile.convention {
        IvConvention::ZeroWriteback if vector.iter().all(|byte| *byte == 0) => {
            let nothing = "the token wrote no initialization vector into the buffer";
            return Err(TokenFault::Invalid(nothing).into());
        }
        IvConvention::CallerRandom | IvConvention::ZeroWriteback => vector.to_vec(),
        IvConvention::NullPrefixed => {
            let rest = output.split_off(carried);
            std::mem::replace(&mut output, rest)
        }
        IvConvention::NullAppended => output.split_off(plaintext.len() + TAG),
    };
    let tag = output.split_off(plaintext.len());
    Ok(SealedParts {
        ciphertext: output,
        vector,
        tag,
    })
}

/// A ciphertext as the token takes it to decrypt.
pub(super) struct ToOpen {
    input: Vec<u8>,
    /// `None` where it is part of `input`.
    vector: Option<Vec<u8>>,
    plaintext: usize,
}

impl ToOpen {
    /// A ciphertext whose parts have lengths that the token never makes was not
    /// made by it: its tag cannot match.
    pub(super) fn new(profile: &Profile, sealed: SealedParts) -> Result<Self, TokenFault> {
        let SealedParts {
            ciphertext,
            vector,
            tag,
        } = sealed;
        let prefixed = profile.convention == IvConvention::NullPrefixed;
        let vector_fits = match profile.convention {
            // These tokens refuse the parameters, as if the request were the host's
            // fault.
            IvConvention::ZeroWriteback | IvConvention::NullPrefixed => {
                vector.len() == profile.vector_length
            }
            // Whoever made the key's earlier ciphertexts may have had the other length.
            IvConvention::CallerRandom | IvConvention::NullAppended => {
                matches!(vector.len(), 12 | 16)
            }
        };
        if tag.len() != TAG || !vector_fits {
            return Err(TokenFault::AuthenticationFailed);
        }
        let plaintext = ciphertext.len();
        let (mut input, vector) = if prefixed {
            let mut input = vector;
            input.extend_from_slice(&ciphertext);
            (input, None)
        } else {
            (ciphertext, Some(vector))
        };
        input.extend_from_slice(&tag);
        Ok(Self {
            input,
            vector,
            plaintext,
        })
    }
}

/// Decrypts.
pub(super) fn decrypt(
    call: &Call<'_>,
    profile: &Profile,
    object: u64,
    additional_data: &[u8],
    sealed: &mut ToOpen,
) -> Result<Vec<u8>, Stop> {
    // Some libraries (SoftHSM) want room for as much as goes in.
    let mut output = Zeroizing::new(vec![0; sealed.input.len()]);
    let parameters = GcmParameters {
        mechanism: profile.mechanism,
        vector: sealed.vector.as_deref_mut(),
        additional_data,
    };
    let written = call.gcm(
        Direction::Decrypt,
        object,
        parameters,
        &sealed.input,
        &mut output,
    )?;
    if written != sealed.plaintext {
        return Err(TokenFault::Invalid("the token's output has another length").into());
    }
    if let Some(rest) = output.get_mut(written..) {
        rest.zeroize();
    }
    output.truncate(written);
    Ok(std::mem::take(&mut *output))
}
