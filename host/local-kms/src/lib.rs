//! `claviger local-kms`: the AWS KMS API on one machine, for keys that a real XKS
//! proxy serves. For development: it is not AWS KMS, and authenticates nobody.
//!
//! The modules in the order a request meets them: [`server`] accepts connections;
//! [`front`] reads the operation, the [`caller`] and the body, which [`input`]
//! validates; [`operations`] does what is asked for, with the [`state`] of a
//! [`service`] and with ciphertexts as [`sealed`] makes them; [`exception`] is how
//! it fails, and [`proxy_failure`] what follows from a proxy's failures, by the
//! table of `claviger_xks_client::outcome`.
//!
//! [`command`] is the command line, [`seed`] a file of what is to be there at the
//! start, and [`demo`] what `--with-dev` makes.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "a test may fail by panicking"
    )
)]

pub mod caller;
pub mod command;
pub mod demo;
pub mod exception;
pub mod front;
pub mod input;
pub mod moment;
pub mod names;
pub mod operation;
pub mod operations;
pub mod proxy_failure;
pub mod sealed;
pub mod seed;
pub mod server;
pub mod service;
pub mod state;

pub use claviger_xks_client::resolve::Override;
pub use command::{LocalKms, LocalKmsCommand, StartFault};
