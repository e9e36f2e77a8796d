//! What a key is, in the words of XKS.

use claviger_sdk::pkcs11::{CKK_AES, KeyAttributes};
use claviger_sdk::{AES_256, DECRYPT, ENCRYPT};

/// XKS `keySpec`: the truth, whatever it is (XKS-051).
pub(crate) fn key_spec(attributes: &KeyAttributes) -> String {
    match (attributes.key_type, attributes.value_length) {
        (CKK_AES, Some(32)) => AES_256.to_owned(),
        (CKK_AES, Some(length)) => format!("AES_{}", u64::from(length) * 8),
        (CKK_AES, None) => "AES".to_owned(),
        (0x10, _) => "GENERIC_SECRET".to_owned(),
        (0x11, _) => "RC2".to_owned(),
        (0x12, _) => "RC4".to_owned(),
        (0x13, _) => "DES".to_owned(),
        (0x14, _) => "DES2".to_owned(),
        (0x15, _) => "DES3".to_owned(),
        (0x20, _) => "BLOWFISH".to_owned(),
        (0x21, _) => "TWOFISH".to_owned(),
        (0x25, _) => "CAMELLIA".to_owned(),
        (0x26, _) => "ARIA".to_owned(),
        (0x27, _) => "MD5_HMAC".to_owned(),
        (0x28, _) => "SHA_1_HMAC".to_owned(),
        (0x2b, _) => "SHA256_HMAC".to_owned(),
        (0x2c, _) => "SHA384_HMAC".to_owned(),
        (0x2d, _) => "SHA512_HMAC".to_owned(),
        (0x2e, _) => "SHA224_HMAC".to_owned(),
        (0x33, _) => "CHACHA20".to_owned(),
        (other, _) => format!("PKCS11_KEY_TYPE_{other:#x}"),
    }
}

/// Whether it is the only kind of key that XKS uses (XKS-072).
pub(crate) fn is_aes_256(attributes: &KeyAttributes) -> bool {
    attributes.key_type == CKK_AES && attributes.value_length == Some(32)
}

/// XKS `keyUsage` (XKS-052).
pub(crate) fn key_usage(attributes: &KeyAttributes) -> Vec<String> {
    let permitted = [(attributes.encrypt, ENCRYPT), (attributes.decrypt, DECRYPT)];
    let words = permitted.into_iter().filter(|(permitted, _)| *permitted);
    words.map(|(_, word)| word.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xks_051_key_specs_are_true() {
        for (key_type, value_length, expected) in [
            (0x1f, Some(32), "AES_256"),
            (0x1f, Some(16), "AES_128"),
            (0x1f, Some(24), "AES_192"),
            (0x1f, Some(u32::MAX), "AES_34359738360"),
            (0x1f, None, "AES"),
            (0x15, None, "DES3"),
            (0x10, Some(32), "GENERIC_SECRET"),
            (0x8000_0001, None, "PKCS11_KEY_TYPE_0x80000001"),
        ] {
            let attributes = KeyAttributes {
                label: String::new(),
                id: Vec::new(),
                key_type,
                value_length,
                encrypt: true,
                decrypt: false,
            };
            assert_eq!(key_spec(&attributes), expected);
            assert_eq!(is_aes_256(&attributes), expected == AES_256);
            assert_eq!(key_usage(&attributes), [ENCRYPT]);
        }
    }
}
