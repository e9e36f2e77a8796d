//! Reading rows that other processes have written, and checking all of them.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row};

use super::{COUNT, DELETED, Known, Place, RECORD, Trouble};
use crate::storage::file::Alteration;
use crate::storage::head::{Head, Rows};
use crate::storage::schema::{meta, value};
use crate::storage::seal::Seal;

/// A row of table `entry`.
pub(in crate::storage) struct Entry {
    pub(in crate::storage) scope: String,
    pub(in crate::storage) name: String,
    pub(in crate::storage) revision: u64,
    /// `None`: the record was deleted.
    pub(in crate::storage) sealed: Option<Vec<u8>>,
}

/// What was read.
pub(in crate::storage) struct Contents {
    /// Whether records that are not in it do not exist; otherwise it has what is new.
    pub(in crate::storage) everything: bool,
    /// Sorted by revision.
    pub(in crate::storage) entries: Vec<Entry>,
}

impl Contents {
    /// What was read later.
    pub(super) fn add(&mut self, news: Self) {
        if news.everything {
            *self = news;
        } else {
            self.entries.extend(news.entries);
        }
    }
}

/// What has changed since `known`, which is brought up to date. `None`: nothing.
///
/// Whenever anybody else has committed, every row is read and compared with the head:
/// an old row put back is noticed however little else has changed.
pub(super) fn look(
    connection: &Connection,
    seal: &Seal,
    known: &mut Known,
) -> Result<Option<Contents>, Trouble> {
    let sealed_head = value(connection, meta::HEAD)?.ok_or(Alteration::Rows)?;
    let version: i64 = connection.pragma_query_value(None, "data_version", |row| row.get(0))?;
    if known.data_version == Some(version) && known.sealed_head == sealed_head {
        return Ok(None);
    }
    let head = seal.open_head(&sealed_head)?;
    if head.revision < known.head.revision {
        return Err(Alteration::Older.into());
    }
    let everything = head.forgotten > known.head.revision;
    let since = if everything { 0 } else { known.head.revision };
    let (counts, deleted) = check(connection, seal, &head)?;
    let went_back =
        |(place, reserved): (&Place, &u64)| counts.get(place).is_none_or(|now| now < reserved);
    if known.counts.iter().any(went_back) {
        return Err(Alteration::Older.into());
    }
    let entries = entries(connection, since)?;
    known.head = head;
    known.sealed_head = sealed_head;
    known.data_version = Some(version);
    known.counts = counts;
    known.deleted = deleted;
    Ok(Some(Contents {
        everything,
        entries,
    }))
}

/// Everything, of a database that was just opened.
pub(super) fn read_all(
    connection: &Connection,
    seal: &Seal,
    known: &mut Known,
) -> Result<Contents, Trouble> {
    let contents = look(connection, seal, known)?.ok_or(Alteration::Rows)?;
    Ok(Contents {
        everything: true,
        ..contents
    })
}

/// Compares all rows with the head. Returns the counters, and the number of deleted
/// records.
fn check(
    connection: &Connection,
    seal: &Seal,
    head: &Head,
) -> Result<(BTreeMap<Place, u64>, u64), Trouble> {
    let mut rows = Rows::default();
    let mut deleted = 0;
    let mut statement =
        connection.prepare("SELECT scope, name, revision, sealed IS NOT NULL FROM entry")?;
    let mut entries = statement.query([])?;
    while let Some(row) = entries.next()? {
        let (place, revision) = place_and_number(row)?;
        let table = if row.get(3)? {
            RECORD
        } else {
            deleted += 1;
            DELETED
        };
        if revision > head.revision {
            return Err(Alteration::Rows.into());
        }
        rows.toggle(&seal.digest(table, &place.0, &place.1, revision));
    }
    let mut counts = BTreeMap::new();
    let mut statement = connection.prepare("SELECT scope, name, reserved FROM count")?;
    let mut stored = statement.query([])?;
    while let Some(row) = stored.next()? {
        let (place, reserved) = place_and_number(row)?;
        rows.toggle(&seal.digest(COUNT, &place.0, &place.1, reserved));
        counts.insert(place, reserved);
    }
    if rows == head.rows {
        Ok((counts, deleted))
    } else {
        Err(Alteration::Rows.into())
    }
}

fn place_and_number(row: &Row<'_>) -> Result<(Place, u64), rusqlite::Error> {
    let number = row.get::<_, i64>(2)?.cast_unsigned();
    Ok(((row.get(0)?, row.get(1)?), number))
}

fn entries(connection: &Connection, since: u64) -> Result<Vec<Entry>, rusqlite::Error> {
    let mut statement = connection.prepare(
        "SELECT scope, name, revision, sealed FROM entry WHERE revision > ?1 ORDER BY revision",
    )?;
    let rows = statement.query_map([since.cast_signed()], |row| {
        Ok(Entry {
            scope: row.get(0)?,
            name: row.get(1)?,
            revision: row.get::<_, i64>(2)?.cast_unsigned(),
            sealed: row.get(3)?,
        })
    })?;
    rows.collect()
}
