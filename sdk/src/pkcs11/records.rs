//! What goes to a token and what comes back.

/// How a token is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum TokenState {
    /// All sessions work.
    Serving,
    /// Some sessions do not.
    Degraded,
    /// None does.
    Unavailable,
}

/// How the generated code reads the state off the wire.
#[cfg(target_arch = "wasm32")]
impl TokenState {
    #[doc(hidden)]
    pub fn _lift(value: u8) -> Self {
        match value {
            0 => Self::Serving,
            1 => Self::Degraded,
            _ => Self::Unavailable,
        }
    }
}

/// Who made a token, and which one it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInfo {
    /// The label it was initialized with.
    pub label: String,
    /// Who made it.
    pub manufacturer: String,
    /// What it is.
    pub model: String,
    /// Which one it is.
    pub serial: String,
    /// `major.minor`.
    pub hardware: String,
    /// `major.minor`.
    pub firmware: String,
}

/// What a key is looked for by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeySelector {
    /// `CKA_LABEL`.
    Label(String),
    /// `CKA_ID`.
    Id(Vec<u8>),
    /// Every secret key of the token.
    Every,
}

/// What a token tells of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyAttributes {
    /// `CKA_LABEL`.
    pub label: String,
    /// `CKA_ID`.
    pub id: Vec<u8>,
    /// `CKA_KEY_TYPE`, for example [`CKK_AES`](super::CKK_AES).
    pub key_type: u64,
    /// `CKA_VALUE_LEN` in bytes, where the token tells.
    pub value_length: Option<u32>,
    /// `CKA_ENCRYPT`.
    pub encrypt: bool,
    /// `CKA_DECRYPT`.
    pub decrypt: bool,
}

/// A key to be made: AES-256, kept by the token, private, sensitive, never
/// extractable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyTemplate {
    /// `CKA_LABEL`.
    pub label: String,
    /// `CKA_ID`.
    pub id: Vec<u8>,
    /// `CKA_ENCRYPT`.
    pub encrypt: bool,
    /// `CKA_DECRYPT`.
    pub decrypt: bool,
}

/// Names a key to any instance of the plugin for as long as the library is not
/// started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyReference {
    /// Which start of the library.
    pub start: u64,
    /// The object's handle.
    pub object: u64,
}
