//! What the test and its worker say to each other: one request and one answer at a
//! time, each a line of JSON.

use std::fmt;

use claviger_config::Profile;
use cryptoki_sys as sys;
use serde::{Deserialize, Serialize};

/// What the worker is to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Load the library, start it, find the token. Answer: [`Answer::Identity`].
    Start,
    /// Open a session and log in.
    Login,
    /// Make the AES-256 key that everything is tried with.
    MakeKey(Keeping),
    /// One AES-GCM operation with that key. Answer: [`Answer::Gcm`].
    Gcm(Gcm),
    /// Compare random bytes of the token. Answer: [`Answer::Steps`].
    Random,
    /// Prove that session, login, token and key are there.
    Health,
    /// Have the host's own code use the key by this profile. Answer: [`Answer::Steps`].
    TryProfile(Profile),
    /// Look for the key in several ways. Answer: [`Answer::Steps`].
    Search,
    /// Open so many sessions beside those that are open, or as many as the token
    /// opens within the time, and close them. Answer: [`Answer::Sessions`].
    OpenSessions {
        /// How many at the most.
        most: usize,
        /// For how long at the most, in milliseconds.
        milliseconds: u64,
    },
    /// Encrypt in so many sessions at once, by the host's own code. Answer:
    /// [`Answer::Rate`].
    Encrypt {
        /// Each with a thread of its own.
        sessions: usize,
        /// For how long, in milliseconds.
        milliseconds: u64,
        /// How.
        profile: Profile,
    },
    /// Close a session and use it once more. Answer: [`Answer::Failed`] by rights.
    UseClosedSession,
    /// Log out, encrypt, log in again. Answer: [`Answer::Steps`].
    LogOutAndIn(Profile),
    /// Finalise the library, start it again, log in. Answer: [`Answer::Steps`].
    Restart,
    /// Remove what has these names on the token, also what a worker that is gone has
    /// left. Answer: [`Answer::Done`], when it is gone.
    RemoveKept(KeptKey),
}

/// Where the key of the test lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keeping {
    /// In the session: it is gone with the session, whatever happens.
    Session(KeptKey),
    /// On the token, until it is removed.
    Token(KeptKey),
}

/// The names of a key of the test, by which nothing else is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptKey {
    /// `CKA_LABEL`.
    pub label: String,
    /// `CKA_ID`.
    pub id: Bytes,
}

/// Which way through AES-GCM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// `C_EncryptInit`, `C_Encrypt`.
    Encrypt,
    /// `C_DecryptInit`, `C_Decrypt`.
    Decrypt,
}

/// One AES-GCM operation, field by field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gcm {
    /// Which way.
    pub direction: Direction,
    /// The mechanism's number.
    pub mechanism: u64,
    /// What `pIv` points to; a null pointer without it. The worker keeps more room
    /// behind it than any length here says.
    pub vector: Option<Bytes>,
    /// `ulIvLen`, in bytes; at most 64.
    pub vector_length: u64,
    /// `ulIvBits`; at most 512.
    pub vector_bits: u64,
    /// `pAAD`.
    pub additional_data: Bytes,
    /// `ulTagBits`.
    pub tag_bits: u64,
    /// What is encrypted or decrypted.
    pub input: Bytes,
    /// Bytes of output that the library is told there are. There are more.
    pub room: usize,
    /// Ask for the length of the output first, with a null pointer.
    pub ask_length: bool,
}

/// What came of a [`Gcm`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GcmOutcome {
    /// What failed, if something did.
    pub failure: Option<Failure>,
    /// What the library said that the output is long, when it was asked.
    pub length: Option<u64>,
    /// What `pIv` pointed to after the first call, as long as before.
    pub vector_begun: Bytes,
    /// The same after the last call.
    pub vector_after: Bytes,
    /// Whether the library wrote behind the end of the vector or of the output.
    pub overrun: bool,
    /// The output, when there was no failure.
    pub output: Bytes,
}

/// A PKCS#11 function that did not return `CKR_OK`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// `C_EncryptInit`.
    pub function: String,
    /// What it returned.
    pub code: Code,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} answers {}", self.function, self.code)
    }
}

/// A return value (`CK_RV`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Code {
    /// The number.
    pub number: u64,
    /// `CKR_GENERAL_ERROR`, or none for what the standard does not name.
    pub name: Option<String>,
}

