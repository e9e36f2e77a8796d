//! The name of a key.

use std::sync::Arc;

use thiserror::Error;

/// The id of a key, as callers and backends name it: 1 to 128 characters of
/// `[A-Za-z0-9._-]`. A front door may allow less.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KeyId(Arc<str>);

/// Not the id of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a key id is 1 to 128 characters of [A-Za-z0-9._-]")]
pub(crate) struct NotAKeyId;

impl KeyId {
    /// The longest id, in bytes.
    const MOST: usize = 128;

    /// The id as it was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The same text, for the parameters of a call.
    pub(crate) fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl TryFrom<Arc<str>> for KeyId {
    type Error = NotAKeyId;

    fn try_from(text: Arc<str>) -> Result<Self, NotAKeyId> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if (1..=Self::MOST).contains(&text.len()) && text.bytes().all(legal) {
            Ok(Self(text))
        } else {
            Err(NotAKeyId)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xks_005_only_ids_of_the_right_form_pass() {
        let id = |text: &str| KeyId::try_from(Arc::from(text));
        assert!(id("a").is_ok() && id("A-b_c.9").is_ok() && id(&"k".repeat(128)).is_ok());
        for text in ["", "a b", "a/b", "ä", &"k".repeat(129)] {
            assert_eq!(id(text), Err(NotAKeyId), "{text}");
        }
    }
}
