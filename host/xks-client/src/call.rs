//! The bodies of the four APIs, as AWS KMS writes them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_xks::integrity;
use claviger_xks::request::ENCRYPTION_ALGORITHM;
use claviger_xks::uri::ExternalKeyId;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::metadata::RequestMetadata;

/// The body of `GetHealthStatus` and of `GetKeyMetadata`.
pub fn metadata_body(metadata: &RequestMetadata) -> Vec<u8> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'c> {
        request_metadata: &'c RequestMetadata,
    }
    to_json(&Body {
        request_metadata: metadata,
    })
}

/// A call of Encrypt.
#[derive(Clone, Copy)]
pub struct EncryptCall<'c> {
    /// The external key.
    pub key: &'c ExternalKeyId,
    /// Who wants what.
    pub metadata: &'c RequestMetadata,
    /// 1 byte or more; AWS KMS sends up to 4300.
    pub plaintext: &'c [u8],
    /// Left out when absent; AWS KMS sends up to 8192 bytes.
    pub aad: Option<&'c [u8]>,
    /// Whether an integrity value is asked for, as for data keys.
    pub integrity_value: bool,
}

impl EncryptCall<'_> {
    /// The body of the request.
    pub fn body(&self) -> Vec<u8> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'c> {
            request_metadata: &'c RequestMetadata,
            #[serde(skip_serializing_if = "Option::is_none")]
            additional_authenticated_data: Option<String>,
            plaintext: &'c str,
            encryption_algorithm: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            ciphertext_data_integrity_value_algorithm: Option<&'static str>,
        }
        let plaintext = Zeroizing::new(STANDARD.encode(self.plaintext));
        to_json(&Body {
            request_metadata: self.metadata,
            additional_authenticated_data: self.aad.map(|aad| STANDARD.encode(aad)),
            plaintext: &plaintext,
            encryption_algorithm: ENCRYPTION_ALGORITHM,
            ciphertext_data_integrity_value_algorithm: self
                .integrity_value
                .then_some(integrity::ALGORITHM),
        })
    }
}

impl fmt::Debug for EncryptCall<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("EncryptCall")
            .field("key", &self.key)
            .field("metadata", &self.metadata)
            .field("integrity_value", &self.integrity_value)
            .finish_non_exhaustive()
    }
}

/// A call of Decrypt.
#[derive(Clone, Copy)]
pub struct DecryptCall<'c> {
    /// The external key.
    pub key: &'c ExternalKeyId,
    /// Who wants what.
    pub metadata: &'c RequestMetadata,
    /// As Encrypt answered.
    pub ciphertext: &'c [u8],
    /// As Encrypt answered; left out when empty.
    pub ciphertext_metadata: &'c [u8],
    /// As Encrypt answered.
    pub initialization_vector: &'c [u8],
    /// As Encrypt answered.
    pub authentication_tag: &'c [u8],
    /// As for Encrypt.
    pub aad: Option<&'c [u8]>,
}

impl DecryptCall<'_> {
    /// The body of the request.
    pub fn body(&self) -> Vec<u8> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'c> {
            request_metadata: &'c RequestMetadata,
            #[serde(skip_serializing_if = "Option::is_none")]
            additional_authenticated_data: Option<String>,
            ciphertext: String,
            #[serde(skip_serializing_if = "Option::is_none")]
            ciphertext_metadata: Option<String>,
            encryption_algorithm: &'static str,
            initialization_vector: String,
            authentication_tag: String,
        }
        to_json(&Body {
            request_metadata: self.metadata,
            additional_authenticated_data: self.aad.map(|aad| STANDARD.encode(aad)),
            ciphertext: STANDARD.encode(self.ciphertext),
            ciphertext_metadata: (!self.ciphertext_metadata.is_empty())
                .then(|| STANDARD.encode(self.ciphertext_metadata)),
            encryption_algorithm: ENCRYPTION_ALGORITHM,
            initialization_vector: STANDARD.encode(self.initialization_vector),
            authentication_tag: STANDARD.encode(self.authentication_tag),
        })
    }
}

impl fmt::Debug for DecryptCall<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DecryptCall")
            .field("key", &self.key)
            .field("metadata", &self.metadata)
            .finish_non_exhaustive()
    }
}

#[expect(
    clippy::expect_used,
    reason = "strings and structs of them can always be written"
)]
fn to_json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("a body can be written")
}

#[cfg(test)]
mod tests {
    use claviger_xks::request::{
        DecryptRequest, EncryptRequest, GetHealthStatusRequest, GetKeyMetadataRequest,
    };

    use super::*;
    use crate::metadata::{Caller, KmsOperation};

    fn metadata() -> RequestMetadata {
        RequestMetadata::cryptographic(
            KmsOperation::GenerateDataKey,
            &Caller::new("AWS Internal"),
            "arn:aws:kms:eu-central-1:123456789012:key/1",
            "id",
        )
    }

    #[test]
    fn bodies_are_those_that_a_proxy_reads() {
        let metadata = metadata();
        let key = "key".parse().unwrap();
        GetHealthStatusRequest::parse(&metadata_body(&metadata)).unwrap();
        GetKeyMetadataRequest::parse(&metadata_body(&metadata)).unwrap();
        let mut call = EncryptCall {
            key: &key,
            metadata: &metadata,
            plaintext: b"plaintext",
            aad: Some(b"aad"),
            integrity_value: true,
        };
        let read = EncryptRequest::parse(&call.body()).unwrap();
        assert_eq!(*read.plaintext, b"plaintext");
        assert_eq!(
            read.additional_authenticated_data.present(),
            Some(&b"aad"[..])
        );
        assert!(read.integrity_value_wanted);
        call.integrity_value = false;
        call.aad = None;
        let read = EncryptRequest::parse(&call.body()).unwrap();
        assert_eq!(read.additional_authenticated_data.present(), None);
        assert!(!read.integrity_value_wanted);

        let call = DecryptCall {
            key: &key,
            metadata: &metadata,
            ciphertext: b"ciphertext",
            ciphertext_metadata: b"m",
            initialization_vector: &[1; 12],
            authentication_tag: &[2; 16],
            aad: Some(b""),
        };
        let read = DecryptRequest::parse(&call.body()).unwrap();
        assert_eq!(read.ciphertext, b"ciphertext");
        assert_eq!(read.ciphertext_metadata.as_bytes(), b"m");
        assert_eq!(read.initialization_vector, [1; 12]);
        assert_eq!(read.authentication_tag, [2; 16]);
        assert_eq!(read.additional_authenticated_data.present(), Some(&b""[..]));
    }

    #[test]
    fn plaintexts_are_not_shown() {
        let (key, metadata) = ("key".parse().unwrap(), metadata());
        let call = EncryptCall {
            key: &key,
            metadata: &metadata,
            plaintext: b"visible",
            aad: None,
            integrity_value: false,
        };
        let shown = format!("{call:?}");
        assert!(!shown.contains("visible") && !shown.contains("118"));
    }
}
