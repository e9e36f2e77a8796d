//! The answer to Decrypt.

use claviger_xks::json::Object;
use zeroize::Zeroizing;

use super::MalformedAnswer;
use super::encrypt::check;
use super::malformed::Expected;
use super::member::required_secret;

/// The plaintext in the body of a 200: as many bytes as the ciphertext had
/// (XKS-090), overwritten when dropped.
pub fn read_plaintext(
    object: &Object<'_>,
    ciphertext_bytes: usize,
) -> Result<Zeroizing<Vec<u8>>, MalformedAnswer> {
    let plaintext = required_secret(object, "plaintext")?;
    check(
        "plaintext",
        plaintext.len(),
        Expected::Exactly(ciphertext_bytes),
    )?;
    Ok(plaintext)
}
