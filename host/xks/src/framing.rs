//! How the ciphertext metadata is bound into a ciphertext (XKS-063 to XKS-066).

mod convention;

pub use convention::AadConvention;

use thiserror::Error;

/// The scheme of [`additional_data`], recorded in the first byte of every
/// ciphertext metadata so that a later scheme can be told from it (XKS-065).
pub const FRAMING_VERSION: u8 = 1;

/// The caller's additional authenticated data, decoded: 0 to 65,535 bytes, what
/// the two-byte length of the framing can express (XKS-130). Absent by default.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct AdditionalAuthenticatedData(Option<Vec<u8>>);

impl AdditionalAuthenticatedData {
    /// The most bytes.
    pub const MAX_BYTES: usize = 65_535;

    /// The bytes as decoded from the request; none when it is absent (XKS-062).
    pub fn as_bytes(&self) -> &[u8] {
        self.present().unwrap_or_default()
    }

    /// The bytes, unless it is absent. [`AadConvention::SampleProxy`] alone tells
    /// the absent from the empty.
    pub fn present(&self) -> Option<&[u8]> {
        self.0.as_deref()
    }
}

impl TryFrom<Vec<u8>> for AdditionalAuthenticatedData {
    type Error = AdditionalAuthenticatedDataTooLong;

    fn try_from(bytes: Vec<u8>) -> Result<Self, Self::Error> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(AdditionalAuthenticatedDataTooLong);
        }
        Ok(Self(Some(bytes)))
    }
}

/// The AAD is the customer's and stays out of logs (XKS-117).
impl std::fmt::Debug for AdditionalAuthenticatedData {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "AdditionalAuthenticatedData([{} bytes])",
            self.as_bytes().len()
        )
    }
}

/// More than 65,535 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("additional authenticated data of more than 65535 bytes cannot be framed")]
pub struct AdditionalAuthenticatedDataTooLong;

/// The XKS `ciphertextMetadata`, decoded: 0 to 20 bytes (XKS-066). Those that
/// this proxy makes are a framing version and up to 19 bytes of the plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CiphertextMetadata {
    bytes: [u8; Self::MAX_BYTES],
    length: usize,
}

impl CiphertextMetadata {
    /// The most bytes, the framing version included.
    pub const MAX_BYTES: usize = 20;
    /// The most bytes that a plugin may add.
    pub const MAX_PLUGIN_BYTES: usize = Self::MAX_BYTES - 1;
    /// No bytes. A ciphertext that carries them is not of this proxy's framing.
    pub const NONE: Self = Self {
        bytes: [0; Self::MAX_BYTES],
        length: 0,
    };

    /// For a new ciphertext: the framing version and what the plugin wants to
    /// find again when it decrypts, at most 19 bytes.
    pub fn new(plugin_metadata: &[u8]) -> Result<Self, CiphertextMetadataTooLong> {
        let mut bytes = [0; Self::MAX_BYTES];
        let [version, rest @ ..] = &mut bytes;
        *version = FRAMING_VERSION;
        rest.get_mut(..plugin_metadata.len())
            .ok_or(CiphertextMetadataTooLong)?
            .copy_from_slice(plugin_metadata);
        Ok(Self {
            bytes,
            length: 1 + plugin_metadata.len(),
        })
    }

    /// As it came with a ciphertext, at most 20 bytes; nothing is known of it yet.
    pub fn received(received: &[u8]) -> Result<Self, CiphertextMetadataTooLong> {
        let mut bytes = [0; Self::MAX_BYTES];
        bytes
            .get_mut(..received.len())
            .ok_or(CiphertextMetadataTooLong)?
            .copy_from_slice(received);
        Ok(Self {
            bytes,
            length: received.len(),
        })
    }

    /// What goes over the wire, undecoded by the framing.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// The plugin's part. What this proxy cannot have made is refused: the
    /// request then fails with `InvalidCiphertextException` (XKS-091).
    pub fn open(&self) -> Result<&[u8], UnknownFraming> {
        match self.as_bytes() {
            [FRAMING_VERSION, plugin_metadata @ ..] => Ok(plugin_metadata),
            _ => Err(UnknownFraming),
        }
    }
}

/// More bytes than AWS KMS takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("ciphertext metadata may have 20 bytes, of which a plugin may fill 19")]
pub struct CiphertextMetadataTooLong;

/// The ciphertext metadata has no framing version, or one that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the ciphertext metadata is not of this proxy")]
pub struct UnknownFraming;

