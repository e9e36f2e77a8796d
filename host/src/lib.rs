//! Claviger: an AWS KMS External Key Store (XKS) proxy whose key managers and
//! authorization policies are sandboxed WebAssembly components.
//!
//! Rooms, from the outside in. An import points only downwards, which a test
//! checks:
//!
//! - [`cli`]: the commands;
//! - [`server`]: listeners, connections, probes, and the snapshot in force;
//! - [`assembly`]: from a configuration to a snapshot;
//! - [`front`]: what callers speak; [`front::xks`] is all that AWS KMS observes;
//! - [`keys`]: the domain: authorize, find a key, seal, open, health;
//! - [`plugin`]: how components are run, and the contracts that they speak;
//! - [`capability`]: what a plugin may be granted, a room each;
//! - [`resources`]: what outlives a configuration;
//! - [`storage`], [`pkcs11`], [`upstream`], [`audit`], [`tls`]: the outside that they
//!   reach;
//! - [`switches`]: what the operator has switched off;
//! - [`metrics`]: what is counted while it serves;
//! - [`words`]: what all of them say to each other.

mod assembly;
mod audit;
mod capability;
pub mod cli;
mod front;
mod keys;
mod metrics;
mod pkcs11;
mod plugin;
mod resources;
pub mod server;
mod storage;
mod switches;
mod tls;
mod upstream;
mod words;
