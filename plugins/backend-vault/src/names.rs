//! Names of keys, handles, and what a ciphertext carries.

/// Whether the transit engine can have a key of this name: it begins and ends with a
/// letter, a digit or `_`.
pub(crate) fn is_key_name(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let legal = |byte: u8| word(byte) || b".-".contains(&byte);
    let bytes = name.as_bytes();
    (1..=192).contains(&name.len())
        && bytes.iter().all(|byte| legal(*byte))
        && bytes.first().is_some_and(|byte| word(*byte))
        && bytes.last().is_some_and(|byte| word(*byte))
}

/// What `lookup` gives out: the newest version of the key, and its name.
pub(crate) struct Handle<'h> {
    pub(crate) newest: u32,
    pub(crate) name: &'h str,
}

impl<'h> Handle<'h> {
    pub(crate) fn parse(bytes: &'h [u8]) -> Option<Self> {
        let (newest, name) = bytes.split_first_chunk::<4>()?;
        Some(Self {
            newest: u32::from_be_bytes(*newest),
            name: std::str::from_utf8(name)
                .ok()
                .filter(|name| is_key_name(name))?,
        })
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        [&self.newest.to_be_bytes()[..], self.name.as_bytes()].concat()
    }
}

/// The version as ciphertexts carry it.
pub(crate) fn metadata_of(version: u32) -> Vec<u8> {
    version.to_be_bytes().to_vec()
}

/// The version that encrypted a ciphertext with this metadata: the first for one that
/// another proxy has made.
pub(crate) fn version_of(metadata: &[u8]) -> Option<u32> {
    if metadata.is_empty() {
        return Some(1);
    }
    let version = u32::from_be_bytes(metadata.try_into().ok()?);
    (version > 0).then_some(version)
}
