//! What a plugin says of itself.

/// Checked where it is read: texts are 1 to 128 printable characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Description {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) vendor: String,
    /// A JSON Schema of its settings, at most 64 KiB.
    pub(crate) settings_schema: Option<String>,
}
