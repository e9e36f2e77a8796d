//! The API from the outside, over HTTP, with a proxy in this process that does real
//! cryptography and can be told to answer anything.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod harness;

mod aliases;
mod calls;
mod connection;
mod cryptography;
mod failures;
mod files;
mod grants;
mod key_states;
mod key_stores;
mod keys;
mod limits;
mod old_states;
mod operations;
mod races;
mod restart;
mod seeds;
mod server;
mod tags_and_policies;
mod validation;
