//! What an audit log is to do.

use std::path::PathBuf;
use std::time::Duration;

/// An audit log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// Where lines go.
    pub target: Target,
    /// When a record counts as written.
    pub durability: Durability,
    /// When a file is full.
    pub rotation: Rotation,
    /// Where heads go, so that the end of the chain can be checked.
    pub heads: Vec<HeadExport>,
    /// Where each line goes as well.
    pub second: Vec<Second>,
}

/// Where lines go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Target {
    /// Standard output: a new chain for each process.
    #[default]
    Stdout,
    /// The end of a file, with its state file beside it. A pipe or a device is written
    /// as standard output is.
    File(PathBuf),
}

/// When a record counts as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// When the operating system has it: a crash of the process loses no record of a
    /// request that was answered.
    #[default]
    BeforeAnswer,
    /// When the disk has it: a power cut loses none either.
    Synced,
    /// At once. It is written within 10 ms.
    Interval,
}

/// When a file is full. Both bounds may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rotation {
    /// At so many bytes. A file may be longer by what is written in one go.
    pub size: Option<u64>,
    /// After so much time since its first checkpoint.
    pub age: Option<Duration>,
    /// So many full files are kept; the oldest are deleted. None deletes none.
    pub keep: Option<usize>,
}

/// Where heads go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeadExport {
    /// A file with the last head, replaced as a whole; on another mount, it is outside
    /// of what the log's owner can change.
    Replace(PathBuf),
    /// A file with one head a line.
    Append(PathBuf),
    /// A syslog daemon's datagram socket.
    Syslog(PathBuf),
    /// A program and its arguments. It reads the head from its standard input, gets no
    /// environment but `PATH`, and is killed after this time.
    Command {
        /// The program, with its path, and its arguments.
        argv: Vec<String>,
        /// After this time it is killed.
        limit: Duration,
    },
}

/// Where each line goes as well. These never hold up the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Second {
    /// A syslog daemon's datagram socket: `/dev/log`.
    Syslog(PathBuf),
    /// The socket of journald: `/run/systemd/journal/socket`.
    Journald(PathBuf),
}
