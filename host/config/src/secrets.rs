//! Where secrets are, and reading them.
//!
//! Nothing here repeats a byte of a secret in a fault, and buffers are wiped.

mod credential_source;
mod key_encryption_key;
mod pin;
mod private_file;
mod secret_source;
#[cfg(test)]
pub(crate) mod written_file;

pub use credential_source::CredentialSource;
pub use key_encryption_key::KeyEncryptionKey;
pub use pin::Pin;
pub use secret_source::SecretSource;
