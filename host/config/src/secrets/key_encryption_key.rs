use super::private_file::{self, SECRET_BYTES};
use crate::storage::Storage;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claviger_settings::Fault;
use std::fmt;
use std::path::Path;
use zeroize::Zeroizing;

/// The 256-bit key that seals the records of a storage. Wiped when dropped.
pub struct KeyEncryptionKey(Zeroizing<[u8; Self::LENGTH]>);

impl KeyEncryptionKey {
    /// In bytes.
    pub const LENGTH: usize = 32;

    /// Reads the key in the `file` of `storage`: 32 bytes in Base64 (RFC 4648
    /// section 4, with padding), in a regular file that group and others have no
    /// access to.
    pub fn read(storage: &Storage, file: &Path) -> Result<Self, Fault> {
        let setting = storage.key_setting();
        let text = private_file::read(file, &setting, SECRET_BYTES)?;
        Self::decode(&text).ok_or_else(|| {
            Fault::new(
                setting,
                format!("{} does not hold 32 bytes in Base64", file.display()),
                "put back the file that the storage was made with; for a new storage, \
                 write 44 characters: openssl rand -base64 32",
            )
        })
    }

    /// For the cipher, and for nothing else.
    pub fn expose(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    fn decode(text: &[u8]) -> Option<Self> {
        if text.len() != 44 {
            return None;
        }
        // A decoder wants room for the padding too.
        let mut decoded = Zeroizing::new([0; Self::LENGTH + 1]);
        let length = STANDARD.decode_slice(text, decoded.as_mut_slice()).ok()?;
        let mut key = Zeroizing::new([0; Self::LENGTH]);
        key.copy_from_slice(
            decoded
                .get(..length)
                .filter(|key| key.len() == Self::LENGTH)?,
        );
        Some(Self(key))
    }
}

impl fmt::Debug for KeyEncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyEncryptionKey([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeyEncryptionKeySource;
    use crate::secrets::written_file::Written;

    fn key(file: &Written) -> Result<KeyEncryptionKey, String> {
        let storage = Storage {
            path: "keys.sqlite".into(),
            key_encryption_key: KeyEncryptionKeySource::File(file.0.clone()),
            table_path: "storage.main".to_owned(),
        };
        KeyEncryptionKey::read(&storage, &file.0).map_err(|fault| fault.to_string())
    }

    #[test]
    fn a_key_encryption_key_is_32_bytes_in_base64() {
        let file = Written::new("kek", (STANDARD.encode([7; 32]) + "\n").as_bytes(), 0o600);
        let key_encryption_key = key(&file).unwrap();
        assert_eq!(key_encryption_key.expose(), &[7; 32]);
        assert_eq!(
            format!("{key_encryption_key:?}"),
            "KeyEncryptionKey([redacted])"
        );

        let texts = [
            String::new(),
            STANDARD.encode([7; 31]),
            STANDARD.encode([7; 33]),
            "=".repeat(44),
            "-".repeat(43) + "=",
        ];
        for (index, text) in texts.iter().enumerate() {
            let file = Written::new(&format!("kek-{index}"), text.as_bytes(), 0o600);
            assert_eq!(
                key(&file).unwrap_err(),
                format!(
                    "storage.main.key_encryption_key_file: {} does not hold 32 bytes in Base64; \
                     put back the file that the storage was made with; for a new storage, \
                     write 44 characters: openssl rand -base64 32",
                    file.shown()
                )
            );
        }
    }
}
