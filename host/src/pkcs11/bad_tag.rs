//! Whether a failed decrypt means that the tag does not match.
//!
//! Users of AWS KMS act on InvalidCiphertextException, so a good ciphertext must
//! never get it. Some HSMs answer a bad tag with a return value that a lost
//! device or an overloaded one has too. What such a value means is found out in
//! the same session: between two controls that succeed, the decrypt must fail
//! twice more.

use super::fault::{Stop, TokenFault};
use super::gcm;
use super::keys::KeyReference;
use super::return_value::ReturnValue;
use super::session::Call;
use crate::words::Sealed;

/// Additional data and plaintext of a control.
const CONTROL: &[u8; 16] = b"claviger-control";

/// Decrypts; `AuthenticationFailed` is certain.
pub(super) fn decrypt(
    call: &mut Call<'_>,
    key: KeyReference,
    additional_data: &[u8],
    sealed: &Sealed,
) -> Result<Vec<u8>, Stop> {
    let value = match gcm::decrypt(call, key, additional_data, sealed) {
        Err(Stop::Returned(value)) if call.profile.bad_tag_codes.contains(&value.0) => value,
        other => return other,
    };
    if value.means_bad_tag_only() {
        return Err(TokenFault::AuthenticationFailed.into());
    }
    control(call, key)?;
    // Twice: an HSM that refuses every third call would refuse neither control.
    for _ in 0..2 {
        match gcm::decrypt(call, key, additional_data, sealed) {
            Err(Stop::Returned(again)) if call.profile.bad_tag_codes.contains(&again.0) => {}
            other => return other,
        }
    }
    control(call, key)?;
    Err(TokenFault::AuthenticationFailed.into())
}

/// Proves that the token works under this key: what it encrypts it decrypts. A
/// key that may only decrypt proves nothing by its refusal, which libraries give
/// without asking the device: random bytes have to do.
fn control(call: &mut Call<'_>, key: KeyReference) -> Result<(), Stop> {
    match gcm::encrypt(call, key, CONTROL, CONTROL) {
        Ok(sealed) if gcm::decrypt(call, key, CONTROL, &sealed)? == CONTROL => Ok(()),
        Ok(_) => Err(TokenFault::Invalid("the token decrypts to something else").into()),
        Err(Stop::Returned(ReturnValue::KEY_FUNCTION_NOT_PERMITTED)) => {
            call.random(16)?;
            Ok(())
        }
        Err(other) => Err(other),
    }
}
