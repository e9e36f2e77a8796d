//! A client of the XKS proxy API that calls as AWS KMS does, and what AWS KMS
//! makes of each outcome.
//!
//! The modules in the order a call meets them: [`target`] says where a proxy is
//! and which credential signs; [`metadata`] and [`call`] what is sent;
//! [`signing`] how it is signed; [`connection`] and [`exchange`] how it goes over
//! the network, with its times; [`answer`] what an answer has to look like;
//! [`client`] puts them together with the time limit and the retry of AWS KMS;
//! [`outcome`] is the table of exceptions, connection error codes and message
//! texts that follow.
//!
//! Nothing here writes a log. Secrets, plaintexts and `Authorization` values are
//! in no error and no `Debug`.

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

pub mod answer;
pub mod call;
pub mod client;
pub mod connection;
pub mod exchange;
pub mod metadata;
pub mod outcome;
pub mod resolve;
pub mod signing;
pub mod target;
pub mod trust;

mod pool;
