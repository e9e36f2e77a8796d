//! What is said of tokens and their keys.

/// How a token is doing, as far as its last calls told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenState {
    /// All sessions work.
    Serving,
    /// Some sessions do not.
    Degraded,
    /// None does.
    Unavailable,
}

/// What a token says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TokenInfo {
    pub(crate) label: String,
    pub(crate) manufacturer: String,
    pub(crate) model: String,
    pub(crate) serial: String,
    pub(crate) hardware: String,
    pub(crate) firmware: String,
}

/// What a key is looked for by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum KeySelector {
    Label(String),
    Id(Vec<u8>),
    Every,
}

/// Names a key for as long as the token stays logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyReference {
    pub(crate) start: u64,
    pub(crate) object: u64,
}

/// What a token says of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyAttributes {
    pub(crate) label: String,
    pub(crate) id: Vec<u8>,
    pub(crate) key_type: u64,
    pub(crate) value_length: Option<u32>,
    pub(crate) encrypt: bool,
    pub(crate) decrypt: bool,
}

/// A key to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyTemplate {
    pub(crate) label: String,
    pub(crate) id: Vec<u8>,
    pub(crate) encrypt: bool,
    pub(crate) decrypt: bool,
}
