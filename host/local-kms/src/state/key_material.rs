use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claviger_xks::credential::NoRandomness;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::moment::Moment;

/// The length of an AES-256 key.
pub const MATERIAL_BYTES: usize = 32;

/// Key material of a KMS key: what the inner layer of its ciphertexts is
/// encrypted with.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyMaterial {
    /// Tells it from the other material of the same key.
    pub id: MaterialId,
    /// The AES-256 key.
    pub secret: MaterialSecret,
    /// Since when it encrypts.
    pub since: Moment,
    /// How it came, unless it is the key's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<RotationType>,
}

/// What made a KMS key use new material.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RotationType {
    /// Its time had come.
    #[serde(rename = "AUTOMATIC")]
    Automatic,
    /// `RotateKeyOnDemand`
    #[serde(rename = "ON_DEMAND")]
    OnDemand,
}

impl RotationType {
    /// The type as the API has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Automatic => "AUTOMATIC",
            Self::OnDemand => "ON_DEMAND",
        }
    }
}

impl KeyMaterial {
    /// New material from the operating system's random source.
    pub fn random(since: Moment, rotation: Option<RotationType>) -> Result<Self, NoRandomness> {
        let mut secret = Zeroizing::new([0; MATERIAL_BYTES]);
        aws_lc_rs::rand::fill(secret.as_mut_slice()).map_err(|_| NoRandomness)?;
        let mut id = [0; MaterialId::BYTES];
        aws_lc_rs::rand::fill(&mut id).map_err(|_| NoRandomness)?;
        Ok(Self {
            id: MaterialId(id),
            secret: MaterialSecret(secret),
            since,
            rotation,
        })
    }

    /// Material that somebody chose. Its id follows from it by a hash, so that
    /// the same seed makes the same key.
    pub fn chosen(secret: Zeroizing<[u8; MATERIAL_BYTES]>, since: Moment) -> Self {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, secret.as_slice());
        let mut id = [0; MaterialId::BYTES];
        for (to, from) in id.iter_mut().zip(digest.as_ref()) {
            *to = *from;
        }
        Self {
            id: MaterialId(id),
            secret: MaterialSecret(secret),
            since,
            rotation: None,
        }
    }
}

/// The `KeyMaterialId`: 32 bytes, 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct MaterialId([u8; Self::BYTES]);

impl MaterialId {
    /// Its length.
    pub const BYTES: usize = 32;
    /// How many of the bytes are in a ciphertext, to find the material again.
    pub const PREFIX_BYTES: usize = 8;

    /// What is in a ciphertext.
    pub fn prefix(&self) -> [u8; Self::PREFIX_BYTES] {
        let mut prefix = [0; Self::PREFIX_BYTES];
        for (to, from) in prefix.iter_mut().zip(self.0) {
            *to = from;
        }
        prefix
    }
}

impl fmt::Display for MaterialId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&claviger_xks::hex::text(&self.0))
    }
}

impl fmt::Debug for MaterialId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Serialize for MaterialId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for MaterialId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text).map_err(D::Error::custom)?;
        <[u8; Self::BYTES]>::try_from(bytes)
            .map(Self)
            .map_err(|_| D::Error::custom("not an id of 32 bytes"))
    }
}

/// An AES-256 key. Never shown, and overwritten when dropped.
#[derive(Clone)]
pub struct MaterialSecret(Zeroizing<[u8; MATERIAL_BYTES]>);

impl MaterialSecret {
    /// The key itself.
    pub fn reveal(&self) -> &[u8; MATERIAL_BYTES] {
        &self.0
    }
}

impl fmt::Debug for MaterialSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("MaterialSecret([redacted])")
    }
}

/// The file is private to its owner.
impl Serialize for MaterialSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Zeroizing::new(STANDARD.encode(self.0.as_slice())))
    }
}

impl<'de> Deserialize<'de> for MaterialSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        let bytes = Zeroizing::new(
            STANDARD
                .decode(text.as_str())
                .map_err(|_| D::Error::custom("key material is not Base64"))?,
        );
        <[u8; MATERIAL_BYTES]>::try_from(bytes.as_slice())
            .map(|secret| Self(Zeroizing::new(secret)))
            .map_err(|_| D::Error::custom("key material does not have 32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn material_is_read_as_it_was_written_and_not_shown() {
        let material = KeyMaterial::random(Moment::from_milliseconds(1), None).unwrap();
        let written = serde_json::to_string(&material).unwrap();
        let read: KeyMaterial = serde_json::from_str(&written).unwrap();
        assert_eq!(read.secret.reveal(), material.secret.reveal());
        assert_eq!((read.id, read.since), (material.id, material.since));
        let secret = STANDARD.encode(material.secret.reveal());
        assert!(written.contains(&secret));
        assert!(!format!("{material:?}").contains(&secret));
        assert_eq!(material.id.to_string().len(), 64);
    }

    #[test]
    fn chosen_material_has_the_same_id_each_time() {
        let at = Moment::from_milliseconds;
        let chosen = |byte, since| KeyMaterial::chosen(Zeroizing::new([byte; 32]), at(since));
        assert_eq!(chosen(7, 1).id, chosen(7, 2).id);
        assert_ne!(chosen(7, 1).id, chosen(8, 1).id);
    }
}
