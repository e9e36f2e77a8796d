//! What a new key is made for.

use claviger_sdk::pkcs11::{KeyAttributes, KeyTemplate};
use claviger_sdk::{DECRYPT, ENCRYPT, ManagementError};

/// XKS `keyUsage` as two attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Usage {
    encrypt: bool,
    decrypt: bool,
}

impl Usage {
    pub(super) const BOTH: Self = Self {
        encrypt: true,
        decrypt: true,
    };

    /// Reads the words of a command.
    pub(super) fn read(words: &[String]) -> Result<Self, ManagementError> {
        let count = |word: &str| words.iter().filter(|other| *other == word).count();
        let (encrypt, decrypt) = (count(ENCRYPT), count(DECRYPT));
        if encrypt > 1 || decrypt > 1 || encrypt + decrypt != words.len() {
            return Err(ManagementError::Invalid(
                "the key usage is wrong; write ENCRYPT, DECRYPT, both or nothing".into(),
            ));
        }
        Ok(Self {
            encrypt: encrypt == 1,
            decrypt: decrypt == 1,
        })
    }

    /// What a key permits, for its next version.
    pub(super) fn of(attributes: &KeyAttributes) -> Self {
        Self {
            encrypt: attributes.encrypt,
            decrypt: attributes.decrypt,
        }
    }

    pub(super) fn template(self, label: &str, id: &[u8]) -> KeyTemplate {
        KeyTemplate {
            label: label.to_owned(),
            id: id.to_vec(),
            encrypt: self.encrypt,
            decrypt: self.decrypt,
        }
    }
}
