//! The simulator as its clients see it: each test loads a copy of the built
//! library with settings of its own, before a SoftHSM token of its own.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test may fail by panicking, and its numbers are small"
)]

mod caller;
mod client;
mod cloudhsm;
mod device;
mod nshield_and_luna;
mod rig;
mod sessions;
mod slow;
mod through_cryptoki;
