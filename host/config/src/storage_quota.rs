use claviger_settings::Table;

/// `[key_store.storage_quota]`: how much of a storage each plugin of a key store may
/// use. Records and counters are those of the key store, whichever plugin made them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageQuota {
    /// Records: 1 to 10,000,000.
    pub records: u64,
    /// Of names and sealed values together, in bytes: 1 MiB to 64 GiB. They are kept
    /// in memory.
    pub bytes: u64,
    /// Counters: 1 to 10,000,000.
    pub counters: u64,
    /// Writes in a second, 1 to 10,000; ten times as many at once after a rest of ten
    /// seconds. Each 4 KiB of a value count as one more. Commands are not limited.
    pub writes_per_second: u64,
}

const MIB: u64 = 1 << 20;

/// Room for 60,000 keys that are rotated now and then.
impl Default for StorageQuota {
    fn default() -> Self {
        Self {
            records: 400_000,
            bytes: 128 * MIB,
            counters: 200_000,
            writes_per_second: 50,
        }
    }
}

impl StorageQuota {
    pub(crate) fn read(table: Table<'_>) -> Self {
        let default = Self::default();
        let many = 1..=10_000_000;
        let mib = table.integer("mib", 1..=65_536);
        let quota = Self {
            records: table
                .integer("records", many.clone())
                .unwrap_or(default.records),
            bytes: mib.map_or(default.bytes, |mib| mib.saturating_mul(MIB)),
            counters: table.integer("counters", many).unwrap_or(default.counters),
            writes_per_second: table
                .integer("writes_per_second", 1..=10_000)
                .unwrap_or(default.writes_per_second),
        };
        table.finish();
        quota
    }
}
