//! Claviger: an AWS KMS External Key Store (XKS) proxy whose key managers and
//! authorization policies are sandboxed WebAssembly components.
//!
//! The modules in the order a request passes them:
//! [`listener`] → [`connection`] ([`tls`]) → [`pipeline`], which is the whole
//! path on one page: [`route`] → [`body`] → [`authenticate`] → the API
//! ([`get_key_metadata`], [`encrypt`], [`decrypt`], [`get_health_status`]) →
//! [`authorize`] → [`key_lookup`] → [`plugin`] → the answer, and an [`audit`]
//! record whatever happened. [`host`] assembles it all from a configuration.

mod admission;
mod audit;
mod authenticate;
mod authorize;
mod body;
mod capability;
pub mod cli;
mod connection;
mod deadline;
mod decrypt;
mod encrypt;
mod failure;
mod get_health_status;
mod get_key_metadata;
mod health;
mod host;
mod key_lookup;
mod key_request;
mod key_store;
mod listener;
pub mod measure;
mod pipeline;
mod pkcs11;
mod plaintext;
mod plugin;
mod probe;
mod route;
pub mod server;
mod storage;
mod tls;
mod unwind;
