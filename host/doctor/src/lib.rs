//! `claviger doctor`: asks an XKS proxy, and the AWS side of it, what AWS KMS will
//! make of them.
//!
//! [`catalogue`] is the table of all checks, from which the program's texts and
//! `docs/doctor/README.md` are made. A check reports a [`finding::Finding`]; findings
//! are collected in [`findings::Findings`]. What AWS KMS answers is said by
//! [`becomes`].

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

pub mod aws;
pub mod becomes;
pub mod catalogue;
pub mod command;
pub mod explain;
pub mod finding;
pub mod findings;
pub mod given;
pub mod judge;
pub mod output;
pub mod pages;
pub mod probe;
pub mod progress;
pub mod streams;
pub mod summary;
pub mod target;
