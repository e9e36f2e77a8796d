//! Plugins that name keys: they stand between the request and the backend, so
//! that external key ids need not be the names that the key manager uses.

use crate::settings::Table;
use crate::types::{Call, Error, KeyStatus};

/// What an external key id stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The id under which the backend knows the key: 1 to 128 characters of
    /// `[A-Za-z0-9._-]`.
    pub backend_key_id: String,
    /// [`KeyStatus::Disabled`] disables the key whatever the backend says.
    pub key_status: KeyStatus,
}

/// A plugin of the world `key-directory`. [`key_directory!`](crate::key_directory)
/// exports it.
pub trait KeyDirectory: Sized + 'static {
    /// Who makes the plugin: 1 to 128 printable ASCII characters.
    const VENDOR: &'static str = "unknown";

    /// A JSON Schema of the settings.
    const SETTINGS_SCHEMA: Option<&'static str> = None;

    /// Reads the operator's settings and makes the plugin of them, once per
    /// instance and before anything else. Every fault is noted in `settings`, and
    /// `None` given up with only after every setting has been asked for.
    fn configure(settings: &Table<'_>) -> Option<Self>;

    /// Notes every fault of the settings in them, once per configuration and before
    /// [`configure`](Self::configure). To be written only where this takes long, and
    /// [`configure`](Self::configure) can do without it.
    fn validate(settings: &Table<'_>) {
        let _ = Self::configure(settings);
    }

    /// [`FailureKind::KeyNotFound`](crate::FailureKind::KeyNotFound) when the directory has no such id: the backend is
    /// not asked then.
    fn resolve(&self, call: &Call, external_key_id: &str) -> Result<DirectoryEntry, Error>;
}
