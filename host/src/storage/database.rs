//! What is done with the database, one short transaction at a time.
//!
//! Each transaction begins with a look at what other processes have committed, and
//! ends with a new head. Errors of the commit are errors of the operation: nothing is
//! returned as done before it is on the disk.

mod draft;
mod look;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use thiserror::Error;

use super::fault::{OpenFault, StorageFault};
use super::file::{Alteration, WatchedFile};
use super::head::Head;
use super::seal::{Seal, SealFault};

use draft::Draft;
pub(super) use look::Contents;

/// Names of tables in digests.
pub(super) const RECORD: &[u8] = b"claviger key-storage row record";
pub(super) const DELETED: &[u8] = b"claviger key-storage row deleted";
pub(super) const COUNT: &[u8] = b"claviger key-storage row count";

/// A scope and a name.
pub(super) type Place = (String, String);

/// Why a transaction was not done.
#[derive(Debug, Error)]
pub(super) enum Trouble {
    /// The database is well; the request is not.
    #[error(transparent)]
    Refused(#[from] StorageFault),
    /// SQLite failed: nothing was changed.
    #[error(transparent)]
    Failed(#[from] rusqlite::Error),
    /// The rows are not those that Claviger wrote.
    #[error(transparent)]
    Altered(#[from] Alteration),
    /// Nothing could be sealed.
    #[error(transparent)]
    Seal(#[from] SealFault),
}

/// What was found in the database and has been checked.
#[derive(Default)]
pub(super) struct Known {
    pub(super) head: Head,
    sealed_head: Vec<u8>,
    /// Changes whenever another connection has committed.
    data_version: Option<i64>,
    /// Counters, and how far they are reserved.
    pub(super) counts: BTreeMap<Place, u64>,
    /// Traces of deleted records.
    deleted: u64,
    /// The last revision that a value was sealed for, also when it was not committed: no
    /// two values are ever sealed for one revision.
    attempted: u64,
}

/// An open database.
pub(super) struct Database {
    connection: Connection,
    file: WatchedFile,
    seal: Arc<Seal>,
    known: Known,
    /// What other processes have changed, until it is taken.
    news: Option<Contents>,
}

impl Database {
    /// Reads all of it.
    pub(super) fn open(
        connection: Connection,
        mut file: WatchedFile,
        seal: Arc<Seal>,
    ) -> Result<(Self, Contents), OpenFault> {
        let mut known = Known::default();
        let transaction = connection.unchecked_transaction()?;
        let contents = look::read_all(&transaction, &seal, &mut known);
        let contents = contents.map_err(|trouble| match trouble {
            Trouble::Failed(error) => OpenFault::Database(error),
            Trouble::Altered(alteration) => OpenFault::Altered(alteration),
            Trouble::Seal(fault) => OpenFault::Seal(fault),
            Trouble::Refused(_) => OpenFault::Altered(Alteration::Rows),
        })?;
        transaction.commit()?;
        file.opened()?;
        let database = Self {
            connection,
            file,
            seal,
            known,
            news: None,
        };
        Ok((database, contents))
    }

    pub(super) fn seal(&self) -> &Arc<Seal> {
        &self.seal
    }

    pub(super) fn known(&self) -> &Known {
        &self.known
    }

    pub(super) fn file(&mut self) -> &mut WatchedFile {
        &mut self.file
    }

    /// What other processes have changed since the last call.
    pub(super) fn take_news(&mut self) -> Option<Contents> {
        self.news.take()
    }

    /// Looks for what other processes have changed. With `touched` the file itself was
    /// written to, and nothing that SQLite remembers of it is relied on.
    pub(super) fn refresh(&mut self, touched: bool) -> Result<(), Trouble> {
        if touched {
            self.connection.execute_batch("PRAGMA shrink_memory")?;
            self.known.data_version = None;
        }
        let transaction = self.connection.unchecked_transaction()?;
        let news = look::look(&transaction, &self.seal, &mut self.known)?;
        transaction.commit()?;
        self.keep(news);
        Ok(())
    }

    fn keep(&mut self, news: Option<Contents>) {
        match (&mut self.news, news) {
            (Some(before), Some(news)) => before.add(news),
            (before @ None, news) => *before = news,
            (Some(_), None) => {}
        }
    }

    /// Writes a record that is still at `expected`.
    pub(super) fn write(
        &mut self,
        scope: &str,
        name: &str,
        expected: Option<u64>,
        value: &[u8],
    ) -> Result<(u64, Vec<u8>), Trouble> {
        self.transact(|draft| {
            let revision = draft.replace(scope, name, expected)?;
            let sealed = draft.seal.seal(scope, name, revision, value)?;
            draft.put(scope, name, revision, Some(&sealed))?;
            Ok((revision, sealed))
        })
    }

    /// Deletes a record that is still at `expected`, and leaves a trace of it.
    pub(super) fn delete(
        &mut self,
        scope: &str,
        name: &str,
        expected: u64,
    ) -> Result<u64, Trouble> {
        self.transact(|draft| {
            let revision = draft.replace(scope, name, Some(expected))?;
            draft.put(scope, name, revision, None)?;
            Ok(revision)
        })
    }

    /// The next `count` values of each of these counters; the first value of all is 1.
    pub(super) fn reserve(
        &mut self,
        counters: &[(&str, &str)],
        count: u64,
    ) -> Result<Vec<Range<u64>>, Trouble> {
        self.transact(|draft| {
            let reserved = counters.iter();
            reserved
                .map(|(scope, name)| draft.reserve(scope, name, count))
                .collect()
        })
    }

    /// Writes what is there already, to see whether writing works again.
    pub(super) fn probe(&mut self) -> Result<(), Trouble> {
        self.transact(|_| Ok(()))
    }

    fn transact<T>(
        &mut self,
        work: impl FnOnce(&mut Draft<'_>) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let behaviour = TransactionBehavior::Immediate;
        let transaction = Transaction::new_unchecked(&self.connection, behaviour)?;
        let news = look::look(&transaction, &self.seal, &mut self.known)?;
        let mut draft = Draft {
            transaction: &transaction,
            seal: &self.seal,
            head: self.known.head,
            known_counts: &self.known.counts,
            counts: Vec::new(),
            deleted: self.known.deleted,
            attempted: &mut self.known.attempted,
        };
        let done = work(&mut draft).and_then(|done| Ok((done, draft.save()?)));
        let Draft {
            head,
            counts,
            deleted,
            ..
        } = draft;
        let committed = done.and_then(|done| {
            transaction.commit()?;
            Ok(done)
        });
        self.keep(news);
        let (done, sealed_head) = committed?;
        // Another program may have put another file there a moment ago.
        if !self.file.is_in_place() {
            return Err(Alteration::Replaced.into());
        }
        let known = &mut self.known;
        (known.head, known.sealed_head, known.deleted) = (head, sealed_head, deleted);
        known.counts.extend(counts);
        Ok(done)
    }

    /// Closes a database whose path names another file. SQLite would delete the
    /// write-ahead log by its name, which is that of the other file's.
    pub(super) fn abandon(self) -> (Arc<Seal>, Known) {
        let no_checkpoint = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
        if self.connection.set_db_config(no_checkpoint, true).is_err() {
            // Left open: better a descriptor too many than somebody else's file gone.
            std::mem::forget(self.connection);
        }
        (self.seal, self.known)
    }

    #[cfg(test)]
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }
}
