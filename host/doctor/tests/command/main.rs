//! `claviger doctor` as it is called: files of AWS, explanations, the page of documents.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod answers;
mod aws_side;
mod commands;
mod explain;
mod faulty;
mod guide;
mod harness;
mod input;
mod pages;
mod script;
