//! The answer to Encrypt.

use claviger_xks::framing::CiphertextMetadata;
use claviger_xks::integrity::integrity_value;
use claviger_xks::json::Object;

use super::malformed::Expected;
use super::member::{optional_bytes, required_bytes};
use super::{Failure, MalformedAnswer};
use crate::call::EncryptCall;

/// What AWS KMS keeps of an Encrypt (XKS-067, XKS-069).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encrypted {
    /// As many bytes as the plaintext.
    pub ciphertext: Vec<u8>,
    /// 0 to 20 bytes; none when absent (XKS-066).
    pub ciphertext_metadata: Vec<u8>,
    /// 12 or 16 bytes.
    pub initialization_vector: Vec<u8>,
    /// 16 bytes.
    pub authentication_tag: Vec<u8>,
}

impl Encrypted {
    /// The number of bytes of an authentication tag.
    pub const TAG_BYTES: usize = 16;

    /// Reads the body of a 200 and recomputes the integrity value that was asked
    /// for (XKS-075). One that was not asked for is not looked at.
    pub fn read(object: &Object<'_>, call: &EncryptCall<'_>) -> Result<Self, Failure> {
        let ciphertext = required_bytes(object, "ciphertext")?;
        let ciphertext_metadata = optional_bytes(object, "ciphertextMetadata")?.unwrap_or_default();
        let initialization_vector = required_bytes(object, "initializationVector")?;
        let authentication_tag = required_bytes(object, "authenticationTag")?;
        check(
            "ciphertext",
            ciphertext.len(),
            Expected::Exactly(call.plaintext.len()),
        )?;
        check(
            "ciphertextMetadata",
            ciphertext_metadata.len(),
            Expected::AtMost(CiphertextMetadata::MAX_BYTES),
        )?;
        check(
            "initializationVector",
            initialization_vector.len(),
            Expected::Either(12, 16),
        )?;
        check(
            "authenticationTag",
            authentication_tag.len(),
            Expected::Exactly(Self::TAG_BYTES),
        )?;
        if call.integrity_value {
            let value = optional_bytes(object, "ciphertextDataIntegrityValue")?
                .ok_or(Failure::IntegrityValueMissing)?;
            let expected = integrity_value(
                call.aad.unwrap_or_default(),
                &ciphertext_metadata,
                &initialization_vector,
                &ciphertext,
                &authentication_tag,
            );
            if value != expected {
                return Err(Failure::IntegrityValueWrong);
            }
        }
        Ok(Self {
            ciphertext,
            ciphertext_metadata,
            initialization_vector,
            authentication_tag,
        })
    }
}

pub(super) const fn check(
    member: &'static str,
    length: usize,
    expected: Expected,
) -> Result<(), MalformedAnswer> {
    let fits = match expected {
        Expected::Exactly(only) => length == only,
        Expected::Either(one, other) => length == one || length == other,
        Expected::AtMost(most) => length <= most,
    };
    if fits {
        Ok(())
    } else {
        Err(MalformedAnswer::Length {
            member,
            length,
            expected,
        })
    }
}
