//! What a backend answers about a key, in the host's words and not yet checked.

use std::time::Duration;

use crate::pkcs11::KeyReference;

/// The answer to a lookup, as the plugin gave it.
pub(super) struct KeyAnswer {
    pub(super) handle: Vec<u8>,
    pub(super) key_spec: String,
    pub(super) key_usage: Vec<String>,
    pub(super) enabled: bool,
    pub(super) metadata: Vec<u8>,
    pub(super) fresh_for: Duration,
    /// Requests of one call.
    pub(super) at_once: u32,
    pub(super) named_key: Option<NamedKey>,
}

/// A key that the plugin names for the host to encrypt with by itself.
pub(super) enum NamedKey {
    /// In the storage.
    Stored {
        /// The record whose value it is.
        key_record: String,
        /// Where its encryptions are counted.
        counter: String,
    },
    /// On a token.
    OnToken {
        /// The granted token's name.
        token: String,
        key: KeyReference,
    },
}
