//! Checkpoints: lines of the log that seal the lines before them.

use std::fmt::Write as _;
use std::time::SystemTime;

use crate::hex;
use crate::key::{KeyFault, PublicKey, SigningKey};

/// How every checkpoint begins, and no record.
pub(crate) const BEGIN: &[u8] = b"{\"audit\":\"checkpoint\",";
const SIGNATURE: &[u8] = b",\"signature\":\"";

/// What a checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// When it was made, by the machine's clock, in microseconds.
    pub time: SystemTime,
    /// Why it was made.
    pub reason: Reason,
    /// The last record before it, counted from 1. Checkpoints have no number.
    pub seq: u64,
    /// Records since the last checkpoint that are in no file: the target took nothing
    /// and memory was full.
    pub lost: u64,
    /// How many checkpoints of the chain are before it.
    pub epoch: u64,
    /// SHA-256 of the hash of the last checkpoint and of all lines since, that of the
    /// last checkpoint being the first of them.
    pub hash: [u8; 32],
    /// The key that signed it.
    pub key: PublicKey,
    /// The key that will sign the next one.
    pub next: PublicKey,
    /// Of everything before.
    pub signature: [u8; 64],
}

/// Why a checkpoint was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It is the first of a chain.
    Begun(Before),
    /// A process goes on with the chain of another one.
    Opened(Opening),
    /// Records waited to be sealed.
    Sealed,
    /// It is the last of its file.
    Rotated,
    /// It is the first of its file.
    Continued,
    /// The process ended in an orderly way.
    Closed,
}

/// What a new chain found at its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// Neither a log nor a state file, or a target that keeps neither.
    Nothing,
    /// Lines in the log, and no state file.
    NoState,
    /// A state file that cannot be understood.
    BadState,
}

/// How a chain goes on in a new process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// How the last process left it.
    pub after: After,
    /// Records after the last checkpoint. This one is the first to seal them: who had
    /// access to the log before this process began can have changed them.
    pub found: u64,
    /// The last line before this one was never finished, and is no record.
    pub unfinished: bool,
    /// Where in its file this line begins, in bytes.
    pub at: u64,
}

/// How a process left its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// In order.
    Closed,
    /// It ended in the middle of its work.
    Crash,
    /// No file has the last checkpoint of the state file.
    Missing,
    /// What the files have after it is not what a process writes.
    Altered,
}

const BEFORE: [(&str, Before); 3] = [
    ("nothing", Before::Nothing),
    ("no-state", Before::NoState),
    ("bad-state", Before::BadState),
];
const AFTER: [(&str, After); 4] = [
    ("closed", After::Closed),
    ("crash", After::Crash),
    ("missing", After::Missing),
    ("altered", After::Altered),
];
const REASON: [(&str, Reason); 4] = [
    ("sealed", Reason::Sealed),
    ("rotated", Reason::Rotated),
    ("continued", Reason::Continued),
    ("closed", Reason::Closed),
];

fn name<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> &'static str {
    let pair = names.iter().find(|(_, it)| it == value);
    pair.map_or("", |(name, _)| name)
}

