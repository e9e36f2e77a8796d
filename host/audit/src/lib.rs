//! An append-only audit log: records are appended by requests, written by one thread,
//! chained, sealed by signed checkpoints and verified.
//!
//! # The format, version 1
//!
//! A log is one or more files of lines. Each line is one object of JSON, and ends with
//! one line feed. There are two kinds.
//!
//! A **record** is what a caller appends, with `"seq":N` as its last member. The numbers
//! begin with 1 and have no gap, across files and processes, as long as the chain does
//! not begin anew.
//!
//! A **checkpoint** begins with `{"audit":"checkpoint",` and has these members, in this
//! order and without white space:
//!
//! | member | what it is |
//! |---|---|
//! | `audit` | `"checkpoint"` |
//! | `v` | 1: the version of this format |
//! | `time` | when it was made, RFC 3339 in UTC with microseconds |
//! | `reason` | `begun`: the first of a chain; `opened`: the first of a process; `sealed`; `rotated`: the last of a file; `continued`: the first of a file; `closed`: the last of a process |
//! | `after` | with `begun`: `nothing`, or why a chain begins where there was one: `no-state`, `bad-state`. With `opened`, how the last process left the log: `closed`, `crash`, `missing` (its last checkpoint is in no file), `altered` (there are lines that no process writes) |
//! | `found`, `unfinished`, `at` | with `opened`: records after the last checkpoint; whether the line before is one that was never finished; where in the file this line begins, in bytes |
//! | `seq` | the number of the last record before it |
//! | `lost` | records since the last checkpoint that could not be kept |
//! | `epoch` | how many checkpoints of the chain are before it |
//! | `hash` | SHA-256 in hexadecimal digits, see below |
//! | `key` | the Ed25519 public key that signed it |
//! | `next` | the key that will sign the next checkpoint |
//! | `signature` | of `claviger audit, a checkpoint, version 1`, a line feed, and the line up to `,"signature"` |
//!
//! `hash` is made of the 32 bytes of the last checkpoint's hash and the exact bytes of
//! all lines from the last checkpoint on, that one included and this one not. For the
//! first checkpoint of a chain it is made of 32 bytes of zero.
//!
//! Records are sealed after a second, or when there are 4096 of them.
//!
//! # Keys
//!
//! A key signs one checkpoint. The next one follows from it: its seed is the SHA-256 of
//! `claviger audit, the next key, version 1`, a line feed, and the seed. The old one is
//! wiped. So who takes the key can go on with the chain, but not rewrite what was
//! sealed before. There is one key for each checkpoint, and not for several, because
//! making one takes some tens of microseconds, no more than signing.
//!
//! The seed of the next key is in the **state file** beside the log (`.state`), with the
//! last checkpoint and its place. It is replaced, after the log was synced, by a thread
//! that no record waits for. A process that begins reads on from there: because each
//! key follows from the one before, it finds every checkpoint that is newer than the
//! state file. The file that is stolen may thus be older than the log by what the disk
//! was slow; what was sealed since then can be rewritten by the thief. The file system
//! does not overwrite the blocks of a file that is replaced: keep the log on an
//! encrypted disk if somebody can take the disk away.
//!
//! Standard output, pipes and devices have no state file. Each process begins a chain.
//!
//! # What is found
//!
//! [`verify`] says what it finds, and what it cannot find without a **head** that was
//! kept elsewhere: the last checkpoint in one short line, handed out by
//! [`HeadExport`]. A backup of the log alone is no proof: keep heads where who can write
//! the log cannot write.
//!
//! # Files
//!
//! A full file is renamed to `audit.jsonl.20261129T015500Z-000000004096`: the time, and
//! the last record in it. Files that others rename are found by what they say, and not
//! by their names, if these begin with that of the log and the files are in the same
//! folder. Compressed files are not read, and a log must not be emptied in place
//! (`copytruncate`). One process writes a log at a time; a lock on the file sees to it.
//!
//! # Failures
//!
//! 16 MiB of records may wait, and a quarter more of those of refused requests. What is
//! more is not kept, and counted in the next checkpoint. While nothing can be written,
//! [`Ticket::written`] and [`AuditLog::admit`] fail, [`AuditLog::state`] says why, and
//! the log of the process has one line at the beginning and one at the end. A record
//! whose ticket has failed may be written later: the log may have an answer that was
//! never sent, and never lacks one that was.
//! [`AuditLog::close`] ends in time also if the target never takes anything.

mod chain;
mod checkpoint;
mod condition;
mod datagram;
mod export;
mod files;
mod head;
mod hex;
mod journal;
mod keeper;
mod key;
mod line;
mod lines;
mod log;
mod output;
mod queue;
mod recover;
mod second;
mod settings;
mod slot;
mod state;
#[cfg(test)]
#[expect(
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    reason = "a test says which numbers it has drawn"
)]
mod tests;
mod ticket;
pub mod verify;
mod writer;

pub use checkpoint::{After, Before, Checkpoint, Opening, Reason};
pub use condition::{Condition, Failure};
pub use head::Head;
pub use key::PublicKey;
pub use log::{AuditLog, Closed, NoRoom, OpenFault};
pub use settings::{Durability, HeadExport, Rotation, Second, Settings, Target};
pub use ticket::{NotWritten, Ticket};
