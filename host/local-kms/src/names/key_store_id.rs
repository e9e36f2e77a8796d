use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

/// The id of a custom key store: `cks-` and 17 hexadecimal digits when this
/// program made it, and at most 64 letters, digits and dashes in a seed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyStoreId(Arc<str>);

impl KeyStoreId {
    /// The longest id, in bytes.
    pub const MAX_BYTES: usize = 64;

    /// An id that nobody has.
    pub fn random() -> Self {
        let digits = Uuid::new_v4().simple().to_string();
        Self(format!("cks-{}", digits.get(..17).unwrap_or(&digits)).into())
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyStoreId {
    type Err = NotAKeyStoreId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_id = text.starts_with("cks-")
            && text.len() <= Self::MAX_BYTES
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if is_id {
            Ok(Self(text.into()))
        } else {
            Err(NotAKeyStoreId)
        }
    }
}

serde_as_text!(KeyStoreId, NotAKeyStoreId);

impl fmt::Display for KeyStoreId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Not the id of a custom key store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not the id of a custom key store, such as cks-1234567890abcdef0")]
pub struct NotAKeyStoreId;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_ids_have_the_shape_of_aws() {
        let id = KeyStoreId::random();
        assert_eq!(id.as_str().len(), 21);
        assert_eq!(id.as_str().parse::<KeyStoreId>().unwrap(), id);
        assert_ne!(id, KeyStoreId::random());
        for bad in ["", "store", "cks-../../x", "cks-a/b"] {
            assert_eq!(bad.parse::<KeyStoreId>(), Err(NotAKeyStoreId));
        }
    }
}
