//! AES-GCM by the four conventions for the initialization vector.

use claviger_config::IvConvention::{CallerRandom, NullAppended, NullPrefixed, ZeroWriteback};
use claviger_config::Profile;
use zeroize::{Zeroize as _, Zeroizing};

use super::fault::{Stop, TokenFault};
use super::keys::KeyReference;
use super::raw::Direction::{Decrypt, Encrypt};
use super::session::Call;
use crate::words::Sealed;

/// Bytes of an authentication tag.
const TAG: usize = 16;
const OTHER_LENGTH: &str = "the token's output has another length";

/// Encrypts; the lengths of what comes back are exactly those of AES-GCM.
pub(super) fn encrypt(
    call: &mut Call<'_>,
    key: KeyReference,
    additional_data: &[u8],
    plaintext: &[u8],
) -> Result<Sealed, Stop> {
    let object = call.object(key)?;
    let convention = call.profile.convention;
    let mut vector = vec![0; call.profile.vector_length];
    if convention == CallerRandom {
        call.fill_vector(&mut vector)?;
    }
    let (buffer, carried) = match convention {
        CallerRandom | ZeroWriteback => (Some(&mut *vector), 0),
        NullPrefixed | NullAppended => (None, call.profile.vector_length),
    };
    let mut output = vec![0; carried + plaintext.len() + TAG];
    let written = call.gcm(
        Encrypt,
        object,
        buffer,
        additional_data,
        plaintext,
        &mut output,
    )?;
    if written != output.len() {
        return Err(TokenFault::Invalid(OTHER_LENGTH).into());
    }
    let vector = match convention {
        ZeroWriteback if vector.iter().all(|byte| *byte == 0) => {
            let nothing = "the token wrote no initialization vector into the buffer";
            return Err(TokenFault::Invalid(nothing).into());
        }
        CallerRandom | ZeroWriteback => vector,
        NullPrefixed => {
            let rest = output.split_off(carried);
            std::mem::replace(&mut output, rest)
        }
        NullAppended => output.split_off(plaintext.len() + TAG),
    };
    let tag = output.split_off(plaintext.len());
    Ok(Sealed {
        ciphertext: output,
        initialization_vector: vector,
        authentication_tag: tag,
    })
}

/// Decrypts parts whose lengths [`check_lengths`] accepts.
pub(super) fn decrypt(
    call: &mut Call<'_>,
    key: KeyReference,
    additional_data: &[u8],
    sealed: &Sealed,
) -> Result<Vec<u8>, Stop> {
    let object = call.object(key)?;
    let mut vector = sealed.initialization_vector.clone();
    let (prefix, buffer) = match call.profile.convention {
        NullPrefixed => (&*sealed.initialization_vector, None),
        CallerRandom | ZeroWriteback | NullAppended => (&[][..], Some(&mut *vector)),
    };
    let input = [prefix, &sealed.ciphertext, &sealed.authentication_tag].concat();
    // Some libraries (SoftHSM) want room for as much as goes in.
    let mut output = Zeroizing::new(vec![0; input.len()]);
    let written = call.gcm(
        Decrypt,
        object,
        buffer,
        additional_data,
        &input,
        &mut output,
    )?;
    if written != sealed.ciphertext.len() {
        return Err(TokenFault::Invalid(OTHER_LENGTH).into());
    }
    if let Some(rest) = output.get_mut(written..) {
        rest.zeroize();
    }
    output.truncate(written);
    Ok(std::mem::take(&mut *output))
}

/// A ciphertext whose parts have lengths that the token never makes was not made by
/// it: its tag cannot match.
pub(super) fn check_lengths(profile: &Profile, sealed: &Sealed) -> Result<(), TokenFault> {
    let vector_fits = match profile.convention {
        // These tokens refuse the parameters, as if the request were the host's
        // fault.
        ZeroWriteback | NullPrefixed => sealed.initialization_vector.len() == profile.vector_length,
        // Whoever made the key's earlier ciphertexts may have had the other length.
        CallerRandom | NullAppended => matches!(sealed.initialization_vector.len(), 12 | 16),
    };
    if sealed.authentication_tag.len() == TAG && vector_fits {
        Ok(())
    } else {
        Err(TokenFault::AuthenticationFailed)
    }
}
