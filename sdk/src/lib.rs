//! Makes a Claviger plugin of one trait and one macro.
//!
//! | a plugin that | implements | and says |
//! |---|---|---|
//! | holds keys, or speaks to what holds them | [`KeyBackend`] | [`key_backend!`] |
//! | maps external key ids to a backend's | [`KeyDirectory`] | [`key_directory!`] |
//! | decides who may use a key | [`AuthorizationPolicy`] | [`authorization_policy!`] |
//!
//! ```
//! use claviger_sdk::{AuthorizationPolicy, Decision, RequestContext, settings::Table};
//!
//! /// Denies all KMS operations but one.
//! struct OnlyOne(String);
//!
//! impl AuthorizationPolicy for OnlyOne {
//!     fn configure(settings: &Table<'_>) -> Option<Self> {
//!         let operation = settings.required_text("operation", "name a KMS operation")?;
//!         Some(Self(operation.to_owned()))
//!     }
//!
//!     fn authorize(&self, request: &RequestContext) -> Decision {
//!         if request.kms_operation == self.0 {
//!             return Decision::Abstain;
//!         }
//!         Decision::deny("only-one", "not the operation of the settings")
//!     }
//! }
//!
//! claviger_sdk::authorization_policy!(OnlyOne);
//! ```
//!
//! What the host lends is in [`log`], [`random`], [`key_storage`], [`aead`],
//! [`pkcs11`], [`secrets`], [`http`], [`streams`] and [`metrics`]. A plugin imports what it calls and nothing else, and the operator
//! grants each of them by name.
//!
//! Compiled natively the same functions work on stand-ins, one set for each
//! thread, so that `cargo test` runs a plugin's logic without a host:
//! `testing` looks into them, and [`settings::read`] configures a plugin.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test that meets the unexpected should panic"
    )
)]

pub mod aead;
mod backend;
mod directory;
#[doc(hidden)]
pub mod export;
mod health;
pub mod http;
mod key_management;
pub mod key_storage;
pub mod log;
pub mod metrics;
pub mod pkcs11;
mod policy;
pub mod random;
pub mod secrets;
pub mod streams;
mod types;
mod usage;

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
#[expect(
    clippy::same_length_and_capacity,
    reason = "generated: lists that cross the boundary have no spare capacity"
)]
pub mod contract;

#[cfg(not(target_arch = "wasm32"))]
mod stand_in;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;

/// Settings of a plugin: a reader that reports every fault at once.
pub use claviger_settings as settings;

pub use backend::{
    AES_256, DECRYPT, Decryption, ENCRYPT, Encryption, ExternalKey, HostCipher, KeyBackend,
    StoredKey, TokenKey,
};
pub use directory::{DirectoryEntry, KeyDirectory};
pub use health::{HealthReport, HealthStatus, KeyManager};
pub use key_management::{DamagedKey, KeyList, KeySummary, ManagementError};
pub use policy::{AuthorizationPolicy, Decision, Grounds};
pub use types::{
    Call, CallRequest, Error, FailureKind, KeyStatus, RequestContext, Sealed, XksOperation,
    is_external_key_id,
};
pub use usage::UsageLimits;
