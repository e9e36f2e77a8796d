//! The contract that plugins of this SDK are built for. A version is a file, the
//! only place of the SDK that spells its number.

mod v0_1;

pub use v0_1::{backend, directory, policy, shared};
