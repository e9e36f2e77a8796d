//! From schema version 1, of builds before the release of 0.1, to version 2.
//!
//! Version 1 bound a record to its scope, name and revision, but not to its storage,
//! and did not authenticate counters or which rows there are. Records keep their
//! revisions, so what was encrypted under their keys decrypts as before.

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::SCHEMA_VERSION;
use super::database::{COUNT, RECORD};
use super::fault::OpenFault;
use super::head::Head;
use super::schema::{SCHEMA, meta, value};
use super::seal::{KeyEncryptionKey, Seal, StorageIdentity};

/// Where version 1 bound the proof to.
const PROOF: (&str, &str, u64) = ("", "proof", 0);

/// Everything in one transaction: whoever comes meanwhile waits, or finds the old
/// schema, or the new one.
pub(super) fn to_second_version(
    connection: &mut Connection,
    key: &KeyEncryptionKey,
) -> Result<(), OpenFault> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == SCHEMA_VERSION {
        return Ok(());
    }
    let proof = value(&transaction, meta::PROOF)?.ok_or(OpenFault::Foreign)?;
    key.open_first_version(PROOF.0, PROOF.1, PROOF.2, &proof)
        .map_err(|_| OpenFault::WrongKey)?;
    let seal = key.bind(StorageIdentity::random()?)?;
    transaction.execute_batch(SCHEMA)?;
    let revision = "SELECT value FROM meta WHERE name = 'revision'";
    let revision: Option<i64> = transaction
        .query_row(revision, [], |row| row.get(0))
        .optional()?;
    let mut head = Head {
        revision: revision.unwrap_or_default().cast_unsigned(),
        ..Head::default()
    };
    records(&transaction, key, &seal, &mut head)?;
    counters(&transaction, &seal, &mut head)?;
    transaction.execute_batch(
        "DROP TABLE record; DROP TABLE counter; DELETE FROM meta WHERE name = 'revision';",
    )?;
    transaction.execute(meta::UPDATE, params![meta::PROOF, seal.seal_proof()?])?;
    let identity = seal.identity();
    transaction.execute(meta::INSERT, params![meta::IDENTITY, identity.as_bytes()])?;
    transaction.execute(meta::INSERT, params![meta::HEAD, seal.seal_head(&head)?])?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    transaction.commit()?;
    Ok(())
}

fn records(
    transaction: &Transaction<'_>,
    key: &KeyEncryptionKey,
    seal: &Seal,
    head: &mut Head,
) -> Result<(), OpenFault> {
    let mut statement = transaction.prepare("SELECT scope, name, revision, sealed FROM record")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (scope, name): (String, String) = (row.get(0)?, row.get(1)?);
        let (revision, old): (i64, Vec<u8>) = (row.get(2)?, row.get(3)?);
        let number = revision.cast_unsigned();
        let sealed = match key.open_first_version(&scope, &name, number, &old) {
            Ok(value) => seal.seal(&scope, &name, number, &value)?,
            // Damaged before, and damaged after: `claviger check` names it.
            Err(_) => old,
        };
        transaction.execute(
            "INSERT INTO entry VALUES (?1, ?2, ?3, ?4)",
            params![scope, name, revision, sealed],
        )?;
        head.revision = head.revision.max(number);
        head.rows
            .toggle(&seal.digest(RECORD, &scope, &name, number));
    }
    Ok(())
}

fn counters(
    transaction: &Transaction<'_>,
    seal: &Seal,
    head: &mut Head,
) -> Result<(), rusqlite::Error> {
    transaction.execute(
        "INSERT INTO count SELECT scope, name, reserved FROM counter",
        [],
    )?;
    let mut statement = transaction.prepare("SELECT scope, name, reserved FROM count")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (scope, name): (String, String) = (row.get(0)?, row.get(1)?);
        let reserved = row.get::<_, i64>(2)?.cast_unsigned();
        head.rows
            .toggle(&seal.digest(COUNT, &scope, &name, reserved));
    }
    Ok(())
}
