//! Tokens in memory. [`testing::TestToken`](crate::testing::TestToken) makes them
//! and puts them out of order.

mod cipher;

use super::{State, call};
use crate::pkcs11::{
    CKK_AES, KeyAttributes, KeyReference, KeySelector, KeyTemplate, Pkcs11Error, ReturnValue,
    TokenInfo, TokenState,
};
use crate::types::Sealed;
use std::collections::{BTreeMap, VecDeque};

/// `CKR_KEY_TYPE_INCONSISTENT`
const KEY_TYPE_INCONSISTENT: u64 = 0x63;
/// `CKR_KEY_SIZE_RANGE`
const KEY_SIZE_RANGE: u64 = 0x62;

/// Bytes of an initialization vector.
const LONGEST_VECTOR: u32 = 16;

/// A token as the stand-in keeps it.
pub(crate) struct StoredToken {
    pub(crate) info: TokenInfo,
    pub(crate) state: TokenState,
    /// Bytes of the initialization vectors that it makes.
    pub(crate) vector_length: usize,
    pub(crate) start: u64,
    pub(crate) last_object: u64,
    pub(crate) keys: BTreeMap<u64, StoredKey>,
    /// What every call that reaches the token is answered.
    pub(crate) broken: Option<Pkcs11Error>,
    /// What the next calls of a function are answered, each once.
    pub(crate) once: BTreeMap<String, VecDeque<Pkcs11Error>>,
    pub(crate) calls: BTreeMap<&'static str, u64>,
}

/// A key of such a token.
pub(crate) struct StoredKey {
    pub(crate) attributes: KeyAttributes,
    pub(crate) secret: Vec<u8>,
}

impl StoredToken {
    /// Adds a key and returns its object handle.
    pub(crate) fn add(&mut self, attributes: KeyAttributes, secret: Vec<u8>) -> u64 {
        self.last_object += 1;
        let key = StoredKey { attributes, secret };
        self.keys.insert(self.last_object, key);
        self.last_object
    }

    /// The answer that the test prepared for this call, if any.
    fn disturbance(&mut self, function: &str) -> Result<(), Pkcs11Error> {
        if let Some(error) = self.once.get_mut(function).and_then(VecDeque::pop_front) {
            return Err(error);
        }
        if self.state == TokenState::Unavailable {
            return Err(Pkcs11Error::Unavailable);
        }
        self.broken.clone().map_or(Ok(()), Err)
    }

    fn key(&self, reference: KeyReference) -> Result<&StoredKey, Pkcs11Error> {
        if reference.start != self.start {
            return Err(Pkcs11Error::StaleKey);
        }
        self.keys
            .get(&reference.object)
            .ok_or(Pkcs11Error::StaleKey)
    }
}

/// Counts the call and gives it the token, if the test lets it.
fn reach<T>(
    name: &str,
    function: &'static str,
    work: impl FnOnce(&mut StoredToken) -> Result<T, Pkcs11Error>,
) -> Result<T, Pkcs11Error> {
    call(function, |state: &mut State| {
        let token = state.tokens.get_mut(name).ok_or(Pkcs11Error::NoSuchToken)?;
        *token.calls.entry(function).or_default() += 1;
        token.disturbance(function)?;
        work(token)
    })
}

#[derive(Debug)]
pub(crate) struct Token {
    name: String,
}

impl Token {
    pub(crate) fn open(name: &str) -> Result<Self, Pkcs11Error> {
        call("pkcs11.token.open", |state| {
            if !state.tokens.contains_key(name) {
                return Err(Pkcs11Error::NoSuchToken);
            }
            Ok(Self {
                name: name.to_owned(),
            })
        })
    }

    pub(crate) fn state(&self) -> TokenState {
        call("pkcs11.token.state", |state| {
            let token = state.tokens.get(&self.name);
            token.map_or(TokenState::Unavailable, |token| token.state)
        })
    }

    pub(crate) fn info(&self) -> Result<TokenInfo, Pkcs11Error> {
        reach(&self.name, "pkcs11.token.info", |token| {
            Ok(token.info.clone())
        })
    }

