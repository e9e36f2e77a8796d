//! The messages of KMIP 1.4, 2.0 and 2.1 that a key backend needs: requests are written,
//! answers are read and checked against what was asked.
//!
//! An answer is bytes from outside. Its length, depth and number of items are bounded;
//! what is not known is skipped; numbers that are not known are no fault.
//!
//! ```
//! use claviger_kmip::{Header, Locate, V1_4, answers, request};
//!
//! let locate = Locate { name: Some("demo"), most: 2 };
//! let message = request(&Header { version: V1_4, login: None }, &[locate.clone()]);
//! assert!(message.starts_with(&[0x42, 0x00, 0x78, 0x01]));
//! assert!(answers(b"not TTLV", &[locate]).is_err());
//! ```

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test that meets the unexpected should panic"
    )
)]

mod answer;
mod ask;
mod attributes;
mod cipher;
mod reason;
mod request;
mod tag;
#[cfg(test)]
mod tests;
mod ttlv;
mod version;
mod writer;

pub use answer::{Failure, Fault, MOST_ASKS, MOST_BYTES, Refusal, answers, length};
pub use ask::{Ask, DiscoverVersions, Locate, Query, ServerInformation};
pub use attributes::{AES, Attributes, DECRYPT, ENCRYPT, GetAttributes, SYMMETRIC_KEY, state};
pub use cipher::{Ciphertext, Decrypt, Encrypt, INITIALIZATION_VECTOR, TAG};
pub use reason::Reason;
pub use request::{Header, Login, request};
pub use version::{V1_4, V2_0, V2_1, Version};

/// Operations by their numbers.
pub mod operation {
    /// Locate
    pub const LOCATE: u32 = 0x08;
    /// Get Attributes
    pub const GET_ATTRIBUTES: u32 = 0x0B;
    /// Query
    pub const QUERY: u32 = 0x18;
    /// Discover Versions
    pub const DISCOVER_VERSIONS: u32 = 0x1E;
    /// Encrypt
    pub const ENCRYPT: u32 = 0x1F;
    /// Decrypt
    pub const DECRYPT: u32 = 0x20;
}
