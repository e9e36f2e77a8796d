//! The body of Decrypt.

use std::fmt;

use super::fields::{
    aad_bytes, check_aad_size, check_encryption_algorithm, check_text_size, optional_bytes,
    required_bytes, required_text,
};
use super::{RequestFault, RequestMetadata};
use crate::framing::{AdditionalAuthenticatedData, CiphertextMetadata};
use crate::json::Object;

/// A Decrypt request (specification, "Decrypt"); AES-GCM is all there is.
///
/// Whether initialization vector and tag have a length that can be right is not
/// known yet: a wrong one is an invalid ciphertext, not an invalid request
/// (XKS-087).
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecryptRequest {
    /// Who wants to decrypt; `kms_key_arn` is there.
    pub metadata: RequestMetadata,
    /// 1 to 8192 bytes (XKS-082, XKS-083).
    pub ciphertext: Vec<u8>,
    /// 0 to 20 bytes; none when absent (XKS-086).
    pub ciphertext_metadata: CiphertextMetadata,
    /// Any number of bytes.
    pub initialization_vector: Vec<u8>,
    /// Any number of bytes.
    pub authentication_tag: Vec<u8>,
    /// 0 to 65,535 bytes (XKS-061, XKS-062).
    pub additional_authenticated_data: AdditionalAuthenticatedData,
}

impl DecryptRequest {
    /// Reads a body. All that is invalid is found before anything is found too
    /// large (XKS-110).
    pub fn parse(body: &[u8]) -> Result<Self, RequestFault> {
        let body = Object::parse(body)?;
        let metadata = RequestMetadata::read_with_key_arn(&body)?;
        check_encryption_algorithm(&body)?;
        let mut ciphertext = required_text(&body, "ciphertext")?;
        let ciphertext_metadata = optional_bytes(&body, "ciphertextMetadata")?.unwrap_or_default();
        let ciphertext_metadata = CiphertextMetadata::received(&ciphertext_metadata)
            .map_err(|_| RequestFault::CiphertextMetadataTooLong)?;
        let initialization_vector = required_bytes(&body, "initializationVector")?;
        let authentication_tag = required_bytes(&body, "authenticationTag")?;
        let aad = aad_bytes(&body)?;

        check_text_size(&ciphertext, "ciphertext")?;
        let additional_authenticated_data = check_aad_size(aad)?;
        Ok(Self {
            metadata,
            ciphertext: std::mem::take(&mut ciphertext),
            ciphertext_metadata,
            initialization_vector,
            authentication_tag,
            additional_authenticated_data,
        })
    }
}

/// Bodies stay out of logs (XKS-117).
impl fmt::Debug for DecryptRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DecryptRequest")
            .field("metadata", &self.metadata)
            .field(
                "ciphertext",
                &format_args!("[{} bytes]", self.ciphertext.len()),
            )
            .field(
                "additional_authenticated_data",
                &self.additional_authenticated_data,
            )
            .finish_non_exhaustive()
    }
}
