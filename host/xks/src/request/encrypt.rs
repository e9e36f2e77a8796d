//! The body of Encrypt.

use std::fmt;

use zeroize::Zeroizing;

use super::fields::{
    aad_bytes, check_aad_size, check_encryption_algorithm, check_text_size, optional_string,
    required_text,
};
use super::{RequestFault, RequestMetadata};
use crate::framing::AdditionalAuthenticatedData;
use crate::integrity;
use crate::json::Object;

/// An Encrypt request (specification, "Encrypt"); AES-GCM is all there is.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EncryptRequest {
    /// Who wants to encrypt; `kms_key_arn` is there.
    pub metadata: RequestMetadata,
    /// 1 to 8192 bytes, overwritten when dropped (XKS-057 to XKS-059).
    pub plaintext: Zeroizing<Vec<u8>>,
    /// 0 to 65,535 bytes (XKS-061, XKS-062).
    pub additional_authenticated_data: AdditionalAuthenticatedData,
    /// Whether `ciphertextDataIntegrityValueAlgorithm` was there (XKS-073).
    pub integrity_value_wanted: bool,
}

impl EncryptRequest {
    /// Reads a body. All that is invalid is found before anything is found too
    /// large (XKS-110).
    pub fn parse(body: &[u8]) -> Result<Self, RequestFault> {
        let body = Object::parse(body)?;
        let metadata = RequestMetadata::read_with_key_arn(&body)?;
        check_encryption_algorithm(&body)?;
        let integrity_value_wanted = integrity_value_wanted(&body)?;
        let plaintext = required_text(&body, "plaintext")?;
        let aad = aad_bytes(&body)?;

        check_text_size(&plaintext, "plaintext")?;
        let additional_authenticated_data = check_aad_size(aad)?;
        Ok(Self {
            metadata,
            plaintext,
            additional_authenticated_data,
            integrity_value_wanted,
        })
    }
}

impl fmt::Debug for EncryptRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("EncryptRequest")
            .field("metadata", &self.metadata)
            .field("plaintext", &"[redacted]")
            .field(
                "additional_authenticated_data",
                &self.additional_authenticated_data,
            )
            .field("integrity_value_wanted", &self.integrity_value_wanted)
            .finish()
    }
}

fn integrity_value_wanted(body: &Object<'_>) -> Result<bool, RequestFault> {
    let field = "ciphertextDataIntegrityValueAlgorithm";
    match optional_string(body, field, field)? {
        None => Ok(false),
        Some(integrity::ALGORITHM) => Ok(true),
        Some(_) => Err(RequestFault::NotDefined {
            field,
            expected: integrity::ALGORITHM,
        }),
    }
}
