use std::collections::BTreeMap;
use std::fmt;

use thiserror::Error;

use super::Header;

/// An encryption context in one form, whatever the order in which its pairs came:
/// sorted by name, each name and value with its length before it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct EncryptionContext(Vec<u8>);

/// The most bytes of additional authenticated data that AWS KMS sends to a proxy.
const MAX_AAD_BYTES: usize = 8192;

impl EncryptionContext {
    /// The most bytes, lengths included: what the header of the ciphertext leaves
    /// of the additional authenticated data.
    pub const MAX_BYTES: usize = MAX_AAD_BYTES - Header::BYTES;

    /// The form of these pairs.
    pub fn new(pairs: &BTreeMap<&str, &str>) -> Result<Self, EncryptionContextTooLong> {
        let mut bytes = Vec::new();
        for text in pairs.iter().flat_map(|(name, value)| [name, value]) {
            let length = u32::try_from(text.len()).map_err(|_| EncryptionContextTooLong)?;
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
            if bytes.len() > Self::MAX_BYTES {
                return Err(EncryptionContextTooLong);
            }
        }
        Ok(Self(bytes))
    }

    /// What both layers of a ciphertext authenticate: its header and this context.
    pub fn additional_data(&self, header: &Header) -> Vec<u8> {
        [header.to_bytes().as_slice(), &self.0].concat()
    }
}

/// The context is the customer's and stays out of logs.
impl fmt::Debug for EncryptionContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "EncryptionContext([{} bytes])", self.0.len())
    }
}

/// More bytes than can be sent to a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "it has more than {} bytes, four more counted for each name and value",
    EncryptionContext::MAX_BYTES
)]
pub struct EncryptionContextTooLong;

#[cfg(test)]
mod tests {
    use super::*;

    fn context(pairs: &[(&str, &str)]) -> EncryptionContext {
        EncryptionContext::new(&pairs.iter().copied().collect()).unwrap()
    }

    #[test]
    fn the_order_of_pairs_does_not_matter_and_their_limits_do() {
        assert_eq!(
            context(&[("a", "1"), ("b", "2")]),
            context(&[("b", "2"), ("a", "1")])
        );
        assert_ne!(
            context(&[("a", "1b"), ("b", "2")]),
            context(&[("a", "1"), ("bb", "2")])
        );
        assert_ne!(context(&[("a", "bc")]), context(&[("ab", "c")]));
        assert_eq!(context(&[]), EncryptionContext::default());
    }

    #[test]
    fn a_context_is_bounded() {
        let value = "v".repeat(EncryptionContext::MAX_BYTES - 9);
        assert!(EncryptionContext::new(&BTreeMap::from([("n", value.as_str())])).is_ok());
        let value = format!("{value}v");
        let refused = EncryptionContext::new(&BTreeMap::from([("n", value.as_str())]));
        assert_eq!(refused, Err(EncryptionContextTooLong));
    }

    #[test]
    fn debug_shows_no_values() {
        assert_eq!(
            format!("{:?}", context(&[("customer", "Smith")])),
            "EncryptionContext([21 bytes])"
        );
    }
}
