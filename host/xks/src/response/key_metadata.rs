//! The answer to `GetKeyMetadata`.

use serde::Serialize;

/// XKS `keyStatus` (XKS-054).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum KeyStatus {
    /// The key can be used.
    Enabled,
    /// The key is disabled, deactivated or expired (XKS-055).
    Disabled,
}

/// What is known about an external key (XKS-050).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names of the specification")]
pub struct KeyMetadataResponse<'k> {
    key_spec: &'k str,
    key_usage: Vec<&'k str>,
    key_status: KeyStatus,
}

impl<'k> KeyMetadataResponse<'k> {
    /// The most values of `keyUsage` (XKS-053).
    pub const MAX_KEY_USAGES: usize = 10;

    /// Takes the key's true specification, such as `AES_256` (XKS-051), and what
    /// it may be used for (XKS-052). Of more than ten usages, `ENCRYPT` and
    /// `DECRYPT` and the first of the others are kept (XKS-053).
    pub fn new(
        key_spec: &'k str,
        key_usage: impl IntoIterator<Item = &'k str>,
        key_status: KeyStatus,
    ) -> Self {
        let mut key_usage: Vec<&str> = key_usage.into_iter().collect();
        if key_usage.len() > Self::MAX_KEY_USAGES {
            // Stable: false comes before true, and the rest keeps its order.
            key_usage.sort_by_key(|usage| !matches!(*usage, "ENCRYPT" | "DECRYPT"));
            key_usage.truncate(Self::MAX_KEY_USAGES);
        }
        Self {
            key_spec,
            key_usage,
            key_status,
        }
    }

    /// The body of the answer.
    pub fn to_json(&self) -> Vec<u8> {
        super::to_json(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xks_050_body_has_spec_usage_and_status() {
        let response =
            KeyMetadataResponse::new("AES_256", ["ENCRYPT", "DECRYPT"], KeyStatus::Enabled);
        assert_eq!(
            response.to_json(),
            br#"{"keySpec":"AES_256","keyUsage":["ENCRYPT","DECRYPT"],"keyStatus":"ENABLED"}"#
        );
    }

    #[test]
    fn xks_052_a_key_without_usage_has_an_empty_array() {
        let response = KeyMetadataResponse::new("AES_128", [], KeyStatus::Disabled);
        assert_eq!(
            response.to_json(),
            br#"{"keySpec":"AES_128","keyUsage":[],"keyStatus":"DISABLED"}"#
        );
    }

    #[test]
    fn xks_053_ten_usages_with_encrypt_and_decrypt_are_kept() {
        let many = [
            "A", "B", "C", "D", "E", "F", "G", "H", "DECRYPT", "I", "J", "ENCRYPT",
        ];
        let response = KeyMetadataResponse::new("AES_256", many, KeyStatus::Enabled);
        assert_eq!(
            response.key_usage,
            ["DECRYPT", "ENCRYPT", "A", "B", "C", "D", "E", "F", "G", "H"]
        );
        let ten = &many[..10];
        let response = KeyMetadataResponse::new("AES_256", ten.iter().copied(), KeyStatus::Enabled);
        assert_eq!(response.key_usage, ten);
    }
}
