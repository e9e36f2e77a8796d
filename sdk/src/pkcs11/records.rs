//! What goes to a token and what comes back.

/// Who makes the initialization vector of AES-GCM, and how it gets to the caller:
/// HSMs differ in nothing else as much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum IvConvention {
    /// Random bytes of the token (`C_GenerateRandom`), handed to it again.
    CallerRandom,
    /// The token gets a buffer of zeros and writes the vector into it.
    ZeroWriteback,
    /// The token gets no buffer; the vector comes before the ciphertext, and goes
    /// before it again to decrypt.
    NullPrefixed,
    /// The token gets no buffer; the vector comes after the tag. To decrypt it is
    /// handed over as a parameter.
    NullAppended,
}

/// How a kind of HSM does AES-GCM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The mechanism's number, for example [`CKM_AES_GCM`](super::CKM_AES_GCM).
    pub mechanism: u64,
    /// How the initialization vector travels.
    pub iv_convention: IvConvention,
    /// 12 or 16 bytes.
    pub iv_length: u32,
    /// Return values that, on decrypt, mean that the tag does not match. The host
    /// makes sure of those that could also mean a lost device.
    pub bad_tag_codes: Vec<u64>,
    /// Return values after which a session is of no use, besides those that the
    /// standard says so of.
    pub fatal_codes: Vec<u64>,
}

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
