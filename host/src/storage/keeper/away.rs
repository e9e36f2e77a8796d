//! A storage whose file is gone, was replaced, or has other rows than Claviger wrote.
//!
//! It is used again when the file at its path is a continuation of what was known: the
//! same storage, no older, every record as it was or newer, every counter as it was or
//! higher. So a file that was moved away can be moved back, and one that was copied
//! exactly can take its place; an older copy is refused for as long as this process
//! runs.

use std::collections::HashMap;
use std::sync::Arc;

use tracing::info;

use super::{Held, Keeper};
use crate::storage::database::{Contents, Database, Known};
use crate::storage::fault::OpenFault;
use crate::storage::file::Alteration;
use crate::storage::schema::LockedDatabase;
use crate::storage::seal::Seal;
use crate::storage::{Shared, StorageState};

/// What is known of a database that is not open.
pub(super) struct AwayDatabase {
    seal: Arc<Seal>,
    known: Known,
}

impl Keeper {
    pub(super) fn go_away(&mut self, shared: &Shared, alteration: Alteration) {
        self.say(shared, StorageState::Away, &alteration);
        self.held = match std::mem::replace(&mut self.held, Held::Nowhere) {
            Held::Here(database) => {
                let (seal, known) = database.abandon();
                Held::Away(AwayDatabase { seal, known })
            }
            held @ (Held::Away(_) | Held::Nowhere) => held,
        };
    }

    pub(in crate::storage) fn come_back(&mut self, shared: &Shared) {
        let Held::Away(away) = &self.held else {
            return;
        };
        match reopen(shared, away) {
            Ok((database, contents)) => {
                shared.take_over(contents, database.known());
                self.held = Held::Here(database);
                self.touched = false;
                info!("key storage is there again: {}", shared.path.display());
                self.works(shared);
            }
            Err(fault) => self.say(shared, StorageState::Away, &fault),
        }
    }
}

fn reopen(shared: &Shared, away: &AwayDatabase) -> Result<(Database, Contents), OpenFault> {
    let locked = LockedDatabase::find(&shared.path, shared.user)?;
    let (database, contents) = locked.return_to(&away.seal)?;
    if continues(shared, &away.known, &database, &contents) {
        Ok((database, contents))
    } else {
        drop(database.abandon());
        Err(Alteration::Older.into())
    }
}

fn continues(shared: &Shared, before: &Known, now: &Database, contents: &Contents) -> bool {
    let known = now.known();
    if known.head.revision < before.head.revision {
        return false;
    }
    let counted =
        |(place, reserved): (&_, &u64)| known.counts.get(place).is_some_and(|now| now >= reserved);
    if !before.counts.iter().all(counted) {
        return false;
    }
    let entries = contents.entries.iter();
    let entries: HashMap<_, _> = entries
        .map(|entry| ((&*entry.scope, &*entry.name), entry.revision))
        .collect();
    // Every record that was known is as it was, or was changed since.
    let last = before.head.revision;
    shared.every_record(|scope, name, revision| match entries.get(&(scope, name)) {
        Some(now) => *now == revision || *now > last,
        None => known.head.forgotten > last,
    })
}
