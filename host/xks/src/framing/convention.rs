//! The framing of AWS's sample proxy, for the ciphertexts that it has left behind.

use aws_lc_rs::digest::{SHA256, digest};

use super::{AdditionalAuthenticatedData, CiphertextMetadata, additional_data, framed};

/// What of the AAD and the ciphertext metadata the key manager is handed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AadConvention {
    /// [`additional_data`], as the specification has it (XKS-063).
    Specification,
    /// The same with the SHA-256 of the AAD in the AAD's place, behind the length
    /// of the AAD itself. An absent AAD has no hash, an empty one has the hash of
    /// nothing. At most 55 bytes.
    SampleProxy,
}

impl AadConvention {
    /// The AAD that the key manager is handed.
    pub fn additional_data(
        self,
        aad: &AdditionalAuthenticatedData,
        metadata: &CiphertextMetadata,
    ) -> Vec<u8> {
        match (self, aad.present()) {
            (Self::Specification, _) => additional_data(aad, metadata),
            (Self::SampleProxy, None) => framed(0, &[], metadata),
            (Self::SampleProxy, Some(bytes)) => {
                framed(bytes.len(), digest(&SHA256, bytes).as_ref(), metadata)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-256 of `project=nile,department=marketing`, by another program.
    const HASH: &[u8; 32] = b"\x6f\xb3\x2b\x1a\x4c\x13\x89\x5a\x23\x34\x38\x00\x00\x1e\x06\x35\
                              \x88\x50\x03\xc4\xd0\x4e\xbb\x3c\xdd\x63\x14\x52\xa8\x24\xe6\x39";

    /// SHA-256 of nothing.
    const HASH_OF_NOTHING: &[u8; 32] =
        b"\xe3\xb0\xc4\x42\x98\xfc\x1c\x14\x9a\xfb\xf4\xc8\x99\x6f\xb9\x24\
          \x27\xae\x41\xe4\x64\x9b\x93\x4c\xa4\x95\x99\x1b\x78\x52\xb8\x55";

    /// SHA-256 of 65,535 bytes with the value 9.
    const HASH_OF_THE_LONGEST: &[u8; 32] =
        b"\xc5\x51\x52\x3e\x0d\x72\x2e\xde\x2d\x46\xac\xba\xf0\x8e\xe0\x0f\
          \x92\x7f\x52\x83\x35\x7f\xaa\xdc\xbb\xc7\xc4\x47\xd7\x2f\xaa\xc8";

    fn aad(bytes: &[u8]) -> AdditionalAuthenticatedData {
        bytes.to_vec().try_into().unwrap()
    }

    fn metadata(bytes: &[u8]) -> CiphertextMetadata {
        CiphertextMetadata::received(bytes).unwrap()
    }

    #[test]
    fn the_sample_proxy_hashes_the_aad_behind_its_length() {
        let aad = aad(b"project=nile,department=marketing");
        let theirs = AadConvention::SampleProxy;
        assert_eq!(
            theirs.additional_data(&aad, &CiphertextMetadata::NONE),
            [b"\x00\x21".as_slice(), HASH, b"\x00"].concat()
        );
        assert_eq!(
            theirs.additional_data(&aad, &metadata(b"v1.0.1")),
            [b"\x00\x21".as_slice(), HASH, b"\x06v1.0.1"].concat()
        );
    }

    #[test]
    fn the_sample_proxy_tells_an_empty_aad_from_an_absent_one() {
        let theirs = AadConvention::SampleProxy;
        let absent = AdditionalAuthenticatedData::default();
        assert_eq!(
            theirs.additional_data(&absent, &CiphertextMetadata::NONE),
            [0, 0, 0]
        );
        assert_eq!(
            theirs.additional_data(&absent, &metadata(b"m")),
            b"\x00\x00\x01m"
        );
        assert_eq!(
            theirs.additional_data(&aad(b""), &CiphertextMetadata::NONE),
            [b"\x00\x00".as_slice(), HASH_OF_NOTHING, b"\x00"].concat()
        );
        // To the specification both are no AAD (XKS-062).
        let ours = AadConvention::Specification;
        for aad in [absent, aad(b"")] {
            assert_eq!(
                ours.additional_data(&aad, &metadata(b"m")),
                b"\x00\x00\x01m"
            );
        }
    }

    #[test]
    fn the_longest_aad_and_metadata_are_55_bytes_to_the_sample_proxy() {
        let framed =
            AadConvention::SampleProxy.additional_data(&aad(&vec![9; 65_535]), &metadata(&[7; 20]));
        assert_eq!(framed.len(), 55);
        assert_eq!(
            framed,
            [b"\xff\xff".as_slice(), HASH_OF_THE_LONGEST, &[20], &[7; 20]].concat()
        );
    }

    #[test]
    fn xks_085_metadata_moved_into_the_aad_frames_differently_for_the_sample_proxy_too() {
        let theirs = AadConvention::SampleProxy;
        let absent = AdditionalAuthenticatedData::default();
        let framed = theirs.additional_data(&aad(b"a"), &metadata(b"v2"));
        for other in [
            theirs.additional_data(&aad(b"av2"), &CiphertextMetadata::NONE),
            theirs.additional_data(&aad(b"a"), &CiphertextMetadata::NONE),
            theirs.additional_data(&aad(b""), &metadata(b"v2")),
            theirs.additional_data(&absent, &metadata(b"v2")),
            AadConvention::Specification.additional_data(&aad(b"a"), &metadata(b"v2")),
        ] {
            assert_ne!(framed, other);
        }
    }
}
