//! Where secrets are, and reading them.
//!
//! Nothing here repeats a byte of a secret in a fault, and buffers are wiped.

mod credential_source;
mod key_encryption_key;
mod private_file;
#[cfg(test)]
pub(crate) mod written_file;

pub use credential_source::{CredentialSource, SecretSource};
pub use key_encryption_key::KeyEncryptionKey;
