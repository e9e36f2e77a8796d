//! A token in memory, and every way to put it out of order.

use crate::pkcs11::{CKK_AES, KeyAttributes, Pkcs11Error, TokenInfo, TokenState};
use crate::stand_in::pkcs11::StoredToken;
use crate::stand_in::{STATE, random};
use std::collections::BTreeMap;

/// A token that is granted to the plugins of this thread.
#[derive(Clone, Debug)]
pub struct TestToken(String);

/// A key to put on a [`TestToken`]; AES-256 for both uses unless it is told
/// otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestKey(KeyAttributes);

impl TestToken {
    /// An empty token that is granted under this name and serves.
    pub fn new(name: &str) -> Self {
        let token = StoredToken {
            info: TokenInfo {
                label: name.to_owned(),
                manufacturer: "Test".to_owned(),
                model: "token in memory".to_owned(),
                serial: "0001".to_owned(),
                hardware: "1.0".to_owned(),
                firmware: "2.3".to_owned(),
            },
            state: TokenState::Serving,
            vector_length: 12,
            start: 1,
            last_object: 0,
            keys: BTreeMap::new(),
            broken: None,
            once: BTreeMap::new(),
            calls: BTreeMap::new(),
        };
        STATE.with_borrow_mut(|state| state.tokens.insert(name.to_owned(), token));
        Self(name.to_owned())
    }

    /// Puts a key on it and returns the object's handle.
    pub fn add(&self, key: TestKey) -> u64 {
        let length = key.0.value_length.unwrap_or(32).min(64);
        let secret = random::bytes(length);
        self.with(|token| token.add(key.0, secret))
    }

    /// Puts the keys of `other`, secrets included, in place of its own, as
    /// replication does. The handles are other ones.
    pub fn replicate(&self, other: &Self) {
        let keys = other.with(|token| {
            let keys = token.keys.values();
            keys.map(|key| (key.attributes.clone(), key.secret.clone()))
                .collect::<Vec<_>>()
        });
        self.with(|token| {
            token.keys.clear();
            token.last_object += 1000;
            for (attributes, secret) in keys {
                token.add(attributes, secret);
            }
        });
    }

    /// Destroys all keys of this label.
    pub fn remove(&self, label: &str) {
        self.with(|token| token.keys.retain(|_, key| key.attributes.label != label));
    }

    /// Changes what it tells of the keys of this label.
    pub fn change(&self, label: &str, change: impl Fn(&mut KeyAttributes)) {
        self.with(|token| {
            let keys = token.keys.values_mut();
            for key in keys.filter(|key| key.attributes.label == label) {
                change(&mut key.attributes);
            }
        });
    }

    /// Starts the library again: every reference is stale, and every object has
    /// another handle.
    pub fn restart(&self) {
        self.with(|token| {
            token.start += 1;
            let keys = std::mem::take(&mut token.keys);
            token.last_object += 7;
            for key in keys.into_values() {
                token.add(key.attributes, key.secret);
            }
        });
    }

    /// How it says it is doing. Unavailable, it answers every call so.
    pub fn set_state(&self, state: TokenState) {
        self.with(|token| token.state = state);
    }

    /// From now on its initialization vectors have 16 bytes, as those of some HSMs,
    /// instead of 12.
    pub fn makes_long_vectors(&self) {
        self.with(|token| token.vector_length = 16);
    }

    /// Who it says it is.
    pub fn set_info(&self, info: TokenInfo) {
        self.with(|token| token.info = info);
    }

    /// From now on every call that reaches it is answered so, or no longer.
    pub fn fails(&self, error: Option<Pkcs11Error>) {
        self.with(|token| token.broken = error);
    }

    /// The next call of this function, by its name in the contract
    /// (`pkcs11.secret-key.encrypt`), is answered so, once. Said again, the one
    /// after it too.
    pub fn fails_once(&self, function: &str, error: Pkcs11Error) {
        self.with(|token| {
            let waiting = token.once.entry(function.to_owned()).or_default();
            waiting.push_back(error);
        });
    }

    /// How often a function that reaches the token was called for it.
    pub fn calls(&self, function: &str) -> u64 {
        self.with(|token| token.calls.get(function).copied().unwrap_or(0))
    }

    /// How many calls reached it.
    pub fn all_calls(&self) -> u64 {
        self.with(|token| token.calls.values().sum())
    }

    /// What it tells of its keys, in the order of their handles.
    pub fn keys(&self) -> Vec<KeyAttributes> {
        self.with(|token| {
            let keys = token.keys.values();
            keys.map(|key| key.attributes.clone()).collect()
        })
    }

    #[expect(
        clippy::expect_used,
        reason = "a token is never taken away from the thread that made it"
    )]
    fn with<T>(&self, work: impl FnOnce(&mut StoredToken) -> T) -> T {
        STATE.with_borrow_mut(|state| {
            let token = state.tokens.get_mut(&self.0);
            work(token.expect("a token of this thread"))
        })
    }
}

impl TestKey {
    /// An AES-256 key of this label, and of an id with the same bytes.
    pub fn new(label: &str) -> Self {
        Self(KeyAttributes {
            label: label.to_owned(),
            id: label.as_bytes().to_vec(),
            key_type: CKK_AES,
            value_length: Some(32),
            encrypt: true,
            decrypt: true,
        })
    }

    /// With another `CKA_ID`.
    #[must_use]
    pub fn id(mut self, id: &[u8]) -> Self {
        self.0.id = id.to_vec();
        self
    }

    /// With another type and length.
    #[must_use]
    pub fn kind(mut self, key_type: u64, value_length: Option<u32>) -> Self {
        self.0.key_type = key_type;
        self.0.value_length = value_length;
        self
    }

    /// For other uses.
    #[must_use]
    pub fn permits(mut self, encrypt: bool, decrypt: bool) -> Self {
        self.0.encrypt = encrypt;
        self.0.decrypt = decrypt;
        self
    }
}
