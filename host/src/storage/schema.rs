//! The SQLite file of a storage: how it is found, made and opened.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use claviger_config::access;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use super::database::{Contents, Database};
use super::fault::OpenFault;
use super::file::{Alteration, WatchedFile};
use super::head::Head;
use super::migration;
use super::root_key::WrappedRootKey;
use super::seal::{KeyEncryptionKey, Seal, StorageIdentity};
use super::{SCHEMA_VERSION, StorageUser};

/// "Clav", so that `file` and SQLite tools can tell whose database it is.
const APPLICATION_ID: i32 = 0x436c_6176;

/// A deleted record is an entry without a sealed value.
pub(super) const SCHEMA: &str = "
    CREATE TABLE entry (
        scope TEXT NOT NULL, name TEXT NOT NULL,
        revision INTEGER NOT NULL, sealed BLOB,
        PRIMARY KEY (scope, name)
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX entry_by_revision ON entry (revision);
    CREATE INDEX deleted_by_revision ON entry (revision) WHERE sealed IS NULL;
    CREATE TABLE count (
        scope TEXT NOT NULL, name TEXT NOT NULL, reserved INTEGER NOT NULL,
        PRIMARY KEY (scope, name)
    ) WITHOUT ROWID;
";
const META: &str = "CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;";

/// Rows of table `meta`.
pub(super) mod meta {
    pub(in super::super) const IDENTITY: &str = "identity";
    pub(in super::super) const PROOF: &str = "proof";
    pub(in super::super) const HEAD: &str = "head";
    pub(in super::super) const ROOT_KEY: &str = "root-key";
    pub(in super::super) const INSERT: &str = "INSERT INTO meta VALUES (?1, ?2)";
    pub(in super::super) const UPDATE: &str = "UPDATE meta SET value = ?2 WHERE name = ?1";
}

/// How long a statement waits for another process. A command is what an operator
/// stops a key with; a host has requests to answer.
fn patience(user: StorageUser) -> Duration {
    match user {
        StorageUser::Host => Duration::from_millis(250),
        StorageUser::Command => Duration::from_secs(10),
    }
}

/// A storage that is there, and waits for its key.
pub(super) struct LockedDatabase {
    connection: Connection,
    file: WatchedFile,
    version: i32,
    /// Of a storage that was made with a key on a token.
    pub(super) root_key: Option<WrappedRootKey>,
}

impl LockedDatabase {
    pub(super) fn find(path: &Path, user: StorageUser) -> Result<Self, OpenFault> {
        if !path.exists() {
            return Err(OpenFault::Missing);
        }
        let file = WatchedFile::find(path)?;
        let connection = connect(path, user).map_err(foreign)?;
        let integer = |pragma| connection.pragma_query_value(None, pragma, |row| row.get(0));
        if integer("application_id").map_err(foreign)? != APPLICATION_ID {
            return Err(OpenFault::Foreign);
        }
        let version = integer("user_version")?;
        if !(1..=SCHEMA_VERSION).contains(&version) {
            return Err(OpenFault::Schema(version));
        }
        let root_key = value(&connection, meta::ROOT_KEY)?
            .map(|bytes| WrappedRootKey::decode(&bytes).ok_or(OpenFault::DamagedRootKey))
            .transpose()?;
        Ok(Self {
            connection,
            file,
            version,
            root_key,
        })
    }

    /// Opens it, if it was made with this key, and brings it to this version's schema.
    pub(super) fn unlock(
        mut self,
        key: &KeyEncryptionKey,
    ) -> Result<(Database, Contents), OpenFault> {
        if self.version < SCHEMA_VERSION {
            migration::to_second_version(&mut self.connection, key)?;
        }
        let identity = value(&self.connection, meta::IDENTITY)?;
        let identity = identity.and_then(|bytes| StorageIdentity::from_bytes(&bytes));
        let seal = key.bind(identity.ok_or(OpenFault::WrongKey)?)?;
        if !value(&self.connection, meta::PROOF)?.is_some_and(|proof| seal.is_proof(&proof)) {
            return Err(OpenFault::WrongKey);
        }
        Database::open(self.connection, self.file, seal.into())
    }

    /// The file at the same path again, after it was away.
    pub(super) fn return_to(
        self,
        seal: &std::sync::Arc<Seal>,
    ) -> Result<(Database, Contents), OpenFault> {
        let identity = value(&self.connection, meta::IDENTITY)?;
        let same = identity.is_some_and(|bytes| bytes == seal.identity().as_bytes());
        let proof = value(&self.connection, meta::PROOF)?;
        if !same || !proof.is_some_and(|proof| seal.is_proof(&proof)) {
            return Err(Alteration::AnotherStorage.into());
        }
        Database::open(self.connection, self.file, seal.clone())
    }
}

/// Makes a new, empty one. `root_key` is the key-encryption key, if a token has sealed
/// it.
pub(super) fn create(
    path: &Path,
    key: &KeyEncryptionKey,
    root_key: Option<&WrappedRootKey>,
) -> Result<(Database, Contents), OpenFault> {
    // Made by us first, so that nobody else can ever read it.
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Ok(_) => sync_directory(path)?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(OpenFault::Exists);
        }
        Err(error) => return Err(error.into()),
    }
    let file = WatchedFile::find(path)?;
    let seal = key.bind(StorageIdentity::random()?)?;
    let mut connection = connect(path, StorageUser::Command)?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(META)?;
    transaction.execute_batch(SCHEMA)?;
    let identity = seal.identity();
    let rows = [
        (meta::IDENTITY, identity.as_bytes().to_vec()),
        (meta::PROOF, seal.seal_proof()?),
        (meta::HEAD, seal.seal_head(&Head::default())?),
    ];
    for (name, value) in rows {
        transaction.execute(meta::INSERT, params![name, value])?;
    }
    if let Some(root_key) = root_key {
        transaction.execute(meta::INSERT, params![meta::ROOT_KEY, root_key.encode()])?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    transaction.commit()?;
    Database::open(connection, file, seal.into())
}

/// So that the file has its name after a power cut as well.
fn sync_directory(path: &Path) -> std::io::Result<()> {
    File::open(access::folder_of(path))?.sync_all()
}

/// A row of table `meta`.
pub(super) fn value(
    connection: &Connection,
    name: &str,
) -> Result<Option<Vec<u8>>, rusqlite::Error> {
    connection
        .query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| {
            row.get(0)
        })
        .optional()
}

fn connect(path: &Path, user: StorageUser) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(patience(user))?;
    // The schema is text of the file: it gets no say in what is executed.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
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
