//! The bytes by which the host names keys and key versions in calls of `crypto`.

/// A key as `lookup` found it: its id, and the revision its record had.
///
/// The revision lets `encrypt` and `decrypt` tell, without asking the storage,
/// whether what this instance remembers of the key is recent enough. The call may
/// come to another instance than the one that did the lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Handle<'a> {
    pub(crate) revision: u64,
    pub(crate) id: &'a str,
}

impl<'a> Handle<'a> {
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = self.revision.to_be_bytes().to_vec();
        bytes.extend_from_slice(self.id.as_bytes());
        bytes
    }

    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (revision, id) = bytes.split_first_chunk()?;
        Some(Self {
            revision: u64::from_be_bytes(*revision),
            id: std::str::from_utf8(id).ok()?,
        })
    }
}

/// A key version as ciphertext metadata: 4 bytes, the most significant first.
pub(crate) fn metadata_of(version: u32) -> Vec<u8> {
    version.to_be_bytes().to_vec()
}

/// The key version that ciphertext metadata names.
pub(crate) fn version_of(metadata: &[u8]) -> Option<u32> {
    metadata.try_into().ok().map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_read_back_as_it_was_written() {
        let handle = Handle {
            revision: 0x0102_0304_0506_0708,
            id: "demo",
        };
        assert_eq!(Handle::parse(&handle.to_bytes()), Some(handle));
        assert_eq!(Handle::parse(&[0; 7]), None);
        assert_eq!(Handle::parse(&[0xff; 9]), None);
    }

    #[test]
    fn xks_066_metadata_is_four_bytes() {
        assert_eq!(metadata_of(0x0a0b_0c0d), [0x0a, 0x0b, 0x0c, 0x0d]);
        assert_eq!(version_of(&[0, 0, 1, 2]), Some(258));
        assert_eq!(version_of(&[0, 0, 1]), None);
        assert_eq!(version_of(&[0, 0, 0, 1, 2]), None);
    }
}
