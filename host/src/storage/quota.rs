//! How much of a storage one plugin of one key store may use.

use std::time::{Duration, Instant};

use claviger_config::StorageQuota;
use thiserror::Error;

/// A write of this many bytes more counts as one write more.
const BYTES_PER_WRITE: u64 = 4 << 10;
/// Seconds' worth of writes that may be saved up.
const SAVED_UP: u64 = 10;

/// Which limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum QuotaFault {
    /// `storage_quota.records`.
    #[error("the key store has as many records as `storage_quota.records` allows")]
    Records,
    /// `storage_quota.mib`.
    #[error("the key store's records are as large as `storage_quota.mib` allows")]
    Bytes,
    /// `storage_quota.counters`.
    #[error("the key store has as many counters as `storage_quota.counters` allows")]
    Counters,
    /// `storage_quota.writes_per_second`.
    #[error("the plugin writes more often than `storage_quota.writes_per_second` allows")]
    Rate,
}

/// What the records of a key store take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) records: u64,
    /// Of names and sealed values.
    pub(super) bytes: u64,
}

impl Usage {
    /// Whether a record may grow from `before` bytes to `after`; a new one had none.
    pub(super) fn admit(
        self,
        quota: &StorageQuota,
        before: Option<u64>,
        after: u64,
    ) -> Result<(), QuotaFault> {
        if before.is_none() && self.records >= quota.records {
            return Err(QuotaFault::Records);
        }
        let grows = after > before.unwrap_or_default();
        let bytes = self.bytes.saturating_sub(before.unwrap_or_default());
        if grows && bytes.saturating_add(after) > quota.bytes {
            return Err(QuotaFault::Bytes);
        }
        Ok(())
    }
}

/// Writes that may be made now: a token bucket.
#[derive(Debug)]
pub(super) struct Rate {
    per_second: u64,
    /// Thousandths of a write.
    left: u64,
    at: Instant,
}

impl Rate {
    pub(super) fn new(per_second: u64, now: Instant) -> Self {
        Self {
            per_second,
            left: Self::most(per_second),
            at: now,
        }
    }

    fn most(per_second: u64) -> u64 {
        per_second.saturating_mul(SAVED_UP * 1000)
    }

    /// Pays for a write of this many bytes.
    pub(super) fn pay(&mut self, bytes: u64, now: Instant) -> Result<(), QuotaFault> {
        let passed = now.saturating_duration_since(self.at);
        let earned = u64::try_from(passed.as_millis())
            .unwrap_or(u64::MAX)
            .saturating_mul(self.per_second);
        if earned > 0 {
            self.left = self
                .left
                .saturating_add(earned)
                .min(Self::most(self.per_second));
            self.at += Duration::from_millis(u64::try_from(passed.as_millis()).unwrap_or_default());
        }
        let cost = (1 + bytes / BYTES_PER_WRITE) * 1000;
        self.left = self.left.checked_sub(cost).ok_or(QuotaFault::Rate)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flt_04_writes_are_paid_for_by_their_size() {
        let start = Instant::now();
        let mut rate = Rate::new(10, start);
        let paid = (0..1000).filter(|_| rate.pay(0, start).is_ok()).count();
        assert_eq!(paid, 100);
        let later = start + Duration::from_secs(1);
        let paid = (0..1000).filter(|_| rate.pay(4096, later).is_ok()).count();
        assert_eq!(paid, 5);
        let much_later = start + Duration::from_hours(1);
        let paid = (0..1000)
            .filter(|_| rate.pay(0, much_later).is_ok())
            .count();
        assert_eq!(paid, 100);
    }

    #[test]
    fn flt_04_records_and_their_bytes_are_bounded() {
        let quota = StorageQuota {
            records: 2,
            bytes: 100,
            ..StorageQuota::default()
        };
        let usage = Usage {
            records: 2,
            bytes: 90,
        };
        assert_eq!(usage.admit(&quota, None, 1), Err(QuotaFault::Records));
        assert_eq!(usage.admit(&quota, Some(10), 20), Ok(()));
        assert_eq!(usage.admit(&quota, Some(10), 21), Err(QuotaFault::Bytes));
        // What is there already may become smaller, whatever the quota is now.
        let usage = Usage {
            records: 9,
            bytes: 900,
        };
        assert_eq!(usage.admit(&quota, Some(10), 9), Ok(()));
    }
}
