//! Where secrets are, and reading them.
//!
//! Nothing here repeats a byte of a secret in a fault, and buffers are wiped.

mod credential_source;
mod key_encryption_key;
mod pin;
mod private_file;
mod secret_source;
mod setting_secret;
#[cfg(test)]
pub(crate) mod written_file;

pub use credential_source::CredentialSource;
pub use key_encryption_key::KeyEncryptionKey;
pub use pin::Pin;
pub use private_file::read as read_private_file;
pub(crate) use secret_source::SecretKeys;
pub use secret_source::SecretSource;
pub use setting_secret::PluginSettings;
pub(crate) use setting_secret::{SettingSecret, find as find_setting_secrets};
