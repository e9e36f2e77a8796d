//! Reads the files of a server's certificates and private key, and judges them: whether
//! they can be served, and what AWS KMS makes of them (FLT-80, FLT-81, XKS-016, XKS-017).
//!
//! [`judge`] does all of it, at a time that it is told. What it returns has the key ready
//! to be served, the facts for status and metrics, and everything that is wrong: a fault
//! for what cannot be served, a warning for what somebody else would refuse.
//!
//! The doctor, which judges what a proxy sends, uses [`chain`], [`names`], [`host_name`]
//! and [`roots`].

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

mod certificate;
mod certificate_file;
pub mod chain;
mod facts;
pub mod host_name;
mod judgement;
pub mod names;
mod order;
mod pem;
mod private_key;
mod report;
pub mod roots;
mod sent;
mod strength;
mod subject;
mod trust;
mod validity;
mod words;

pub use certificate_file::{CertificateFile, read_certificates};
pub use facts::Facts;
pub use judgement::{ExpectedRoots, Judgement, judge};
pub use pem::{MOST_BYTES, PemFile};
