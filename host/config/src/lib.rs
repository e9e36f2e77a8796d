//! The typed configuration of a Claviger host.
//!
//! `examples/claviger.toml` describes every setting. [`Configuration::parse`]
//! turns such a text into validated types, or into all of its faults; it touches
//! no file, so that it can be checked and fuzzed anywhere. Secrets are not part
//! of a configuration: it names their [`secrets::SecretSource`], which is read
//! when a host starts.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        reason = "a test that meets the unexpected should panic"
    )
)]

mod aad_conventions;
pub mod access;
mod audit;
mod available;
mod capability;
mod configuration;
mod control;
mod declared;
mod document;
mod examined;
mod files;
mod key_store;
mod listen;
mod log;
mod lookup;
mod name;
mod plugin;
mod plugin_use;
mod probes;
mod profile;
mod proxy_protocol;
pub mod regular_file;
mod report;
mod scalar;
mod secret;
pub mod secrets;
mod server;
mod storage;
mod storage_quota;
mod token;
mod tried_token;
mod upstream;
mod warning;

#[cfg(test)]
mod tests;

pub use aad_conventions::AadConventions;
pub use audit::{Audit, AuditDurability, AuditHead, AuditSecond};
pub use capability::{Capability, Grant, Grants};
pub use claviger_settings::Fault;
pub use configuration::{Configuration, ConfigurationFault};
pub use control::Control;
pub use document::parse as parse_toml;
pub use examined::Examined;
pub use key_store::{DefaultDecision, KeyStore};
pub use listen::cannot_listen;
pub use log::{AuditSink, Log, LogFormat, LogLevel};
pub use name::{Name, NotAName};
pub use plugin::{CompileLimits, ComponentSource, Digest, Isolation, Plugin};
pub use plugin_use::PluginUse;
pub use probes::Probes;
pub use profile::{IvConvention, Profile};
pub use proxy_protocol::ProxyProtocol;
pub use report::report;
pub use secret::Secret;
pub use server::{ClientTls, ReadyWhen, Server, Tls, WhenAbsent};
pub use storage::{KeyEncryptionKeySource, KeyOnToken, Storage};
pub use storage_quota::StorageQuota;
pub use token::{Token, TokenSelector};
pub use tried_token::TriedToken;
pub use upstream::{
    ClientIdentity, Header, HeaderName, NotAHeader, Origin, OriginFault, PathPrefix, Scheme,
    Upstream,
};
