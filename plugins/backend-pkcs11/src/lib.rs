//! AES-256-GCM with keys on a PKCS#11 token. How the token does AES-GCM is not this
//! plugin's business: it is the `profile` of the host's `[tokens.NAME]`.
//!
//! ```toml
//! settings = { tokens = ["hsm-a", "hsm-b"], label = "{key}.v{version}" }
//! ```
//!
//! | setting | is |
//! |---|---|
//! | `tokens` | one or two granted tokens: the primary, then its replica |
//! | `find_by` | `label`, the default, or `id`: by what an object is found |
//! | `label` | an object's name, whichever of the two it is: `{key}`, the default, or with `{version}` |
//! | `keys` | external key ids whose objects are listed, oldest first: `{ demo = ["old", "new"] }` |
//! | `health_key` | the label of the key for health checks, `claviger-health` unless set |
//!
//! An external key is the object whose label is its id; by `label` or `keys` it can
//! be several, of which the newest that the token has encrypts and all decrypt. Then
//! the version is the ciphertext metadata (XKS-091): the number in the name, or the
//! place in the list. A ciphertext without metadata belongs to the oldest.
//!
//! Numbered versions are looked for from 1 on until one is missing, so the first is
//! never removed and there are no gaps. In a list each object keeps its place for
//! ever, also when the object itself is destroyed.
//!
//! Keys on the second token are copies of those on the first. The first is asked
//! while it is healthy, the other when it fails; that a key does not exist is
//! believed only of the first.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test that meets the unexpected should panic"
    )
)]

mod backend;
mod fault;
mod handle;
mod health;
mod key_spec;
mod keys;
mod management;
mod names;
mod notes;
mod objects;
mod pattern;
mod recent;
mod search;
mod settings;
mod tokens;

/// Versions of one external key.
const MOST_VERSIONS: u32 = 64;

claviger_sdk::key_backend!(backend::Pkcs11);

#[cfg(test)]
mod tests;
