//! What `claviger key …` does, at the operator's command line only: nothing of it
//! can be reached over XKS (XKS-002).

use crate::types::KeyStatus;
use thiserror::Error;

/// A key as `claviger key list` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySummary {
    /// 1 to 128 characters of `[A-Za-z0-9._-]`.
    pub external_key_id: String,
    /// XKS `keySpec`.
    pub key_spec: String,
    /// XKS `keyUsage`.
    pub key_usage: Vec<String>,
    /// XKS `keyStatus`.
    pub key_status: KeyStatus,
    /// The version that new ciphertexts are made with; the first is 1.
    pub current_version: u32,
    /// How many versions can still decrypt.
    pub versions: u32,
}

/// A key that is there and cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamagedKey {
    /// 1 to 128 characters of `[A-Za-z0-9._-]`.
    pub external_key_id: String,
    /// What is wrong with it.
    pub problem: String,
}

/// One page of what `claviger key list` shows. Damage to one key does not hide the
/// others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyList {
    /// Sorted by id.
    pub keys: Vec<KeySummary>,
    /// Sorted by id.
    pub damaged: Vec<DamagedKey>,
    /// The greatest id that this page has looked at, when there may be more.
    pub next: Option<String>,
}

impl KeyList {
    /// The page of `all`, none of them damaged, that comes after `after`.
    pub fn page(mut all: Vec<KeySummary>, after: Option<&str>, limit: u32) -> Self {
        let id = |key: &KeySummary| key.external_key_id.clone();
        all.retain(|key| after.is_none_or(|after| key.external_key_id.as_str() > after));
        all.sort_by_key(id);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = all.len() > limit;
        all.truncate(limit);
        Self {
            next: all.last().map(id).filter(|_| more),
            keys: all,
            damaged: Vec::new(),
        }
    }
}

/// Why a key was not created, found or changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ManagementError {
    /// There is a key of this id.
    #[error("there is a key of this id already")]
    AlreadyExists,
    /// There is no key of this id.
    #[error("there is no key of this id")]
    NotFound,
    /// Somebody else changed the key meanwhile; nothing was changed.
    #[error("somebody else changed the key meanwhile; nothing was changed")]
    Conflict,
    /// What the backend cannot do, and where it is done instead.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// The request is wrong: what, and how to fix it.
    #[error("refused: {0}")]
    Invalid(String),
    /// The key manager failed.
    #[error("the key manager failed: {0}")]
    Failed(String),
}

impl ManagementError {
    pub(crate) fn elsewhere() -> Self {
        Self::Unsupported("this backend's keys are managed with its key manager's own tools".into())
    }
}
