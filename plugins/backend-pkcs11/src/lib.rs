//! AES-256-GCM with keys on a PKCS#11 token: SoftHSM, AWS CloudHSM, Luna, nShield,
//! and what else a custom profile describes.
//!
//! ```toml
//! settings = { tokens = ["hsm-a", "hsm-b"], profile = "cloudhsm-vendor", label = "{key}.v{version}" }
//! ```
//!
//! An external key is the object whose label is its id; by the setting `label`, or
//! by a list in the setting `keys`, it can be several, of which the newest encrypts
//! and all decrypt. Then the version is the ciphertext metadata (XKS-091).
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
mod profile;
mod recent;
mod search;
mod settings;
mod tokens;

/// Versions of one external key.
const MOST_VERSIONS: u32 = 64;

claviger_sdk::key_backend!(backend::Pkcs11);

#[cfg(test)]
mod tests;
