//! Where audit records go, and what strangers may have of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use claviger_audit::{
    AuditLog, Condition, Durability, HeadExport, NoRoom, OpenFault, Rotation, Second, Settings,
    Target, Ticket,
};
use claviger_config::{
    Audit, AuditDurability, AuditHead, AuditSecond, AuditSink as Configured, Log,
};

use super::Act;
use crate::words::Rate;

/// How long the end of the host waits for a disk or a pipe that takes nothing.
const CLOSING: Duration = Duration::from_secs(5);

/// The audit log.
pub(crate) struct AuditSink {
    /// `None` only while it is dropped.
    log: Option<AuditLog>,
    strangers: Rate,
    lost: Arc<AtomicU64>,
}

impl AuditSink {
    /// Opens the log, and goes on with its chain. Records that it cannot write in the
    /// end are added to `lost`.
    pub(crate) fn open(
        target: &Configured,
        audit: &Audit,
        lost: Arc<AtomicU64>,
    ) -> Result<Self, OpenFault> {
        Ok(Self {
            log: Some(AuditLog::open(&settings(target, audit))?),
            // The others are counted, and the next one says how many.
            strangers: Rate::new(2000, Duration::from_millis(5)),
            lost,
        })
    }

    /// Whether another request can be recorded. Nothing is done that cannot be.
    pub(crate) fn admit(&self) -> Result<(), NoRoom> {
        self.log.as_ref().map_or(Err(NoRoom::Full), AuditLog::admit)
    }

    /// Whether a request that nobody authenticated is recorded, and how many before it
    /// were not.
    pub(crate) fn admit_stranger(&self, now: Instant) -> Option<u64> {
        if self.log.as_ref()?.has_room_for_strangers() {
            return self.strangers.admit(now);
        }
        self.strangers.withhold();
        None
    }

    /// Appends what `write` leaves in the buffer that it is given, an object of JSON in
    /// one line.
    pub(crate) fn append(&self, write: impl FnOnce(&mut Vec<u8>)) -> Option<Ticket> {
        Some(self.log.as_ref()?.append(write))
    }

    /// Appends what was done to the host.
    pub(crate) fn record(&self, act: &Act<'_>) -> Option<Ticket> {
        self.append(|buffer| act.write_to(buffer, SystemTime::now()))
    }

    /// Goes on in a new file, if somebody has renamed the log.
    pub(crate) fn reopen(&self) {
        if let Some(log) = &self.log {
            log.reopen();
        }
    }

    /// How it is doing.
    pub(crate) fn condition(&self) -> Option<Condition> {
        self.log.as_ref().map(AuditLog::state)
    }
}

impl Drop for AuditSink {
    /// Returns when every record is written, or after some seconds.
    fn drop(&mut self) {
        if let Some(log) = self.log.take() {
            let closed = log.close(Instant::now() + CLOSING);
            self.lost.fetch_add(closed.lost, Ordering::SeqCst);
        }
    }
}

/// In the words of the log's crate.
fn settings(target: &Configured, audit: &Audit) -> Settings {
    Settings {
        target: match target {
            Configured::Stdout => Target::Stdout,
            Configured::File(path) => Target::File(path.clone()),
        },
        durability: match audit.durability {
            AuditDurability::BeforeAnswer => Durability::BeforeAnswer,
            AuditDurability::Synced => Durability::Synced,
            AuditDurability::Interval => Durability::Interval,
        },
        rotation: Rotation {
            size: audit.rotate_bytes,
            age: audit.rotate_after,
            keep: audit.keep_files,
        },
        heads: audit.heads.iter().map(head).collect(),
        second: audit.second.iter().map(second).collect(),
    }
}

fn head(head: &AuditHead) -> HeadExport {
    match head {
        AuditHead::Replace(path) => HeadExport::Replace(path.clone()),
        AuditHead::Append(path) => HeadExport::Append(path.clone()),
        AuditHead::Syslog(path) => HeadExport::Syslog(path.clone()),
        AuditHead::Command { argv, limit } => HeadExport::Command {
            argv: argv.clone(),
            limit: *limit,
        },
    }
}

fn second(second: &AuditSecond) -> Second {
    match second {
        AuditSecond::Syslog(path) => Second::Syslog(path.clone()),
        AuditSecond::Journald(path) => Second::Journald(path.clone()),
    }
}

/// The settings of an audit log that stay until it is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AuditPlace {
    target: Configured,
    audit: Audit,
}

impl AuditPlace {
    pub(crate) fn of(log: &Log, audit: &Audit) -> Self {
        Self {
            target: log.audit.clone(),
            audit: audit.clone(),
        }
    }

    /// Whether both are the same file, however it is written.
    pub(crate) fn is_file_of(&self, other: &Self) -> bool {
        self.target == other.target
    }

    pub(crate) fn open(&self, lost: Arc<AtomicU64>) -> Result<AuditSink, OpenFault> {
        AuditSink::open(&self.target, &self.audit, lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: std::path::PathBuf) -> AuditSink {
        let target = Configured::File(path);
        AuditSink::open(&target, &Audit::default(), Arc::default()).unwrap()
    }

    #[test]
    fn xks_118_strangers_records_are_bounded_and_those_withheld_are_counted() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("audit.jsonl");
        let sink = file(path.clone());
        let now = Instant::now();
        let record = |now| {
            if let Some(withheld) = sink.admit_stranger(now) {
                let line = format!("{{\"withheld\":{withheld}}}");
                sink.append(|buffer| buffer.extend_from_slice(line.as_bytes()));
            }
        };
        (0..5000).for_each(|_| record(now));
        record(now + Duration::from_millis(5));
        drop(sink);
        let written = std::fs::read_to_string(&path).unwrap();
        let records: Vec<_> = written
            .lines()
            .filter(|it| it.contains("withheld"))
            .collect();
        assert_eq!(records.len(), 2001);
        assert!(records.last().unwrap().starts_with("{\"withheld\":3000,"));
    }

    #[test]
    fn flt_37_what_could_not_be_written_is_counted_at_the_end() {
        let lost = Arc::<AtomicU64>::default();
        let target = Configured::File("/dev/full".into());
        let sink = AuditSink::open(&target, &Audit::default(), Arc::clone(&lost)).unwrap();
        sink.append(|buffer| buffer.extend_from_slice(b"{\"a\":1}"));
        drop(sink);
        assert_eq!(lost.load(Ordering::SeqCst), 1);
    }
}
