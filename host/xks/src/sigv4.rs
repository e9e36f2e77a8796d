//! Whether AWS KMS signed a request: Signature Version 4, the verifying side
//! (specification, Appendix A; XKS-025 to XKS-041).
//!
//! There is no way around it: [`Authenticated`] is made by [`authenticate`]
//! only. Signatures are not single-use, because AWS KMS repeats a request after
//! a network fault (XKS-041).

pub mod authorization_header;
pub mod canonical_request;
pub mod timestamp;

mod fault;
mod signing_key;
mod verify;

pub use fault::AuthenticationFault;
pub use signing_key::{Credentials, DuplicateAccessKeyId};
pub use verify::{Authenticated, UnauthenticatedRequest, authenticate, claimed_access_key_id};

/// The only algorithm there is (XKS-026).
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The service name in the credential scope of every XKS request (XKS-026).
pub const SERVICE: &str = "kms-xks-proxy";

/// The last part of the credential scope (XKS-026).
pub const TERMINATOR: &str = "aws4_request";