/// The AAD that the key manager is handed: two bytes with the length of `aad`,
/// `aad`, one byte with the length of `metadata`, `metadata` (XKS-063), at most
/// 65,558 bytes.
///
/// The lengths keep anybody from moving bytes between the two.
pub fn additional_data(
    aad: &AdditionalAuthenticatedData,
    metadata: &CiphertextMetadata,
) -> Vec<u8> {
    framed(aad.as_bytes().len(), aad.as_bytes(), metadata)
}

/// `aad` stands for an AAD of this length.
fn framed(length: usize, aad: &[u8], metadata: &CiphertextMetadata) -> Vec<u8> {
    let metadata = metadata.as_bytes();
    // The types keep both lengths below what these bytes can hold.
    let [.., aad_high, aad_low] = length.to_be_bytes();
    let [.., metadata_length] = metadata.len().to_be_bytes();
    [&[aad_high, aad_low], aad, &[metadata_length], metadata].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aad(bytes: &[u8]) -> AdditionalAuthenticatedData {
        bytes.to_vec().try_into().unwrap()
    }

    #[test]
    fn xks_063_sample_of_the_specification() {
        let aad = aad(b"project=nile,department=marketing");
        let metadata = CiphertextMetadata::received(b"key_version=1").unwrap();
        let framed = additional_data(&aad, &metadata);
        assert_eq!(framed.len(), 49);
        assert_eq!(
            framed,
            b"\x00\x21project=nile,department=marketing\x0dkey_version=1"
        );
    }

    #[test]
    fn xks_063_absent_parts_have_length_zero() {
        let none = CiphertextMetadata::received(b"").unwrap();
        assert_eq!(additional_data(&aad(b""), &none), [0, 0, 0]);
        assert_eq!(
            additional_data(&aad(b""), &CiphertextMetadata::new(b"").unwrap()),
            [0, 0, 1, 1]
        );
    }

    #[test]
    fn xks_063_lengths_use_both_bytes() {
        let metadata = CiphertextMetadata::received(&[7; 20]).unwrap();
        for length in [255, 256, 8192, 65_535] {
            let framed = additional_data(&aad(&vec![9; length]), &metadata);
            assert_eq!(framed.len(), 2 + length + 1 + 20);
            let lengths = u16::from_be_bytes([framed[0], framed[1]]);
            assert_eq!((usize::from(lengths), framed[2 + length]), (length, 20));
        }
    }

    #[test]
    fn xks_085_metadata_moved_into_the_aad_frames_differently() {
        let none = CiphertextMetadata::received(b"").unwrap();
        let some = CiphertextMetadata::received(b"\x01v2").unwrap();
        assert_ne!(
            additional_data(&aad(b""), &some),
            additional_data(&aad(b"\x01v2"), &none)
        );
        assert_ne!(
            additional_data(&aad(b"a"), &some),
            additional_data(
                &aad(b"a\x01"),
                &CiphertextMetadata::received(b"v2").unwrap()
            )
        );
    }

    #[test]
    fn xks_065_metadata_begins_with_the_framing_version() {
        let metadata = CiphertextMetadata::new(b"v7").unwrap();
        assert_eq!(metadata.as_bytes(), b"\x01v7");
        assert_eq!(metadata.open(), Ok(b"v7".as_slice()));
        assert_eq!(CiphertextMetadata::received(b"\x01v7"), Ok(metadata));
    }

    #[test]
    fn xks_066_metadata_has_at_most_20_bytes() {
        assert_eq!(
            CiphertextMetadata::new(&[0; 19]).unwrap().as_bytes().len(),
            20
        );
        assert_eq!(
            CiphertextMetadata::new(&[0; 20]),
            Err(CiphertextMetadataTooLong)
        );
        assert!(CiphertextMetadata::received(&[0; 20]).is_ok());
        assert_eq!(
            CiphertextMetadata::received(&[0; 21]),
            Err(CiphertextMetadataTooLong)
        );
    }

    #[test]
    fn xks_091_metadata_of_another_framing_is_refused() {
        for other in [b"".as_slice(), b"\x00", b"\x02v7", b"key_version=1"] {
            let metadata = CiphertextMetadata::received(other).unwrap();
            assert_eq!(metadata.open(), Err(UnknownFraming));
        }
    }

    #[test]
    fn xks_130_aad_of_more_than_65535_bytes_cannot_be_framed() {
        assert!(AdditionalAuthenticatedData::try_from(vec![0; 65_535]).is_ok());
        assert!(AdditionalAuthenticatedData::try_from(vec![0; 65_536]).is_err());
    }

    #[test]
    fn xks_117_debug_shows_no_aad() {
        assert_eq!(
            format!("{:?}", aad(b"abc")),
            "AdditionalAuthenticatedData([3 bytes])"
        );
    }
}
