//! What certificates say, and whether AWS KMS believes them: names, chains, and the
//! list of roots that AWS publishes.

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

pub mod chain;
pub mod host_name;
pub mod names;
pub mod roots;
