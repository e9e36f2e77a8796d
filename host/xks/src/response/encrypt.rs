//! The answer to Encrypt.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::framing::CiphertextMetadata;

/// The key manager's output with what binds it (XKS-069). Optional members are
/// left out when they are absent.
#[derive(Debug, Clone, Copy)]
pub struct EncryptResponse<'e> {
    /// As many bytes as the plaintext (XKS-067).
    pub ciphertext: &'e [u8],
    /// Up to 20 bytes; left out when empty (XKS-066).
    pub ciphertext_metadata: &'e CiphertextMetadata,
    /// 12 or 16 bytes (XKS-067).
    pub initialization_vector: &'e [u8],
    /// 16 bytes (XKS-067).
    pub authentication_tag: &'e [u8],
    /// Only when it was asked for (XKS-073).
    pub ciphertext_data_integrity_value: Option<&'e [u8; 32]>,
}

impl EncryptResponse<'_> {
    /// The body of the answer. Base64 needs no escapes, so that it is written
    /// straight into the text.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = String::with_capacity(320 + self.ciphertext.len() / 3 * 4);
        json.push_str("{\"ciphertext\":\"");
        STANDARD.encode_string(self.ciphertext, &mut json);
        if !self.ciphertext_metadata.as_bytes().is_empty() {
            json.push_str("\",\"ciphertextMetadata\":\"");
            STANDARD.encode_string(self.ciphertext_metadata.as_bytes(), &mut json);
        }
        json.push_str("\",\"initializationVector\":\"");
        STANDARD.encode_string(self.initialization_vector, &mut json);
        json.push_str("\",\"authenticationTag\":\"");
        STANDARD.encode_string(self.authentication_tag, &mut json);
        if let Some(value) = self.ciphertext_data_integrity_value {
            json.push_str("\",\"ciphertextDataIntegrityValue\":\"");
            STANDARD.encode_string(value, &mut json);
        }
        json.push_str("\"}");
        json.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::integrity_value;

    #[test]
    fn xks_069_sample_of_the_specification() {
        let decode = |text| STANDARD.decode(text).unwrap();
        let metadata = CiphertextMetadata::received(b"key_version=1").unwrap();
        let ciphertext = decode("ghxkK1txeDNn3q8Y");
        let initialization_vector = decode("HMrlRw85cAJUd5Ax");
        let authentication_tag = decode("vBxN2ncH1oEkR8WVXpmyYQ==");
        let value = integrity_value(
            b"project=nile,department=marketing",
            metadata.as_bytes(),
            &initialization_vector,
            &ciphertext,
            &authentication_tag,
        );
        let response = EncryptResponse {
            ciphertext: &ciphertext,
            ciphertext_metadata: &metadata,
            initialization_vector: &initialization_vector,
            authentication_tag: &authentication_tag,
            ciphertext_data_integrity_value: Some(&value),
        };
        let expected = serde_json::json!({
            "authenticationTag": "vBxN2ncH1oEkR8WVXpmyYQ==",
            "ciphertext": "ghxkK1txeDNn3q8Y",
            "ciphertextDataIntegrityValue": "qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc=",
            "ciphertextMetadata": "a2V5X3ZlcnNpb249MQ==",
            "initializationVector": "HMrlRw85cAJUd5Ax"
        });
        let found: serde_json::Value = serde_json::from_slice(&response.to_json()).unwrap();
        assert_eq!(found, expected);
    }

    #[test]
    fn xks_073_integrity_value_is_there_when_it_was_asked_for() {
        let members = |value: Option<&[u8; 32]>| {
            let response = EncryptResponse {
                ciphertext: b"c",
                ciphertext_metadata: &CiphertextMetadata::new(b"").unwrap(),
                initialization_vector: &[0; 12],
                authentication_tag: &[0; 16],
                ciphertext_data_integrity_value: value,
            };
            serde_json::from_slice::<serde_json::Value>(&response.to_json()).unwrap()
        };
        let value = &members(Some(&[7; 32]))["ciphertextDataIntegrityValue"];
        assert_eq!(value.as_str().unwrap().len(), 44);
        assert!(members(None).get("ciphertextDataIntegrityValue").is_none());
    }

    #[test]
    fn xks_069_optional_members_are_left_out() {
        let response = EncryptResponse {
            ciphertext: b"c",
            ciphertext_metadata: &CiphertextMetadata::received(b"").unwrap(),
            initialization_vector: &[0; 12],
            authentication_tag: &[0; 16],
            ciphertext_data_integrity_value: None,
        };
        assert_eq!(
            String::from_utf8(response.to_json()).unwrap(),
            "{\"ciphertext\":\"Yw==\",\"initializationVector\":\"AAAAAAAAAAAAAAAA\",\
             \"authenticationTag\":\"AAAAAAAAAAAAAAAAAAAAAA==\"}"
        );
    }
}
