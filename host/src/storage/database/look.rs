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
    let Checked {
        counts,
        deleted,
        entries,
    } = check(connection, seal, &head, since)?;
    let went_back =
        |(place, reserved): (&Place, &u64)| counts.get(place).is_none_or(|now| now < reserved);
    if known.counts.iter().any(went_back) {
        return Err(Alteration::Older.into());
    }
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

/// All rows, which are those that the head says.
struct Checked {
    counts: BTreeMap<Place, u64>,
    /// Traces of deleted records.
    deleted: u64,
    /// With a greater revision than the caller has seen, sorted by it.
    entries: Vec<Entry>,
}

/// Compares all rows with the head. What is returned comes from the same reading: an
/// index that is damaged would name other rows than the table has.
fn check(
    connection: &Connection,
    seal: &Seal,
    head: &Head,
    since: u64,
) -> Result<Checked, Trouble> {
    let mut rows = Rows::default();
    let (mut entries, mut deleted) = (Vec::new(), 0);
    let mut statement = connection.prepare(
        "SELECT scope, name, revision, sealed IS NOT NULL, CASE WHEN revision > ?1 THEN sealed END
         FROM entry NOT INDEXED",
    )?;
    let mut found = statement.query([since.cast_signed()])?;
    while let Some(row) = found.next()? {
        let ((scope, name), revision) = place_and_number(row)?;
        let exists: bool = row.get(3)?;
        if revision > head.revision {
            return Err(Alteration::Rows.into());
        }
        let table = if exists { RECORD } else { DELETED };
        deleted += u64::from(!exists);
        rows.toggle(&seal.digest(table, &scope, &name, revision));
        if revision > since {
            let sealed = row.get(4)?;
            entries.push(Entry {
                scope,
                name,
                revision,
                sealed,
            });
        }
    }
    let mut counts = BTreeMap::new();
    let mut statement = connection.prepare("SELECT scope, name, reserved FROM count")?;
    let mut stored = statement.query([])?;
    while let Some(row) = stored.next()? {
        let (place, reserved) = place_and_number(row)?;
        rows.toggle(&seal.digest(COUNT, &place.0, &place.1, reserved));
        counts.insert(place, reserved);
    }
    if rows != head.rows {
        return Err(Alteration::Rows.into());
    }
    entries.sort_unstable_by_key(|entry: &Entry| entry.revision);
    Ok(Checked {
        counts,
        deleted,
        entries,
    })
}

fn place_and_number(row: &Row<'_>) -> Result<(Place, u64), rusqlite::Error> {
    let number = row.get::<_, i64>(2)?.cast_unsigned();
    Ok(((row.get(0)?, row.get(1)?), number))
}
