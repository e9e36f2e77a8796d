//! What AWS KMS signs requests with: an access key id and a secret access key.
//!
//! They exist for one key store only and have nothing to do with AWS IAM
//! (specification, Appendix A).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;
use zeroize::Zeroizing;

/// Names a credential: 20 to 30 characters of `[A-Z2-7]` (XKS-036). Not secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessKeyId(Arc<str>);

impl AccessKeyId {
    /// The fewest characters.
    pub const MIN_BYTES: usize = 20;
    /// The most characters.
    pub const MAX_BYTES: usize = 30;

    /// The id as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccessKeyId {
    type Err = AccessKeyIdFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(other) = text
            .chars()
            .find(|character| !matches!(character, 'A'..='Z' | '2'..='7'))
        {
            return Err(AccessKeyIdFault::Character(other));
        }
        if !(Self::MIN_BYTES..=Self::MAX_BYTES).contains(&text.len()) {
            return Err(AccessKeyIdFault::Length { length: text.len() });
        }
        Ok(Self(text.into()))
    }
}

impl From<AccessKeyId> for Arc<str> {
    fn from(id: AccessKeyId) -> Self {
        id.0
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What is wrong with an access key id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AccessKeyIdFault {
    /// Fewer than 20 or more than 30 characters.
    #[error("has {length} characters")]
    Length {
        /// The length found, in bytes.
        length: usize,
    },
    /// A character that AWS KMS does not take.
    #[error("has the character {0:?}")]
    Character(char),
}

impl AccessKeyIdFault {
    /// What to write instead.
    pub const fn fix(self) -> &'static str {
        match self {
            Self::Length { .. } => "use 20 to 30 of A-Z and 2-7",
            Self::Character(_) => "use only A-Z and 2-7",
        }
    }
}

/// The secret that signatures are made with: 43 to 64 characters of
/// `[A-Za-z0-9/+=]` (XKS-037), used as written and never Base64-decoded.
///
/// Overwritten when dropped, and never shown.
#[derive(Clone)]
pub struct SecretAccessKey(Zeroizing<String>);

impl SecretAccessKey {
    /// The fewest characters.
    pub const MIN_BYTES: usize = 43;
    /// The most characters.
    pub const MAX_BYTES: usize = 64;

    /// The secret itself, for the signature and for the file that is handed to
    /// the AWS KMS console.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl FromStr for SecretAccessKey {
    type Err = SecretAccessKeyFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.bytes().all(is_secret_character) {
            return Err(SecretAccessKeyFault::Character);
        }
        if !(Self::MIN_BYTES..=Self::MAX_BYTES).contains(&text.len()) {
            return Err(SecretAccessKeyFault::Length { length: text.len() });
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }
}

impl fmt::Debug for SecretAccessKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretAccessKey([redacted])")
    }
}

/// What is wrong with a secret access key. Tells nothing of the value but its
/// length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SecretAccessKeyFault {
    /// Fewer than 43 or more than 64 characters.
    #[error("has {length} characters")]
    Length {
        /// The length found, in bytes.
        length: usize,
    },
    /// A character that AWS KMS does not take; not said which, it is a secret's.
    #[error("has a character other than A-Z, a-z, 0-9, slash, plus and equals")]
    Character,
}

impl SecretAccessKeyFault {
    /// What to write instead.
    pub const fn fix(self) -> &'static str {
        match self {
            Self::Length { .. } => "use 43 to 64, for example 32 random bytes in Base64",
            Self::Character => "remove it (a line break or a space at the end is a frequent cause)",
        }
    }
}

/// An access key id with its secret.
#[derive(Debug, Clone)]
pub struct Credential {
    /// Names the credential; goes with every request.
    pub access_key_id: AccessKeyId,
    /// Known to AWS KMS and to this proxy only.
    pub secret_access_key: SecretAccessKey,
}

impl Credential {
    /// A new credential from the operating system's random source: an id of 28
    /// characters (140 bits) and a secret of 32 bytes in Base64, 44 characters,
    /// independent of each other (XKS-036, XKS-037).
    pub fn generate() -> Result<Self, NoRandomness> {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let mut random = [0; 28];
        rand::fill(&mut random).map_err(|_| NoRandomness)?;
        let access_key_id: String = random
            .iter()
            // 32 divides 256, so that no character is favoured.
            .filter_map(|byte| {
                ALPHABET
                    .get(usize::from(byte % 32))
                    .copied()
                    .map(char::from)
            })
            .collect();

        let mut secret = Zeroizing::new([0; 32]);
        rand::fill(secret.as_mut_slice()).map_err(|_| NoRandomness)?;
        Ok(Self {
            access_key_id: AccessKeyId(access_key_id.into()),
            secret_access_key: SecretAccessKey(Zeroizing::new(STANDARD.encode(*secret))),
        })
    }
}

/// The operating system gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the operating system's random source failed")]
pub struct NoRandomness;

const fn is_secret_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+' | b'=')
}

#[cfg(test)]
mod tests;
