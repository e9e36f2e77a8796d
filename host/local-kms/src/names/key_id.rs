use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use super::{AccountId, Region};

/// The id of a KMS key: a UUID, or `mrk-` and 32 hexadecimal digits, which is how
/// keys of several Regions are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId {
    bytes: [u8; Self::BYTES],
    multi_region: bool,
}

impl KeyId {
    /// How many bytes the id has in a ciphertext.
    pub const BYTES: usize = 16;

    /// An id that nobody has.
    pub fn random() -> Self {
        Self::from_bytes(Uuid::new_v4().into_bytes())
    }

    /// The id of a key of one Region from its bytes.
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self {
            bytes,
            multi_region: false,
        }
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.bytes
    }

    /// Whether it is the id of a key of several Regions.
    pub const fn is_multi_region(&self) -> bool {
        self.multi_region
    }

    /// The ARN of the key.
    pub fn arn(&self, region: &Region, account: &AccountId) -> String {
        format!(
            "arn:{}:kms:{region}:{account}:key/{self}",
            region.partition()
        )
    }
}

impl FromStr for KeyId {
    type Err = NotAKeyId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(digits) = text.strip_prefix("mrk-") {
            let bytes = Uuid::try_parse(digits).map_err(|_| NotAKeyId)?.into_bytes();
            let id = Self {
                bytes,
                multi_region: true,
            };
            return if digits.len() == 32 {
                Ok(id)
            } else {
                Err(NotAKeyId)
            };
        }
        let bytes = Uuid::try_parse(text).map_err(|_| NotAKeyId)?.into_bytes();
        // The parser knows other ways to write a UUID, which AWS KMS does not take.
        if text.len() == 36 {
            Ok(Self::from_bytes(bytes))
        } else {
            Err(NotAKeyId)
        }
    }
}

serde_as_text!(KeyId, NotAKeyId);

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uuid = Uuid::from_bytes(self.bytes);
        if self.multi_region {
            write!(formatter, "mrk-{}", uuid.simple())
        } else {
            write!(formatter, "{}", uuid.hyphenated())
        }
    }
}

/// Not the id of a KMS key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not the id of a KMS key, such as 1234abcd-12ab-34cd-56ef-1234567890ab")]
pub struct NotAKeyId;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_written_as_they_were_read() {
        for good in [
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "mrk-1234abcd12ab34cd56ef1234567890ab",
        ] {
            assert_eq!(good.parse::<KeyId>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "fake-key-id",
            "134f2428cec14b25a1ae9048164dba47",
            "{1234abcd-12ab-34cd-56ef-1234567890ab}",
            "mrk-1234abcd-12ab-34cd-56ef-1234567890ab",
            "mrk-fake-key-id",
            "1234abcd-12ab-34cd-56ef-1234567890ag",
        ] {
            assert_eq!(bad.parse::<KeyId>(), Err(NotAKeyId), "{bad}");
        }
    }

    #[test]
    fn random_ids_differ() {
        assert_ne!(KeyId::random(), KeyId::random());
    }
}
