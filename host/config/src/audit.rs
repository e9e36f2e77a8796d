use crate::scalar;
use claviger_settings::Table;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// `[audit]`: how audit records are written, and who else is told. Where they go is
/// `log.audit`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Audit {
    /// When an answer may leave.
    pub durability: AuditDurability,
    /// A file of so many bytes is full.
    pub rotate_bytes: Option<u64>,
    /// A file is full after so much time.
    pub rotate_after: Option<Duration>,
    /// So many full files are kept; without it all are.
    pub keep_files: Option<usize>,
    /// Where the last checkpoint of the log goes, so that who can write the log cannot
    /// cut it off.
    pub heads: Vec<AuditHead>,
    /// Where records go as well.
    pub second: Vec<AuditSecond>,
}

/// When an answer may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AuditDurability {
    /// When the operating system has its record: a crash of the host loses none.
    #[default]
    BeforeAnswer,
    /// When the disk has it: a power cut loses none either.
    Synced,
    /// At once; records are written within 10 ms.
    Interval,
}

/// Where the last checkpoint goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditHead {
    /// A file that is replaced.
    Replace(PathBuf),
    /// A file that grows by a line each time.
    Append(PathBuf),
    /// The socket of a syslog daemon.
    Syslog(PathBuf),
    /// A program, which reads it from its standard input.
    Command {
        /// With its path, and its arguments.
        argv: Vec<String>,
        /// After this time it is killed.
        limit: Duration,
    },
}

/// Where records go as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditSecond {
    /// The socket of a syslog daemon.
    Syslog(PathBuf),
    /// The socket of journald.
    Journald(PathBuf),
}

impl Audit {
    pub(crate) fn read(table: Table<'_>, base: &Path) -> Self {
        let durabilities = [
            ("before-answer", AuditDurability::BeforeAnswer),
            ("synced", AuditDurability::Synced),
            ("interval", AuditDurability::Interval),
        ];
        let durability = table.choice("durability", &durabilities);
        let mebibytes = table.integer("rotate_mib", 1..=1 << 20);
        let hours = table.integer("rotate_hours", 1..=8760);
        let keep = table.integer("keep_files", 1..=100_000);
        if keep.is_some() && mebibytes.is_none() && hours.is_none() {
            table.fault(
                "keep_files",
                "no file is ever full",
                "set `rotate_mib` or `rotate_hours`, or remove it",
            );
        }
        let path = |key| scalar::path(&table, key, base);
        let heads = [
            path("head_file").map(AuditHead::Replace),
            path("head_log").map(AuditHead::Append),
            path("head_syslog").map(AuditHead::Syslog),
            head_command(&table),
        ];
        let second = [
            path("syslog").map(AuditSecond::Syslog),
            path("journald").map(AuditSecond::Journald),
        ];
        table.finish();
        Self {
            durability: durability.unwrap_or_default(),
            rotate_bytes: mebibytes.map(|mebibytes| mebibytes << 20),
            rotate_after: hours.map(|hours| Duration::from_secs(hours * 60 * 60)),
            keep_files: keep.and_then(|keep| usize::try_from(keep).ok()),
            heads: heads.into_iter().flatten().collect(),
            second: second.into_iter().flatten().collect(),
        }
    }
}

fn head_command(table: &Table<'_>) -> Option<AuditHead> {
    let seconds = table.integer("head_command_seconds", 1..=60).unwrap_or(10);
    let argv = table.texts("head_command")?;
    match argv.first() {
        Some(program) if program.starts_with('/') => {}
        _ => table.fault(
            "head_command",
            "does not begin with a program and its whole path",
            "write [\"/usr/local/bin/keep-head\", \"argument\"]; no shell reads it",
        ),
    }
    Some(AuditHead::Command {
        argv: argv.into_iter().map(str::to_owned).collect(),
        limit: Duration::from_secs(seconds),
    })
}