fn value<T: Copy>(names: &[(&'static str, T)], name: &str) -> Option<T> {
    let pair = names.iter().find(|(known, _)| *known == name);
    pair.map(|(_, value)| *value)
}

impl Checkpoint {
    /// Its line, without the end of the line. The signature is made here.
    pub(crate) fn sign(mut self, key: &SigningKey) -> Result<(Self, Vec<u8>), KeyFault> {
        self.key = key.public();
        self.signature = key.sign(&self.signed())?;
        let line = self.line();
        Ok((self, line))
    }

    /// Reads a line without its end. Only what [`Checkpoint::line`] writes is read; the
    /// signature is not judged.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(line).ok()?;
        let mut rest = text.strip_prefix("{\"audit\":\"checkpoint\",\"v\":1,\"time\":\"")?;
        let time = humantime::parse_rfc3339(until(&mut rest, "\",\"reason\":\"")?).ok()?;
        let reason = Reason::read(&mut rest)?;
        rest = rest.strip_prefix(",\"seq\":")?;
        let seq = until(&mut rest, ",\"lost\":")?.parse().ok()?;
        let lost = until(&mut rest, ",\"epoch\":")?.parse().ok()?;
        let epoch = until(&mut rest, ",\"hash\":\"")?.parse().ok()?;
        let hash = hex::decode(until(&mut rest, "\",\"key\":\"")?.as_bytes())?;
        let key = PublicKey::parse(until(&mut rest, "\",\"next\":\"")?)?;
        let next = PublicKey::parse(until(&mut rest, "\",\"signature\":\"")?)?;
        let signature = hex::decode(rest.strip_suffix("\"}")?.as_bytes())?;
        let checkpoint = Self {
            time,
            reason,
            seq,
            lost,
            epoch,
            hash,
            key,
            next,
            signature,
        };
        // One form only: nothing can be changed in a line without changing its meaning.
        (checkpoint.line() == line).then_some(checkpoint)
    }

    /// Whether the key that it names has signed it.
    pub fn is_signed(&self) -> bool {
        self.key.has_signed(&self.signed(), &self.signature)
    }

    /// As it is written, without the end of the line.
    pub fn line(&self) -> Vec<u8> {
        let mut line = self.signed();
        line.extend_from_slice(SIGNATURE);
        hex::encode_into(&mut line, &self.signature);
        line.extend_from_slice(b"\"}");
        line
    }

    /// The bytes that the signature is made of: the line up to the signature.
    fn signed(&self) -> Vec<u8> {
        let mut text = String::with_capacity(640);
        let time = humantime::format_rfc3339_micros(self.time);
        let reason = self.reason.text();
        let Self {
            seq, lost, epoch, ..
        } = self;
        let hash = hex::encode(&self.hash);
        let Self { key, next, .. } = self;
        let written = write!(
            text,
            "{{\"audit\":\"checkpoint\",\"v\":1,\"time\":\"{time}\",{reason},\"seq\":{seq},\
             \"lost\":{lost},\"epoch\":{epoch},\"hash\":\"{hash}\",\"key\":\"{key}\",\"next\":\"{next}\""
        );
        debug_assert!(written.is_ok(), "memory takes every text");
        text.into_bytes()
    }
}

impl Reason {
    fn text(&self) -> String {
        match self {
            Self::Begun(before) => {
                let before = name(&BEFORE, before);
                format!("\"reason\":\"begun\",\"after\":\"{before}\"")
            }
            Self::Opened(opening) => {
                let after = name(&AFTER, &opening.after);
                let Opening {
                    found,
                    unfinished,
                    at,
                    ..
                } = opening;
                format!(
                    "\"reason\":\"opened\",\"after\":\"{after}\",\"found\":{found},\
                     \"unfinished\":{unfinished},\"at\":{at}"
                )
            }
            other => format!("\"reason\":\"{}\"", name(&REASON, other)),
        }
    }

    fn read(rest: &mut &str) -> Option<Self> {
        match until(rest, "\"")? {
            "begun" => {
                *rest = rest.strip_prefix(",\"after\":\"")?;
                value(&BEFORE, until(rest, "\"")?).map(Self::Begun)
            }
            "opened" => {
                *rest = rest.strip_prefix(",\"after\":\"")?;
                let after = value(&AFTER, until(rest, "\",\"found\":")?)?;
                let found = until(rest, ",\"unfinished\":")?.parse().ok()?;
                let unfinished = until(rest, ",\"at\":")? == "true";
                let end = rest.find(|c: char| !c.is_ascii_digit())?;
                let at = rest.get(..end)?.parse().ok()?;
                *rest = rest.get(end..)?;
                Some(Self::Opened(Opening {
                    after,
                    found,
                    unfinished,
                    at,
                }))
            }
            other => value(&REASON, other),
        }
    }
}

/// What is before the next `end`, which is skipped.
fn until<'t>(rest: &mut &'t str, end: &str) -> Option<&'t str> {
    let (before, after) = rest.split_once(end)?;
    *rest = after;
    Some(before)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn checkpoint(reason: Reason) -> (Checkpoint, Vec<u8>) {
        let key = SigningKey::random().unwrap();
        let checkpoint = Checkpoint {
            time: SystemTime::UNIX_EPOCH + Duration::from_micros(1_800_000_000_123_456),
            reason,
            seq: 4096,
            lost: 1,
            epoch: 12,
            hash: [0xab; 32],
            key: key.public(),
            next: key.next().unwrap().public(),
            signature: [0; 64],
        };
        checkpoint.sign(&key).unwrap()
    }

    fn every_reason() -> Vec<Reason> {
        let opened = AFTER.iter().map(|(_, after)| {
            Reason::Opened(Opening {
                after: *after,
                found: 17,
                unfinished: *after == After::Crash,
                at: 4711,
            })
        });
        let begun = BEFORE.iter().map(|(_, before)| Reason::Begun(*before));
        let others = REASON.iter().map(|(_, reason)| *reason);
        opened.chain(begun).chain(others).collect()
    }

    #[test]
    fn a_checkpoint_is_json_and_read_as_it_was_written() {
        for reason in every_reason() {
            let (checkpoint, line) = checkpoint(reason);
            assert!(line.starts_with(BEGIN));
            assert_eq!(Checkpoint::parse(&line), Some(checkpoint.clone()));
            assert!(checkpoint.is_signed());
            let json: serde_json::Value = serde_json::from_slice(&line).unwrap();
            assert_eq!(json["v"], 1);
            assert_eq!(json["seq"], 4096);
        }
    }

    #[test]
    fn flt_39_no_byte_of_a_checkpoint_can_be_changed() {
        let (_, line) = checkpoint(every_reason()[0]);
        for at in 0..line.len() {
            for bit in [1, 0x20] {
                let mut changed = line.clone();
                changed[at] ^= bit;
                let read = Checkpoint::parse(&changed);
                assert!(!read.is_some_and(|read| read.is_signed()), "byte {at}");
            }
        }
    }
}
