//! Plugins that name keys: they stand between the request and the backend, so
//! that external key ids need not be the names that the key manager uses.

use crate::settings::Table;
use crate::types::{Error, KeyStatus};

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
    /// Reads the operator's settings and makes the plugin of them, once per
    /// instance and before anything else. Every fault is noted in `settings`, and
    /// `None` given up with only after every setting has been asked for.
    fn configure(settings: &Table<'_>) -> Option<Self>;

    /// [`Error::KeyNotFound`] when the directory has no such id: the backend is
    /// not asked then.
    fn resolve(&self, external_key_id: &str) -> Result<DirectoryEntry, Error>;
}
