//! What is in memory of one key store.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use claviger_config::StorageQuota;
use parking_lot::{Mutex, RwLock};

use super::counter::SharedCounter;
use super::quota::{QuotaFault, Usage};

/// A record as it is stored.
pub(super) struct SealedRecord {
    pub(super) revision: u64,
    pub(super) sealed: Vec<u8>,
}

/// The records and counters of one key store.
#[derive(Default)]
pub(super) struct Scope {
    pub(super) records: RwLock<Records>,
    pub(super) counters: Mutex<Counters>,
}

/// Records by name.
#[derive(Default)]
pub(super) struct Records {
    by_name: BTreeMap<String, SealedRecord>,
    usage: Usage,
}

impl Records {
    pub(super) fn get(&self, name: &str) -> Option<&SealedRecord> {
        self.by_name.get(name)
    }

    pub(super) fn usage(&self) -> Usage {
        self.usage
    }

    /// What a record of this name takes, in bytes.
    pub(super) fn size(&self, name: &str) -> Option<u64> {
        Some(size(name, self.get(name)?))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &SealedRecord)> {
        self.by_name.iter()
    }

    /// Names that begin with `prefix`, sorted: at most `limit` of those that are
    /// greater than `after`.
    pub(super) fn names(&self, prefix: &str, after: Option<&str>, limit: usize) -> Vec<String> {
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let from = self.by_name.range::<str, _>((from, Bound::Unbounded));
        from.take_while(|(name, _)| name.starts_with(prefix))
            .take(limit)
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Puts a record in the place of an older one.
    pub(super) fn put(&mut self, name: &str, record: SealedRecord) {
        let newer = |old: &SealedRecord| old.revision >= record.revision;
        if self.by_name.get(name).is_some_and(newer) {
            return;
        }
        self.remove(name, record.revision);
        self.usage.records += 1;
        self.usage.bytes += size(name, &record);
        self.by_name.insert(name.to_owned(), record);
    }

    /// Removes a record that is older than `revision`.
    pub(super) fn remove(&mut self, name: &str, revision: u64) {
        let older = |old: &SealedRecord| old.revision < revision;
        if !self.by_name.get(name).is_some_and(older) {
            return;
        }
        if let Some(old) = self.by_name.remove(name) {
            self.usage.records -= 1;
            self.usage.bytes -= size(name, &old);
        }
    }
}

fn size(name: &str, record: &SealedRecord) -> u64 {
    (name.len() + record.sealed.len()) as u64
}

/// Counters by name.
#[derive(Default)]
pub(super) struct Counters {
    open: HashMap<String, Arc<SharedCounter>>,
    /// Those of the database.
    stored: HashSet<String>,
    /// Open ones that the database does not have yet.
    new: u64,
}

impl Counters {
    /// The counter of this name, made when the quota has room for another one.
    pub(super) fn open(
        &mut self,
        scope: &str,
        name: &str,
        quota: &StorageQuota,
    ) -> Result<Arc<SharedCounter>, QuotaFault> {
        if let Some(counter) = self.open.get(name) {
            return Ok(Arc::clone(counter));
        }
        let is_stored = self.stored.contains(name);
        if !is_stored {
            if self.stored.len() as u64 + self.new >= quota.counters {
                return Err(QuotaFault::Counters);
            }
            self.new += 1;
        }
        let counter = Arc::new(SharedCounter::new(scope, name, is_stored));
        self.open.insert(name.to_owned(), Arc::clone(&counter));
        Ok(counter)
    }

    /// The database has it now.
    pub(super) fn store(&mut self, name: &str) {
        if self.stored.contains(name) {
            return;
        }
        self.stored.insert(name.to_owned());
        if let Some(counter) = self.open.get(name) {
            counter.is_stored.store(true, Ordering::Release);
            self.new = self.new.saturating_sub(1);
        }
    }

    /// Lets go of a counter that has no reserved values, when the caller is the last
    /// who has it. Others are kept: their values would be lost.
    pub(super) fn forget(&mut self, counter: &Arc<SharedCounter>) {
        let last = Arc::strong_count(counter) <= 2;
        if last && counter.is_empty() && self.open.remove(&counter.name).is_some() {
            let new = !self.stored.contains(&counter.name);
            self.new = self.new.saturating_sub(u64::from(new));
        }
    }

    #[cfg(test)]
    pub(super) fn open_now(&self) -> usize {
        self.open.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flt_03_counters_that_were_never_used_leave_nothing_behind() {
        let quota = StorageQuota {
            counters: 3,
            ..StorageQuota::default()
        };
        let mut counters = Counters::default();
        for number in 0..1000 {
            let counter = counters.open("a", &format!("c{number}"), &quota).unwrap();
            counters.forget(&counter);
        }
        assert_eq!(counters.open_now(), 0);
        let held: Vec<_> = (0..3)
            .map(|number| counters.open("a", &format!("c{number}"), &quota).unwrap())
            .collect();
        let fault = counters.open("a", "c3", &quota).err();
        assert_eq!(fault, Some(QuotaFault::Counters));
        // One that is open already is no other.
        assert!(counters.open("a", "c0", &quota).is_ok());
        counters.store("c0");
        assert_eq!(counters.open("a", "c3", &quota).err(), fault);
        counters.forget(&held[1]);
        assert!(counters.open("a", "c3", &quota).is_ok());
    }

    #[test]
    fn usage_follows_the_records() {
        let record = |revision, length| SealedRecord {
            revision,
            sealed: vec![0; length],
        };
        let mut records = Records::default();
        records.put("a", record(1, 10));
        records.put("bc", record(2, 20));
        records.put("a", record(3, 5));
        records.put("a", record(2, 500));
        assert_eq!(records.usage().records, 2);
        assert_eq!(records.usage().bytes, 6 + 22);
        records.remove("bc", 2);
        assert!(records.get("bc").is_some(), "an older deletion");
        records.remove("bc", 4);
        records.remove("a", 5);
        assert_eq!(records.usage(), Usage::default());
    }
}
