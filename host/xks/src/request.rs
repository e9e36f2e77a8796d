//! The bodies that AWS KMS sends, read once into values that hold what they
//! promise.
//!
//! Members that are not known are ignored, or handed on as they are
//! (XKS-049); principals, ARNs, request ids and operations are opaque
//! (XKS-045, XKS-046, XKS-048).

mod content_type;
mod decrypt;
mod encrypt;
mod fault;
mod fields;
mod get_health_status;
mod get_key_metadata;
mod metadata;
mod unverified;

pub use content_type::json_content_type;
pub use decrypt::DecryptRequest;
pub use encrypt::EncryptRequest;
pub use fault::RequestFault;
pub use get_health_status::GetHealthStatusRequest;
pub use get_key_metadata::GetKeyMetadataRequest;
pub use metadata::RequestMetadata;
pub use unverified::{Unverified, shown};

/// The only encryption algorithm of version 1 of the specification (XKS-060).
pub const ENCRYPTION_ALGORITHM: &str = "AES_GCM";

/// The largest plaintext or ciphertext that is taken, in decoded bytes. The
/// specification asks for 4300 (XKS-058, XKS-083, XKS-129).
pub const MAX_TEXT_BYTES: usize = 8192;

#[cfg(test)]
mod tests;
