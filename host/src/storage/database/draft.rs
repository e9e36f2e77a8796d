//! A transaction under way: rows are changed, and the head with them.

use std::collections::BTreeMap;
use std::ops::Range;

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::{COUNT, DELETED, Place, RECORD, Trouble};
use crate::storage::fault::StorageFault;
use crate::storage::file::Alteration;
use crate::storage::head::Head;
use crate::storage::schema::meta;
use crate::storage::seal::Seal;

/// Traces of deleted records that are kept, so that others hear of them.
const DELETED_KEPT: u64 = if cfg!(test) { 16 } else { 1024 };

/// A transaction under way, and the head that it will have.
pub(super) struct Draft<'d> {
    pub(super) transaction: &'d Transaction<'d>,
    pub(super) seal: &'d Seal,
    pub(super) head: Head,
    /// Counters before this transaction, and how far they are reserved.
    pub(super) known_counts: &'d BTreeMap<Place, u64>,
    /// Counters that were reserved, and how far.
    pub(super) counts: Vec<(Place, u64)>,
    /// Traces of deleted records.
    pub(super) deleted: u64,
    pub(super) attempted: &'d mut u64,
}

impl Draft<'_> {
    fn toggle(&mut self, table: &[u8], scope: &str, name: &str, number: u64) {
        let digest = self.seal.digest(table, scope, name, number);
        self.head.rows.toggle(&digest);
    }

    /// Takes the entry of this name out of the head, if it is at `expected`, and
    /// returns the revision that its successor gets.
    pub(super) fn replace(
        &mut self,
        scope: &str,
        name: &str,
        expected: Option<u64>,
    ) -> Result<u64, Trouble> {
        let select =
            "SELECT revision, sealed IS NOT NULL FROM entry WHERE scope = ?1 AND name = ?2";
        let mut statement = self.transaction.prepare(select)?;
        let row = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?));
        let current = statement.query_row([scope, name], row).optional()?;
        drop(statement);
        let current = current.map(|(revision, exists)| (revision.cast_unsigned(), exists));
        let existing = current.filter(|(_, exists)| *exists);
        if existing.map(|(revision, _)| revision) != expected {
            return Err(StorageFault::Conflict.into());
        }
        match current {
            Some((revision, true)) => self.toggle(RECORD, scope, name, revision),
            Some((revision, false)) => {
                self.toggle(DELETED, scope, name, revision);
                self.deleted = self.deleted.saturating_sub(1);
            }
            None => {}
        }
        let next = self.head.revision.max(*self.attempted) + 1;
        *self.attempted = next;
        self.head.revision = next;
        Ok(next)
    }

    /// Writes an entry; without a sealed value, the trace of a deleted record.
    pub(super) fn put(
        &mut self,
        scope: &str,
        name: &str,
        revision: u64,
        sealed: Option<&[u8]>,
    ) -> Result<(), Trouble> {
        let mut statement = self.transaction.prepare(
            "INSERT INTO entry VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET revision = excluded.revision, sealed = excluded.sealed",
        )?;
        statement.execute(params![scope, name, revision.cast_signed(), sealed])?;
        drop(statement);
        if sealed.is_some() {
            self.toggle(RECORD, scope, name, revision);
            return Ok(());
        }
        self.toggle(DELETED, scope, name, revision);
        self.deleted += 1;
        if self.deleted > DELETED_KEPT {
            self.forget()?;
        }
        Ok(())
    }

    /// Removes the older half of the traces of deleted records. Who has not seen them
    /// finds [`Head::forgotten`] and reads everything again.
    fn forget(&mut self) -> Result<(), Trouble> {
        let mut statement = self.transaction.prepare(
            "SELECT scope, name, revision FROM entry WHERE sealed IS NULL
             ORDER BY revision LIMIT ?1",
        )?;
        let rows = statement.query_map([(DELETED_KEPT / 2).cast_signed()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?))
        })?;
        let oldest: Vec<(String, String, i64)> = rows.collect::<Result<_, _>>()?;
        drop(statement);
        for (scope, name, revision) in oldest {
            let delete = "DELETE FROM entry WHERE scope = ?1 AND name = ?2";
            self.transaction.execute(delete, [&scope, &name])?;
            let revision = revision.cast_unsigned();
            self.toggle(DELETED, &scope, &name, revision);
            self.head.forgotten = self.head.forgotten.max(revision);
            self.deleted = self.deleted.saturating_sub(1);
        }
        Ok(())
    }

    /// The next `count` values of a counter.
    pub(super) fn reserve(
        &mut self,
        scope: &str,
        name: &str,
        count: u64,
    ) -> Result<Range<u64>, Trouble> {
        let select = "SELECT reserved FROM count WHERE scope = ?1 AND name = ?2";
        let mut statement = self.transaction.prepare(select)?;
        let before = statement
            .query_row([scope, name], |row| row.get::<_, i64>(0))
            .optional()?
            .map(i64::cast_unsigned);
        drop(statement);
        // What the head covers, however the row was found.
        let place = (scope.to_owned(), name.to_owned());
        let here = self.counts.iter().rev().find(|(other, _)| *other == place);
        let known = here.map(|(_, reserved)| reserved);
        if before.as_ref() != known.or_else(|| self.known_counts.get(&place)) {
            return Err(Alteration::Rows.into());
        }
        if let Some(before) = before {
            self.toggle(COUNT, scope, name, before);
        }
        let before = before.unwrap_or_default();
        let last = before
            .checked_add(count)
            .filter(|last| *last <= i64::MAX.cast_unsigned());
        let last = last.ok_or(StorageFault::Unwritable)?;
        self.transaction
            .prepare(
                "INSERT INTO count VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET reserved = excluded.reserved",
            )?
            .execute(params![scope, name, last.cast_signed()])?;
        self.toggle(COUNT, scope, name, last);
        self.counts.push((place, last));
        Ok(before + 1..last + 1)
    }

    /// Writes the head, and returns it as it is sealed.
    pub(super) fn save(&self) -> Result<Vec<u8>, Trouble> {
        let sealed = self.seal.seal_head(&self.head)?;
        let changed = self
            .transaction
            .execute(meta::UPDATE, params![meta::HEAD, sealed])?;
        if changed == 1 {
            Ok(sealed)
        } else {
            Err(Alteration::Rows.into())
        }
    }
}
