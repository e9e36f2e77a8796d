//! The `CiphertextBlob`: which key made it, and what its layers need to be opened.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `CVK` and the version of the format, 1 |
//! | 1 | 0: inner layer only; 1: an outer layer around it |
//! | 16 | the id of the KMS key |
//! | 8 | the beginning of the id of its key material |
//! | 1 + n | with an outer layer: length and bytes of the ciphertext metadata |
//! | 1 + n | with an outer layer: length and bytes of the initialization vector |
//! | 16 | with an outer layer: the authentication tag |
//! | rest | the ciphertext of the outer layer, or the inner layer itself |
//!
//! The first 29 bytes are the header, which both layers authenticate.

use claviger_xks_client::answer::Encrypted;
use thiserror::Error;

use crate::names::KeyId;
use crate::state::MaterialId;

const MAGIC: [u8; 4] = *b"CVK\x01";
const INNER_ONLY: u8 = 0;
const TWO_LAYERS: u8 = 1;

/// What a ciphertext says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Whether there is an outer layer.
    pub two_layers: bool,
    /// The KMS key.
    pub key: KeyId,
    /// The beginning of the id of its key material.
    pub material: [u8; MaterialId::PREFIX_BYTES],
}

/// The outer layer: what the proxy answered to Encrypt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OuterLayer<'b> {
    /// At most 20 bytes.
    pub metadata: &'b [u8],
    /// 12 or 16 bytes.
    pub initialization_vector: &'b [u8],
    /// 16 bytes.
    pub authentication_tag: &'b [u8],
    /// The inner layer, encrypted.
    pub ciphertext: &'b [u8],
}

/// A ciphertext in its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blob<'b> {
    /// Of a key of AWS KMS itself.
    InnerOnly(Header, &'b [u8]),
    /// Of a key of an external key store.
    TwoLayers(Header, OuterLayer<'b>),
}

impl Header {
    /// Its length.
    pub const BYTES: usize = MAGIC.len() + 1 + KeyId::BYTES + MaterialId::PREFIX_BYTES;

    /// As it stands at the beginning of a ciphertext.
    pub fn to_bytes(self) -> Vec<u8> {
        let layers = if self.two_layers {
            TWO_LAYERS
        } else {
            INNER_ONLY
        };
        [
            MAGIC.as_slice(),
            &[layers],
            self.key.as_bytes(),
            &self.material,
        ]
        .concat()
    }
}

impl<'b> Blob<'b> {
    /// Reads a ciphertext. It may be anything: nothing is authentic yet.
    pub fn parse(bytes: &'b [u8]) -> Result<Self, UnreadableBlob> {
        let mut rest = bytes;
        if take(&mut rest, MAGIC.len())? != MAGIC {
            return Err(UnreadableBlob);
        }
        let layers = take_byte(&mut rest)?;
        let header = Header {
            two_layers: layers == TWO_LAYERS,
            key: KeyId::from_bytes(take_array(&mut rest)?),
            material: take_array(&mut rest)?,
        };
        match layers {
            INNER_ONLY => Ok(Self::InnerOnly(header, rest)),
            TWO_LAYERS => {
                let metadata = take_counted(&mut rest)?;
                let initialization_vector = take_counted(&mut rest)?;
                let authentication_tag = take(&mut rest, Encrypted::TAG_BYTES)?;
                let outer = OuterLayer {
                    metadata,
                    initialization_vector,
                    authentication_tag,
                    ciphertext: rest,
                };
                Ok(Self::TwoLayers(header, outer))
            }
            _ => Err(UnreadableBlob),
        }
    }

    /// The ciphertext as callers get it.
    pub fn to_bytes(self) -> Result<Vec<u8>, UnreadableBlob> {
        match self {
            Self::InnerOnly(header, inner) => Ok([header.to_bytes().as_slice(), inner].concat()),
            Self::TwoLayers(header, outer) => {
                let length = |part: &[u8]| u8::try_from(part.len()).map_err(|_| UnreadableBlob);
                Ok([
                    header.to_bytes().as_slice(),
                    &[length(outer.metadata)?],
                    outer.metadata,
                    &[length(outer.initialization_vector)?],
                    outer.initialization_vector,
                    outer.authentication_tag,
                    outer.ciphertext,
                ]
                .concat())
            }
        }
    }

    /// The header.
    pub const fn header(&self) -> &Header {
        match self {
            Self::InnerOnly(header, _) | Self::TwoLayers(header, _) => header,
        }
    }
}

/// Not a ciphertext of this service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a ciphertext of local-kms")]
pub struct UnreadableBlob;

fn take<'b>(rest: &mut &'b [u8], count: usize) -> Result<&'b [u8], UnreadableBlob> {
    let (taken, left) = rest.split_at_checked(count).ok_or(UnreadableBlob)?;
    *rest = left;
    Ok(taken)
}

fn take_byte(rest: &mut &[u8]) -> Result<u8, UnreadableBlob> {
    take_array(rest).map(|[byte]| byte)
}

fn take_array<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], UnreadableBlob> {
    let (taken, left) = rest.split_first_chunk().ok_or(UnreadableBlob)?;
    *rest = left;
    Ok(*taken)
}

fn take_counted<'b>(rest: &mut &'b [u8]) -> Result<&'b [u8], UnreadableBlob> {
    let count = take_byte(rest)?;
    take(rest, usize::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(two_layers: bool) -> Header {
        Header {
            two_layers,
            key: KeyId::from_bytes([7; 16]),
            material: [9; 8],
        }
    }

    #[test]
    fn blobs_are_read_as_they_were_written() {
        let inner = Blob::InnerOnly(header(false), b"inner");
        let outer = OuterLayer {
            metadata: b"m",
            initialization_vector: &[1; 12],
            authentication_tag: &[2; 16],
            ciphertext: b"outer",
        };
        for blob in [inner, Blob::TwoLayers(header(true), outer)] {
            let bytes = blob.to_bytes().unwrap();
            assert_eq!(bytes[..Header::BYTES], blob.header().to_bytes());
            assert_eq!(Blob::parse(&bytes), Ok(blob));
        }
    }

    #[test]
    fn the_largest_ciphertext_fits() {
        let sealed = vec![0; 4096 + super::super::InnerLayer::OVERHEAD_BYTES];
        assert!(sealed.len() <= 4300);
        let outer = OuterLayer {
            metadata: &[0; 20],
            initialization_vector: &[0; 16],
            authentication_tag: &[0; 16],
            ciphertext: &sealed,
        };
        let bytes = Blob::TwoLayers(header(true), outer).to_bytes().unwrap();
        assert_eq!(bytes.len(), 4207);
    }

    #[test]
    fn anything_else_is_refused() {
        let outer = OuterLayer {
            metadata: b"m",
            initialization_vector: &[1; 12],
            authentication_tag: &[2; 16],
            ciphertext: b"",
        };
        let whole = Blob::TwoLayers(header(true), outer).to_bytes().unwrap();
        for end in 0..whole.len() {
            assert_eq!(Blob::parse(&whole[..end]), Err(UnreadableBlob), "{end}");
        }
        for (index, byte) in [(0, b'X'), (3, 2), (4, 2)] {
            let mut changed = whole.clone();
            changed[index] = byte;
            assert_eq!(Blob::parse(&changed), Err(UnreadableBlob));
        }
    }
}
