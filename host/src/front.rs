//! Front doors: what callers speak, over the domain of [`crate::keys`].
//!
//! [`xks`] is what AWS KMS observes. Another door stands beside it with its own
//! route, authentication, parsing, framing, errors and records; it shares
//! [`admission`], the audit log and the key stores.

pub(crate) mod admission;
pub(crate) mod xks;