    pub(crate) fn find(&self, selector: &KeySelector) -> Result<Vec<SecretKey>, Pkcs11Error> {
        reach(&self.name, "pkcs11.token.find", |token| {
            let matches = |key: &StoredKey| match selector {
                KeySelector::Label(label) => key.attributes.label == *label,
                KeySelector::Id(id) => key.attributes.id == *id,
                KeySelector::Every => true,
            };
            let found = token.keys.iter().filter(|(_, key)| matches(key));
            Ok(found
                .map(|(object, _)| self.secret_key(token.start, *object))
                .take(1024)
                .collect())
        })
    }

    pub(crate) fn key(&self, reference: KeyReference) -> SecretKey {
        call("pkcs11.token.key", |_| ());
        self.secret_key(reference.start, reference.object)
    }

    pub(crate) fn generate_key(&self, template: &KeyTemplate) -> Result<SecretKey, Pkcs11Error> {
        let secret = super::random::bytes(32);
        reach(&self.name, "pkcs11.token.generate-key", |token| {
            let attributes = KeyAttributes {
                label: template.label.clone(),
                id: template.id.clone(),
                key_type: CKK_AES,
                value_length: Some(32),
                encrypt: template.encrypt,
                decrypt: template.decrypt,
            };
            let object = token.add(attributes, secret);
            Ok(self.secret_key(token.start, object))
        })
    }

    pub(crate) fn random(&self, count: u32) -> Result<Vec<u8>, Pkcs11Error> {
        if count > crate::random::MOST_BYTES {
            return Err(Pkcs11Error::Invalid("more than 1024 bytes".into()));
        }
        reach(&self.name, "pkcs11.token.random", |_| Ok(()))?;
        Ok(super::random::bytes(count))
    }

    fn secret_key(&self, start: u64, object: u64) -> SecretKey {
        SecretKey {
            token: self.name.clone(),
            reference: KeyReference { start, object },
        }
    }
}

#[derive(Debug)]
pub(crate) struct SecretKey {
    token: String,
    reference: KeyReference,
}

impl SecretKey {
    pub(crate) fn reference(&self) -> KeyReference {
        self.reference
    }

    pub(crate) fn attributes(&self) -> Result<KeyAttributes, Pkcs11Error> {
        reach(&self.token, "pkcs11.secret-key.attributes", |token| {
            Ok(token.key(self.reference)?.attributes.clone())
        })
    }

    pub(crate) fn encrypt(
        &self,
        additional_data: &[u8],
        plaintext: &[u8],
    ) -> Result<Sealed, Pkcs11Error> {
        let mut vector = super::random::bytes(LONGEST_VECTOR);
        reach(&self.token, "pkcs11.secret-key.encrypt", |token| {
            let key = token.key(self.reference)?;
            let secret = usable(key, key.attributes.encrypt)?;
            vector.truncate(token.vector_length);
            cipher::seal(secret, vector, additional_data, plaintext)
        })
    }

    pub(crate) fn decrypt(
        &self,
        additional_data: &[u8],
        sealed: &Sealed,
    ) -> Result<Vec<u8>, Pkcs11Error> {
        reach(&self.token, "pkcs11.secret-key.decrypt", |token| {
            let key = token.key(self.reference)?;
            let secret = usable(key, key.attributes.decrypt)?;
            cipher::open(secret, additional_data, sealed)
        })
    }
}

/// The secret of an AES-256 key that permits what is wanted; as tokens do, all
/// others are refused only now.
fn usable(key: &StoredKey, permitted: bool) -> Result<&[u8], Pkcs11Error> {
    if !permitted {
        let refused = ReturnValue::KEY_FUNCTION_NOT_PERMITTED;
        return Err(Pkcs11Error::Failed(refused.0));
    }
    if key.attributes.key_type != CKK_AES {
        return Err(Pkcs11Error::Failed(KEY_TYPE_INCONSISTENT));
    }
    if key.secret.len() != 32 {
        return Err(Pkcs11Error::Failed(KEY_SIZE_RANGE));
    }
    Ok(&key.secret)
}

#[cfg(test)]
mod tests;
