//! Capability `pkcs11`: AES keys on the tokens that the operator bound by name.
//!
//! Module path, slot and PIN stay with the host, and so do sessions, logins, and how
//! the token does AES-GCM.
//! What reaches the token waits for it, at most until the request's deadline;
//! [`Token::open`], [`Token::state`], [`Token::key`] and [`SecretKey::reference`]
//! answer from memory.
//!
//! A search is the dearest thing that a token does. Find a key once, keep its
//! [`KeyReference`], which any instance of the plugin can use, and search again
//! when the token answers [`Pkcs11Error::StaleKey`].

mod error;
mod records;
mod return_value;

pub use error::Pkcs11Error;
pub use records::{KeyAttributes, KeyReference, KeySelector, KeyTemplate, TokenInfo, TokenState};
pub use return_value::ReturnValue;

#[cfg(target_arch = "wasm32")]
use crate::contract::shared::claviger::plugin::pkcs11 as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::stand_in::pkcs11 as host;

use crate::types::Sealed;

/// `CKK_AES`: the [`KeyAttributes::key_type`] of an AES key.
pub const CKK_AES: u64 = 0x1f;

/// A token that the operator granted.
#[derive(Debug)]
pub struct Token(host::Token);

impl Token {
    /// The token that was granted under this name.
    pub fn open(name: &str) -> Result<Self, Pkcs11Error> {
        host::Token::open(name).map(Self)
    }

    /// How it is doing, as far as its last calls told.
    pub fn state(&self) -> TokenState {
        self.0.state()
    }

    /// Who made it, and which one it is.
    pub fn info(&self) -> Result<TokenInfo, Pkcs11Error> {
        self.0.info()
    }

    /// All secret keys that match, at most 1024.
    pub fn find(&self, selector: &KeySelector) -> Result<Vec<SecretKey>, Pkcs11Error> {
        let found = self.0.find(selector)?;
        Ok(found.into_iter().map(SecretKey).collect())
    }

    /// The key of a reference; a wrong one shows when the key is used.
    pub fn key(&self, reference: KeyReference) -> SecretKey {
        SecretKey(self.0.key(reference))
    }

    /// Makes an AES-256 key that never leaves the token.
    pub fn generate_key(&self, template: &KeyTemplate) -> Result<SecretKey, Pkcs11Error> {
        self.0.generate_key(template).map(SecretKey)
    }

    /// Bytes of the token's generator; `count` is at most 1024.
    pub fn random(&self, count: u32) -> Result<Vec<u8>, Pkcs11Error> {
        self.0.random(count)
    }
}

/// A secret key object of a token.
#[derive(Debug)]
pub struct SecretKey(host::SecretKey);

impl SecretKey {
    /// What names the key to any instance of the plugin.
    pub fn reference(&self) -> KeyReference {
        self.0.reference()
    }

    /// What the token tells of the key.
    pub fn attributes(&self) -> Result<KeyAttributes, Pkcs11Error> {
        self.0.attributes()
    }

    /// AES-GCM with a tag of 16 bytes, in the way that the operator wrote for the
    /// token.
    pub fn encrypt(&self, additional_data: &[u8], plaintext: &[u8]) -> Result<Sealed, Pkcs11Error> {
        self.0.encrypt(additional_data, plaintext)
    }

    /// The inverse of [`encrypt`](Self::encrypt).
    pub fn decrypt(&self, additional_data: &[u8], sealed: &Sealed) -> Result<Vec<u8>, Pkcs11Error> {
        self.0.decrypt(additional_data, sealed)
    }
}
