//! Handles, and what a ciphertext carries.

use claviger_sdk::is_external_key_id;
use sha2::{Digest as _, Sha256};

/// Most bytes of ciphertext metadata behind the first.
const METADATA: usize = 18;

/// What `lookup` gives out: the external key id, and the identifier on the server.
pub(crate) struct Handle<'h> {
    pub(crate) external_key_id: &'h str,
    pub(crate) identifier: &'h str,
}

impl<'h> Handle<'h> {
    pub(crate) fn parse(bytes: &'h [u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first()?;
        let (external_key_id, identifier) = rest.split_at_checked(usize::from(*length))?;
        let text = |bytes: &'h [u8]| std::str::from_utf8(bytes).ok();
        Some(Self {
            external_key_id: text(external_key_id).filter(|id| is_external_key_id(id))?,
            identifier: text(identifier).filter(|identifier| !identifier.is_empty())?,
        })
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let length = u8::try_from(self.external_key_id.len()).unwrap_or(u8::MAX);
        [
            &[length],
            self.external_key_id.as_bytes(),
            self.identifier.as_bytes(),
        ]
        .concat()
    }
}

/// The identifier of a key as its ciphertexts carry it: a UUID as its 16 bytes, a short
/// text as it is, and otherwise a hash. It is compared and never read: what a
/// ciphertext says does not choose a key of the server.
pub(crate) fn metadata_of(identifier: &str) -> Vec<u8> {
    const UUID: u8 = 1;
    const TEXT: u8 = 2;
    const HASH: u8 = 3;
    if let Some(uuid) = uuid(identifier) {
        return [&[UUID][..], &uuid].concat();
    }
    if identifier.len() <= METADATA {
        return [&[TEXT], identifier.as_bytes()].concat();
    }
    let hash = Sha256::digest(identifier.as_bytes());
    let mut metadata = vec![HASH];
    metadata.extend(hash.iter().take(METADATA));
    metadata
}

/// The bytes of a UUID that is written in the one way which gives it back.
fn uuid(text: &str) -> Option<[u8; 16]> {
    let bytes: &[u8; 36] = text.as_bytes().try_into().ok()?;
    let mut digits = Vec::with_capacity(32);
    for (index, byte) in bytes.iter().enumerate() {
        match (index, byte) {
            (8 | 13 | 18 | 23, b'-') => {}
            (8 | 13 | 18 | 23, _) => return None,
            (_, b'0'..=b'9') => digits.push(byte - b'0'),
            (_, b'a'..=b'f') => digits.push(byte - b'a' + 10),
            _ => return None,
        }
    }
    let (pairs, _) = digits.as_chunks::<2>();
    let packed: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
    packed.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::{Handle, metadata_of};

    #[test]
    fn xks_066_identifiers_of_every_kind_fit_into_19_bytes() {
        let uuid = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";
        let packed = metadata_of(uuid);
        assert_eq!(packed[..5], [1, 0x0a, 0x1b, 0x2c, 0x3d]);
        assert_eq!(packed.len(), 17);
        assert_eq!(metadata_of("42"), *b"\x0242");
        let long = metadata_of(&"a".repeat(64));
        assert_eq!((long[0], long.len()), (3, 19));
        // Another text, another key.
        let upper = metadata_of(&uuid.to_uppercase());
        assert_eq!((upper[0], upper.len()), (3, 19));
        assert_ne!(long, metadata_of(&"a".repeat(63)));
        assert_eq!(metadata_of(&"a".repeat(18)).len(), 19);
    }

    #[test]
    fn handles_are_read_as_they_were_written() {
        let handle = Handle {
            external_key_id: "demo",
            identifier: "17",
        };
        let bytes = handle.to_bytes();
        let read = Handle::parse(&bytes).unwrap();
        assert_eq!((read.external_key_id, read.identifier), ("demo", "17"));
        for wrong in [&b""[..], b"\x04dem", b"\x04demo", b"\x00", b"\x01/x"] {
            assert!(Handle::parse(wrong).is_none(), "{wrong:?}");
        }
    }
}
