//! The SQLite file behind a storage.

use std::fs::OpenOptions;
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, TransactionBehavior, params};
use thiserror::Error;

use super::root_key::WrappedRootKey;
use super::seal::{Seal, SealFault};
use super::{SealedRecord, StorageFault};

/// "Clav", so that `file` and SQLite tools can tell whose database it is.
const APPLICATION_ID: i32 = 0x436c_6176;
/// Of the schema below.
const SCHEMA_VERSION: i32 = 1;
/// How long a write waits for another process.
const BUSY: Duration = Duration::from_millis(200);

const SCHEMA: &str = "
    CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
    CREATE TABLE record (
        scope TEXT NOT NULL, name TEXT NOT NULL,
        revision INTEGER NOT NULL, sealed BLOB NOT NULL,
        PRIMARY KEY (scope, name)
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX record_by_revision ON record (revision);
    CREATE TABLE counter (
        scope TEXT NOT NULL, name TEXT NOT NULL, reserved INTEGER NOT NULL,
        PRIMARY KEY (scope, name)
    ) WITHOUT ROWID;
    INSERT INTO meta VALUES ('revision', 0);
";

/// Where the record that proves the key is bound to.
const PROOF: (&str, &str, u64) = ("", "proof", 0);
/// Its row in table `meta`.
const PROOF_ROW: &str = "proof";
/// The row of the root key, where there is one.
const ROOT_KEY_ROW: &str = "root-key";

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

/// A row of table `record`.
pub(super) struct Row {
    pub(super) scope: String,
    pub(super) name: String,
    pub(super) revision: u64,
    pub(super) sealed: Vec<u8>,
}

pub(super) struct Database(Connection);

/// A storage that is there, and waits for its key.
pub(super) struct LockedDatabase {
    connection: Connection,
    proof: Vec<u8>,
    /// Of a storage that was made with a key on a token.
    pub(super) root_key: Option<WrappedRootKey>,
}

impl LockedDatabase {
    pub(super) fn find(path: &Path) -> Result<Self, OpenFault> {
        if !path.exists() {
            return Err(OpenFault::Missing);
        }
        let connection = connect(path).map_err(foreign)?;
        let integer = |pragma| connection.pragma_query_value(None, pragma, |row| row.get(0));
        if integer("application_id").map_err(foreign)? != APPLICATION_ID {
            return Err(OpenFault::Foreign);
        }
        match integer("user_version")? {
            SCHEMA_VERSION => {}
            other => return Err(OpenFault::Schema(other)),
        }
        let value = |name| -> Result<Option<Vec<u8>>, rusqlite::Error> {
            connection
                .query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| {
                    row.get(0)
                })
                .optional()
        };
        let proof = value(PROOF_ROW)?.ok_or(OpenFault::Foreign)?;
        let root_key = value(ROOT_KEY_ROW)?
            .map(|bytes| WrappedRootKey::decode(&bytes).ok_or(OpenFault::DamagedRootKey))
            .transpose()?;
        Ok(Self {
            connection,
            proof,
            root_key,
        })
    }

    /// Opens it, if `seal` has the key that it was made with.
    pub(super) fn unlock(self, seal: &Seal) -> Result<Database, OpenFault> {
        seal.open(PROOF.0, PROOF.1, PROOF.2, &self.proof)
            .map_err(|_| OpenFault::WrongKey)?;
        Ok(Database(self.connection))
    }
}

impl Database {
    /// `root_key` is the key of `seal`, if a token has sealed it.
    pub(super) fn create(
        path: &Path,
        seal: &Seal,
        root_key: Option<&WrappedRootKey>,
    ) -> Result<Self, OpenFault> {
        // Made by us first, so that nobody else can ever read it.
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
        {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(OpenFault::Exists);
            }
            Err(error) => return Err(error.into()),
        }
        let mut connection = connect(path)?;
        let proof = seal.seal(PROOF.0, PROOF.1, PROOF.2, b"")?;
        let transaction = connection.transaction()?;
        transaction.execute_batch(SCHEMA)?;
        let insert = "INSERT INTO meta VALUES (?1, ?2)";
        transaction.execute(insert, params![PROOF_ROW, proof])?;
        if let Some(root_key) = root_key {
            transaction.execute(insert, params![ROOT_KEY_ROW, root_key.encode()])?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        transaction.commit()?;
        Ok(Self(connection))
    }

    /// Changes whenever another connection has committed.
    pub(super) fn data_version(&self) -> Result<i64, rusqlite::Error> {
        self.0
            .pragma_query_value(None, "data_version", |row| row.get(0))
    }

    /// Records with a greater revision.
    pub(super) fn since(&self, revision: u64) -> Result<Vec<Row>, rusqlite::Error> {
        let mut statement = self
            .0
            .prepare("SELECT scope, name, revision, sealed FROM record WHERE revision > ?1")?;
        let rows = statement.query_map([revision.cast_signed()], |row| {
            Ok(Row {
                scope: row.get(0)?,
                name: row.get(1)?,
                revision: row.get::<_, i64>(2)?.cast_unsigned(),
                sealed: row.get(3)?,
            })
        })?;
        rows.collect()
    }

    /// Writes a record that is still at `expected`; `seal` makes its sealed form
    /// for the revision it gets.
    pub(super) fn write(
        &mut self,
        scope: &str,
        name: &str,
        expected: Option<u64>,
        seal: impl FnOnce(u64) -> Result<Vec<u8>, SealFault>,
    ) -> Result<SealedRecord, StorageFault> {
        let transaction = self
            .0
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let current = transaction
            .query_row(
                "SELECT revision FROM record WHERE scope = ?1 AND name = ?2",
                [scope, name],
                |row| row.get::<_, i64>(0),
            )
            .optional()?
            .map(i64::cast_unsigned);
        if current != expected {
            return Err(StorageFault::Conflict);
        }
        let revision = transaction
            .query_row(
                "UPDATE meta SET value = value + 1 WHERE name = 'revision' RETURNING value",
                [],
                |row| row.get::<_, i64>(0),
            )?
            .cast_unsigned();
        let sealed = seal(revision)?;
        transaction.execute(
            "INSERT INTO record VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET revision = excluded.revision, sealed = excluded.sealed",
            params![scope, name, revision.cast_signed(), sealed],
        )?;
        transaction.commit()?;
        Ok(SealedRecord { revision, sealed })
    }

    /// The next `count` values of a counter; the first value of all is 1.
    pub(super) fn reserve(
        &mut self,
        scope: &str,
        name: &str,
        count: u64,
    ) -> Result<Range<u64>, rusqlite::Error> {
        let reserved: i64 = self.0.query_row(
            "INSERT INTO counter VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET reserved = reserved + excluded.reserved
             RETURNING reserved",
            params![scope, name, count.cast_signed()],
            |row| row.get(0),
        )?;
        let last = reserved.cast_unsigned();
        Ok(last - count + 1..last + 1)
    }
}

fn connect(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A key that was reported as created must survive a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", true)?;
    Ok(connection)
}

fn foreign(error: rusqlite::Error) -> OpenFault {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => OpenFault::Foreign,
        _ => error.into(),
    }
}
