//! `claviger key …`: keys are made, listed, disabled and rotated here.
//!
//! Every change is one compare-and-set of the key record. A secret is made before
//! the record names it: a crash in between leaves a secret that no ciphertext was
//! made with, and the next attempt takes it up.

use crate::record::{self, KeyRecord, RecordError, Status, Usage};
use claviger_sdk::aead::{self, AeadError};
use claviger_sdk::is_external_key_id;
use claviger_sdk::key_storage::{self, StorageError};
use claviger_sdk::{AES_256, DamagedKey, KeyList, KeyStatus, KeySummary, ManagementError};

pub(crate) fn create(id: &str, usage: &[String]) -> Result<KeySummary, ManagementError> {
    if !is_external_key_id(id) {
        return Err(ManagementError::Invalid(
            "not an external key id; use 1 to 128 letters, digits, `.`, `_` and `-`".into(),
        ));
    }
    let record = KeyRecord::new(id, usages(usage)?);
    if key_storage::revision(&record::name(id))
        .map_err(refused)?
        .is_some()
    {
        return Err(ManagementError::AlreadyExists);
    }
    match write(id, None, &record) {
        Err(ManagementError::Conflict) => Err(ManagementError::AlreadyExists),
        written => written,
    }
}

pub(crate) fn list(after: Option<&str>, limit: u32) -> Result<KeyList, ManagementError> {
    let mut list = KeyList::default();
    let after = after.map(record::name);
    for (looked_at, name) in (0..).zip(key_storage::names_after(record::PREFIX, after)) {
        let name = name.map_err(refused)?;
        let Some(id) = name.strip_prefix(record::PREFIX) else {
            continue;
        };
        if looked_at == limit {
            break;
        }
        list.next = (looked_at + 1 == limit).then(|| id.to_owned());
        match entry(id)? {
            Ok(Some(key)) => list.keys.push(key),
            // Deleted since its name was read.
            Ok(None) => {}
            Err(problem) => list.damaged.push(DamagedKey {
                external_key_id: id.to_owned(),
                problem,
            }),
        }
    }
    Ok(list)
}

/// One key of the list, or what is wrong with it. Its secrets have to open too: a
/// list of keys that cannot be used would be of no help.
fn entry(id: &str) -> Result<Result<Option<KeySummary>, String>, ManagementError> {
    let damaged = |error: &dyn std::fmt::Display| Ok(Err(error.to_string()));
    let stored = match key_storage::read(&record::name(id)) {
        Ok(None) => return Ok(Ok(None)),
        Ok(Some(stored)) => stored,
        Err(StorageError::Damaged) => return damaged(&StorageError::Damaged),
        Err(error) => return Err(refused(error)),
    };
    let record = match KeyRecord::parse(&stored.value) {
        Ok(record) => record,
        Err(error) => return damaged(&error),
    };
    for version in &record.versions {
        match aead::Key::from_record(&version.secret) {
            Ok(_) => {}
            Err(AeadError::Unavailable) => {
                return Err(ManagementError::Failed(AeadError::Unavailable.to_string()));
            }
            Err(error) => return damaged(&format_args!("version {}: {error}", version.version)),
        }
    }
    summary(id, &record).map(|summary| Ok(Some(summary)))
}

pub(crate) fn show(id: &str) -> Result<KeySummary, ManagementError> {
    let (_, record) = read(id)?;
    summary(id, &record)
}

pub(crate) fn set_status(id: &str, status: KeyStatus) -> Result<KeySummary, ManagementError> {
    let (revision, mut record) = read(id)?;
    let status = Status::from(status);
    // Nothing to write, and no reason to make every instance read the record again.
    if record.status == status {
        return summary(id, &record);
    }
    record.status = status;
    write(id, Some(revision), &record)
}

pub(crate) fn rotate(id: &str) -> Result<KeySummary, ManagementError> {
    let (revision, record) = read(id)?;
    let record = record.rotated(id).map_err(|error| damaged(id, &error))?;
    write(id, Some(revision), &record)
}

fn usages(words: &[String]) -> Result<Vec<Usage>, ManagementError> {
    let known = [Usage::Encrypt, Usage::Decrypt];
    for word in words {
        let named = words.iter().filter(|other| *other == word).count();
        if named > 1 || !known.iter().any(|usage| usage.word() == word) {
            return Err(ManagementError::Invalid(
                "the key usage is wrong; write ENCRYPT, DECRYPT, both or nothing".into(),
            ));
        }
    }
    let wanted = |usage: &Usage| words.iter().any(|word| usage.word() == word);
    Ok(known.into_iter().filter(wanted).collect())
}

fn read(id: &str) -> Result<(u64, KeyRecord), ManagementError> {
    let stored = key_storage::read(&record::name(id))
        .map_err(refused)?
        .ok_or(ManagementError::NotFound)?;
    let record = KeyRecord::parse(&stored.value).map_err(|error| damaged(id, &error))?;
    Ok((stored.revision, record))
}

/// Makes the current version's secret if it is not there, then the record.
fn write(
    id: &str,
    expected: Option<u64>,
    record: &KeyRecord,
) -> Result<KeySummary, ManagementError> {
    let no_current = RecordError::NoCurrentVersion(record.current);
    let current = record.version(record.current);
    let secret = &current.ok_or_else(|| damaged(id, &no_current))?.secret;
    match key_storage::create_secret(secret) {
        Ok(_) | Err(StorageError::Conflict) => {}
        Err(error) => return Err(refused(error)),
    }
    let value = record.to_bytes().map_err(|error| damaged(id, &error))?;
    key_storage::compare_and_set(&record::name(id), expected, &value).map_err(refused)?;
    summary(id, record)
}

fn refused(error: StorageError) -> ManagementError {
    match error {
        StorageError::Conflict => ManagementError::Conflict,
        other => ManagementError::Failed(other.to_string()),
    }
}

fn damaged(id: &str, error: &RecordError) -> ManagementError {
    ManagementError::Failed(format!("key {id}: {error}"))
}

fn summary(id: &str, record: &KeyRecord) -> Result<KeySummary, ManagementError> {
    let versions =
        u32::try_from(record.versions.len()).map_err(|_| damaged(id, &RecordError::Exhausted))?;
    Ok(KeySummary {
        external_key_id: id.to_owned(),
        key_spec: AES_256.to_owned(),
        key_usage: record
            .usage
            .iter()
            .map(|usage| usage.word().to_owned())
            .collect(),
        key_status: record.status.into(),
        current_version: record.current,
        versions,
    })
}
