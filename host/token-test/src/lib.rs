//! What `claviger token test` does: finds out by trial how a PKCS#11 token does what
//! Claviger needs, and proposes its settings.
//!
//! Nothing here calls a library. A [`Worker`] does, in a process of its own, because
//! trials hand a library what it may not expect: it may crash, or not return. What
//! the two say to each other is in [`wire`]. Everything is done with a key that the
//! worker makes for it and removes; keys that are on the token are counted, and never
//! used.
//!
//! The order of the trials is in [`test`]; each is a file that asks the worker and
//! writes [`Finding`]s: [`identity`], [`conventions`], [`forms`], [`sizes`],
//! [`tampering`], [`vectors`], [`search`], [`sessions`], [`recovery`]. [`proposal`]
//! makes settings of what they found.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        reason = "a test that meets the unexpected should panic"
    )
)]

mod conventions;
mod finding;
mod forms;
mod identity;
mod proposal;
mod recovery;
mod report;
mod sealing;
mod search;
mod sessions;
mod sizes;
mod tampering;
mod test;
#[cfg(test)]
mod tests;
mod trial;
mod vectors;
pub mod wire;
mod worker;

pub use finding::{Finding, Level, Topic};
pub use proposal::Proposal;
pub use report::{Ended, Report};
pub use test::{Options, test};
pub use worker::{Lost, Worker};
