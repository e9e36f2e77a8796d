//! Encrypt and Decrypt with AES-GCM.

use crate::answer::Fault;
use crate::ask::{Ask, check_identifier};
use crate::attributes::AES;
use crate::ttlv::Structure;
use crate::version::Version;
use crate::writer::Writer;
use crate::{operation, tag};
use zeroize::Zeroizing;

/// Bytes of an authentication tag.
pub const TAG: usize = 16;
/// Bytes of an initialization vector that is asked for.
pub const INITIALIZATION_VECTOR: usize = 12;

/// Encrypts.
#[derive(Clone, Copy)]
pub struct Encrypt<'a> {
    /// The Unique Identifier of the key.
    pub identifier: &'a str,
    /// What is encrypted.
    pub plaintext: &'a [u8],
    /// What is authenticated with it.
    pub additional_data: &'a [u8],
    /// The server makes one where none is given.
    pub initialization_vector: Option<&'a [u8]>,
}

/// What comes of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Ciphertext {
    /// As long as the plaintext.
    pub data: Vec<u8>,
    /// That of the request, or 12 or 16 bytes that the server made.
    pub initialization_vector: Vec<u8>,
    /// [`TAG`] bytes.
    pub tag: Vec<u8>,
}

/// Decrypts.
#[derive(Clone, Copy)]
pub struct Decrypt<'a> {
    /// The Unique Identifier of the key.
    pub identifier: &'a str,
    /// What is decrypted.
    pub data: &'a [u8],
    /// What was authenticated with it.
    pub additional_data: &'a [u8],
    /// That of the encryption.
    pub initialization_vector: &'a [u8],
    /// [`TAG`] bytes: servers take shorter ones.
    pub tag: &'a [u8],
}

#[expect(private_interfaces, reason = "as the trait")]
impl Ask for Encrypt<'_> {
    const OPERATION: u32 = operation::ENCRYPT;
    type Answer = Ciphertext;

    fn room(&self) -> usize {
        1024 + self.plaintext.len() + self.additional_data.len()
    }

    fn write(&self, _: Version, writer: &mut Writer) {
        writer.text(tag::UNIQUE_IDENTIFIER, self.identifier);
        write_parameters(writer, self.initialization_vector.is_none());
        writer.bytes(tag::DATA, self.plaintext);
        if let Some(given) = self.initialization_vector {
            writer.bytes(tag::IV_COUNTER_NONCE, given);
        }
        write_additional_data(writer, self.additional_data);
    }

    fn read(&self, payload: Structure<'_>) -> Result<Ciphertext, Fault> {
        check_identifier(payload, self.identifier)?;
        let data = payload.bytes(tag::DATA).ok_or(Fault::Missing("Data"))?;
        if data.len() != self.plaintext.len() {
            return Err(Fault::Wrong("a ciphertext of another length"));
        }
        let tag = payload.bytes(tag::AUTHENTICATION_TAG);
        let tag = tag.ok_or(Fault::Missing("an Authenticated Encryption Tag"))?;
        if tag.len() != TAG {
            return Err(Fault::Wrong("a tag of another length than 16 bytes"));
        }
        let made = payload.bytes(tag::IV_COUNTER_NONCE);
        let initialization_vector = match (self.initialization_vector, made) {
            (Some(given), None) => given,
            (Some(given), Some(made)) if given == made => given,
            (Some(_), Some(_)) => {
                return Err(Fault::Wrong("another initialization vector than was given"));
            }
            (None, Some(made)) if matches!(made.len(), 12 | 16) => made,
            (None, Some(_)) => {
                return Err(Fault::Wrong(
                    "an initialization vector of neither 12 nor 16 bytes",
                ));
            }
            (None, None) => return Err(Fault::Missing("an initialization vector")),
        };
        Ok(Ciphertext {
            data: data.to_vec(),
            initialization_vector: initialization_vector.to_vec(),
            tag: tag.to_vec(),
        })
    }
}

#[expect(private_interfaces, reason = "as the trait")]
impl Ask for Decrypt<'_> {
    const OPERATION: u32 = operation::DECRYPT;
    type Answer = Zeroizing<Vec<u8>>;

    fn room(&self) -> usize {
        1024 + self.data.len() + self.additional_data.len()
    }

    fn write(&self, _: Version, writer: &mut Writer) {
        writer.text(tag::UNIQUE_IDENTIFIER, self.identifier);
        write_parameters(writer, false);
        writer.bytes(tag::DATA, self.data);
        writer.bytes(tag::IV_COUNTER_NONCE, self.initialization_vector);
        write_additional_data(writer, self.additional_data);
        writer.bytes(tag::AUTHENTICATION_TAG, self.tag);
    }

    fn read(&self, payload: Structure<'_>) -> Result<Self::Answer, Fault> {
        check_identifier(payload, self.identifier)?;
        let data = payload.bytes(tag::DATA).ok_or(Fault::Missing("Data"))?;
        if data.len() != self.data.len() {
            return Err(Fault::Wrong("a plaintext of another length"));
        }
        Ok(Zeroizing::new(data.to_vec()))
    }
}

/// Whether the server is to make the initialization vector.
fn write_parameters(writer: &mut Writer, random_iv: bool) {
    const GCM: u32 = 9;
    writer.structure(tag::CRYPTOGRAPHIC_PARAMETERS, |writer| {
        writer.enumeration(tag::BLOCK_CIPHER_MODE, GCM);
        writer.enumeration(tag::CRYPTOGRAPHIC_ALGORITHM, AES);
        if random_iv {
            writer.boolean(tag::RANDOM_IV, true);
            writer.integer(tag::IV_LENGTH, 12);
        }
        writer.integer(tag::TAG_LENGTH, 16);
    });
}

fn write_additional_data(writer: &mut Writer, additional_data: &[u8]) {
    if !additional_data.is_empty() {
        writer.bytes(tag::ADDITIONAL_DATA, additional_data);
    }
}
