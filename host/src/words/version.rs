//! Which build this is.

/// The version of Claviger.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit that it was built from, if whoever built it said so, in the environment
/// variable `CLAVIGER_COMMIT`.
pub(crate) const COMMIT: Option<&str> = option_env!("CLAVIGER_COMMIT");
