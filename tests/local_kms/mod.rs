//! `claviger local-kms` as AWS's own SDKs see it, with keys of a real proxy.
//!
//! The SDKs run one scenario, `tests/sdks/scenario.json`: `bash tests/sdks/install`
//! installs them.

mod api;
mod callers;
mod kill;
mod kms;
mod refusals;
mod sdks;
mod with_dev;

pub(crate) use sdks::{Driver, python, run};
