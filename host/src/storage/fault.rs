//! Why a storage does not do what it is asked for.

use thiserror::Error;

use super::file::Alteration;
use super::quota::QuotaFault;
use super::seal::SealFault;
use super::{NAME, SCHEMA_VERSION, VALUE};
use crate::words::FaultKind;

/// Why an operation failed. The cause, where there is one, is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum StorageFault {
    /// The record is not at the expected revision.
    #[error("the record was changed meanwhile")]
    Conflict,
    /// The name is empty, too long, or has other characters.
    #[error("a record's name is 1 to {NAME} characters of [A-Za-z0-9._/-]")]
    Name,
    /// The value is too large.
    #[error("a record's value is at most {VALUE} bytes")]
    TooLarge,
    /// More than the operator allows this plugin of this key store.
    #[error(transparent)]
    Quota(#[from] QuotaFault),
    /// The record is there and does not open: it was changed outside Claviger.
    #[error("the record is damaged")]
    Damaged,
    /// A write may have been done, or be done yet.
    #[error("no answer of the key storage before the deadline")]
    Deadline,
    /// The file is not the one that was opened, or its rows are not those that
    /// Claviger wrote.
    #[error("the key storage's file is gone, replaced, or was changed by something else")]
    Away,
    /// SQLite failed, or too much waits for it.
    #[error("the key storage cannot be written now")]
    Unwritable,
}

impl StorageFault {
    /// What kind of failure it is. None of them blames a key or a ciphertext
    /// (XKS-109).
    pub(crate) fn kind(self) -> FaultKind {
        match self {
            Self::Deadline | Self::Away | Self::Unwritable => FaultKind::TimedOut,
            Self::Quota(_) => FaultKind::Throttled,
            Self::Conflict | Self::Name | Self::TooLarge | Self::Damaged => FaultKind::Failed,
        }
    }
}

/// Why a storage cannot be opened or made.
#[derive(Debug, Error)]
pub(crate) enum OpenFault {
    /// There is no such file.
    #[error("the file does not exist")]
    Missing,
    /// `create` found a file.
    #[error("the file exists already")]
    Exists,
    /// It is a database of something else.
    #[error("the file is not a Claviger key storage")]
    Foreign,
    /// Made by a newer version.
    #[error("its schema is version {0}, and this host knows {SCHEMA_VERSION}")]
    Schema(i32),
    /// Another key-encryption key.
    #[error("it was made with another key-encryption key")]
    WrongKey,
    /// Opened with a key in a file.
    #[error("it was made with a key on a token, not with one in a file")]
    NeedsToken,
    /// Opened with a key on a token.
    #[error("it was made with a key in a file, not with one on a token")]
    NeedsFile,
    /// What a token sealed is not there in full.
    #[error("its key, which a token has encrypted, is damaged")]
    DamagedRootKey,
    /// Rows were changed by something else than Claviger.
    #[error(transparent)]
    Altered(#[from] Alteration),
    /// SQLite failed.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    /// Sealing failed.
    #[error(transparent)]
    Seal(#[from] SealFault),
    /// The file or a thread could not be made.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}
