//! The bytes by which the host names a key in calls of `crypto`.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | format: 1 |
//! | 1 | token: its place in the setting `tokens`, from 0 |
//! | 1 | 1 for an AES-256 key, 0 for any other |
//! | 1 | number of the newest version |
//! | 1 | length of the external key id |
//! | 1–128 | external key id |
//! | 16 each | references, newest version first: start and object, big endian |
//!
//! The call may come to another instance than the one that did the lookup, and
//! needs no search with these. An object of 0, which PKCS#11 has none of, stands
//! for a version without a reference. Versions for which there is no room within
//! 1024 bytes are found again by name when they are needed.

use crate::MOST_VERSIONS;
use claviger_sdk::is_external_key_id;
use claviger_sdk::pkcs11::KeyReference;

const FORMAT: u8 = 1;
/// Longest handle, in bytes, by the contract.
const LONGEST: usize = 1024;
const REFERENCE: usize = 16;

/// A key as `lookup` found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Handle<'a> {
    pub(crate) token: usize,
    pub(crate) is_aes_256: bool,
    pub(crate) newest: u32,
    pub(crate) id: &'a str,
    references: &'a [[u8; REFERENCE]],
}

impl<'a> Handle<'a> {
    /// The handle of a key; `references` are those of its versions, oldest first.
    /// `None` when it breaks a limit.
    pub(crate) fn to_bytes(
        token: usize,
        is_aes_256: bool,
        id: &str,
        references: &[Option<KeyReference>],
    ) -> Option<Vec<u8>> {
        let mut bytes = vec![
            FORMAT,
            u8::try_from(token).ok()?,
            u8::from(is_aes_256),
            u8::try_from(references.len()).ok()?,
            u8::try_from(id.len()).ok()?,
        ];
        bytes.extend_from_slice(id.as_bytes());
        let room = LONGEST.checked_sub(bytes.len())? / REFERENCE;
        for reference in references.iter().rev().take(room) {
            let none = KeyReference {
                start: 0,
                object: 0,
            };
            let reference = reference.unwrap_or(none);
            bytes.extend_from_slice(&reference.start.to_be_bytes());
            bytes.extend_from_slice(&reference.object.to_be_bytes());
        }
        Some(bytes)
    }

    /// Reads a handle; `None` for bytes that [`to_bytes`](Self::to_bytes) does not
    /// make.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (&[format, token, kind, newest, length], rest) = bytes.split_first_chunk()?;
        let (id, references) = rest.split_at_checked(length.into())?;
        let id = std::str::from_utf8(id).ok()?;
        let (references, odd) = references.as_chunks::<REFERENCE>();
        let newest = u32::from(newest);
        let complete = (1..=usize::try_from(newest).ok()?).contains(&references.len());
        let right = format == FORMAT
            && kind <= 1
            && (1..=MOST_VERSIONS).contains(&newest)
            && is_external_key_id(id)
            && complete
            && odd.is_empty()
            && bytes.len() <= LONGEST;
        right.then_some(Self {
            token: token.into(),
            is_aes_256: kind == 1,
            newest,
            id,
            references,
        })
    }

    /// The reference of a version, if there is one and it found room.
    pub(crate) fn reference(&self, version: u32) -> Option<KeyReference> {
        let index = usize::try_from(self.newest.checked_sub(version)?).ok()?;
        let (start, object) = self.references.get(index)?.split_first_chunk::<8>()?;
        let object = u64::from_be_bytes(object.try_into().ok()?);
        (object != 0).then_some(KeyReference {
            start: u64::from_be_bytes(*start),
            object,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(object: u64) -> KeyReference {
        KeyReference {
            start: 0x0102_0304_0506_0708,
            object,
        }
    }

    #[test]
    fn a_handle_is_read_back_as_it_was_written() {
        let references = [Some(reference(7)), None, Some(reference(u64::MAX))];
        let bytes = Handle::to_bytes(1, true, "demo", &references).unwrap();
        assert_eq!(bytes[..9], *b"\x01\x01\x01\x03\x04demo");
        let handle = Handle::parse(&bytes).unwrap();
        assert_eq!((handle.token, handle.newest, handle.id), (1, 3, "demo"));
        assert!(handle.is_aes_256);
        for (version, expected) in (1..).zip(references) {
            assert_eq!(handle.reference(version), expected);
        }
        assert_eq!((handle.reference(0), handle.reference(4)), (None, None));
    }

    #[test]
    fn the_newest_versions_find_room_in_1024_bytes() {
        let references: Vec<_> = (1..=64).map(|object| Some(reference(object))).collect();
        let id = "x".repeat(128);
        let bytes = Handle::to_bytes(0, true, &id, &references).unwrap();
        assert!(bytes.len() <= 1024);
        let handle = Handle::parse(&bytes).unwrap();
        assert_eq!(handle.reference(64), Some(reference(64)));
        assert_eq!(handle.reference(10), Some(reference(10)));
        assert_eq!(handle.reference(9), None);
    }

    #[test]
    fn bytes_that_are_no_handle_are_refused() {
        let bytes = Handle::to_bytes(0, false, "demo", &[Some(reference(1))]).unwrap();
        assert!(Handle::parse(&bytes).is_some());
        for length in 0..bytes.len() {
            assert_eq!(Handle::parse(&bytes[..length]), None, "{length}");
        }
        for (position, value) in [
            (0, 2),
            (2, 2),
            (3, 0),
            (3, 65),
            (4, 3),
            (5, b'/'),
            (5, 0xff),
        ] {
            let mut wrong = bytes.clone();
            wrong[position] = value;
            assert_eq!(Handle::parse(&wrong), None, "{position}");
        }
        let longer = [bytes.as_slice(), &[0; 16]].concat();
        assert_eq!(Handle::parse(&longer), None);
    }
}
