//! The AWS KMS External Key Store (XKS) proxy API, version 1.0.3, without any I/O.
//!
//! What a request must look like, whether AWS KMS signed it, what the key
//! manager is handed, and how an answer is written. Nothing here opens a
//! connection, reads a clock or knows what a plugin is: bytes and a point in
//! time go in, values or a named fault come out.
//!
//! The modules in the order a request meets them: [`uri`], [`sigv4`] with
//! [`credential`], [`request`] on top of [`json`], [`framing`], [`integrity`],
//! [`response`], and [`error`] for every way out. [`proxy_configuration`] writes
//! and reads the file that the AWS KMS console takes.
//!
//! Numbers such as XKS-063 name rows of `docs/xks-requirements.md`.

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

pub mod credential;
pub mod error;
pub mod framing;
pub mod hex;
pub mod integrity;
pub mod json;
pub mod proxy_configuration;
pub mod request;
pub mod response;
pub mod sigv4;
pub mod uri;