/// Whether a return value (`CK_RV`) of `C_Login` refuses the PIN, and would again:
/// repeating it locks the user of many tokens.
pub fn refuses_pin(code: u64) -> bool {
    matches!(
        code,
        sys::CKR_PIN_INCORRECT
            | sys::CKR_PIN_INVALID
            | sys::CKR_PIN_LEN_RANGE
            | sys::CKR_PIN_EXPIRED
            | sys::CKR_PIN_LOCKED
            | sys::CKR_USER_PIN_NOT_INITIALIZED
    )
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} ({:#x})", self.number),
            None => write!(f, "{:#x}", self.number),
        }
    }
}

/// What the worker says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It is done.
    Done,
    /// A function failed.
    Failed(Failure),
    /// It cannot be done as configured; for the operator.
    Refused {
        /// Where in the configuration.
        path: String,
        /// What is wrong.
        problem: String,
        /// What to do.
        fix: String,
    },
    /// Of [`Request::Start`].
    Identity(Box<Identity>),
    /// Of [`Request::Gcm`].
    Gcm(GcmOutcome),
    /// Each with what came of it.
    Steps(Vec<Step>),
    /// Of [`Request::OpenSessions`].
    Sessions(Sessions),
    /// Of [`Request::Encrypt`].
    Rate(Rate),
}

/// A part of what was to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What it was.
    pub what: String,
    /// What is wrong with what came of it, if something is.
    pub problem: Option<String>,
}

/// How many sessions a token opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sessions {
    /// Beside those that were open.
    pub opened: usize,
    /// Why not more; none when there was room or time for no more.
    pub refused: Option<Failure>,
    /// One of those that were closed again did not close.
    pub stuck: Option<Failure>,
}

/// How fast a token encrypts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Encryptions that succeeded.
    pub operations: u64,
    /// In this time, in microseconds.
    pub microseconds: u64,
    /// Half of them took no longer, in microseconds.
    pub median: u64,
    /// 99 of 100 took no longer, in microseconds.
    pub percentile_99: u64,
    /// Encryptions that failed.
    pub failed: u64,
    /// The first failure.
    pub failure: Option<String>,
}

/// What library and token say of themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The library's `manufacturerID`.
    pub library_manufacturer: String,
    /// `libraryDescription`.
    pub library: String,
    /// `libraryVersion`, `major.minor`.
    pub library_version: String,
    /// The version of PKCS#11 that it speaks.
    pub cryptoki_version: String,
    /// The slot's number.
    pub slot: u64,
    /// `slotDescription`.
    pub slot_description: String,
    /// The token's `label`.
    pub label: String,
    /// Its `manufacturerID`.
    pub manufacturer: String,
    /// Its `model`.
    pub model: String,
    /// Its `serialNumber`.
    pub serial: String,
    /// Its `hardwareVersion`.
    pub hardware: String,
    /// Its `firmwareVersion`.
    pub firmware: String,
    /// Its `flags`.
    pub flags: u64,
    /// `ulMaxRwSessionCount`: none when it is unknown, 0 for no limit.
    pub most_sessions: Option<u64>,
    /// `ulRwSessionCount`: sessions that are open, none when it is unknown.
    pub open_sessions: Option<u64>,
    /// The mechanisms of AES that Claviger uses or could use.
    pub mechanisms: Vec<Mechanism>,
    /// How many mechanisms there are in all.
    pub all_mechanisms: usize,
    /// Whether there is an interface of PKCS#11 3.0 with `C_MessageEncryptInit`.
    pub message_functions: bool,
}

/// A mechanism of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mechanism {
    /// Its number.
    pub number: u64,
    /// `ulMinKeySize`, in whatever unit the token has.
    pub least_key: u64,
    /// `ulMaxKeySize`.
    pub most_key: u64,
    /// `flags`.
    pub flags: u64,
}

/// Bytes, written as hexadecimal digits.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Bytes(pub Vec<u8>);

impl From<Bytes> for String {
    fn from(bytes: Bytes) -> Self {
        use fmt::Write as _;
        let mut text = Self::with_capacity(bytes.0.len() * 2);
        for byte in bytes.0 {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

impl TryFrom<String> for Bytes {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digits = text.as_bytes();
        if !digits.len().is_multiple_of(2) {
            return Err("an odd number of hexadecimal digits");
        }
        let byte = |pair: &[u8]| {
            let pair = str::from_utf8(pair).ok()?;
            u8::from_str_radix(pair, 16).ok()
        };
        let bytes: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
        bytes.map(Self).ok_or("not hexadecimal digits")
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}
