//! The chain as the writer holds it: what the next checkpoint will say.
//!
//! It reads no clock and touches no file.

use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{Context, SHA256};

use crate::checkpoint::{Checkpoint, Reason};
use crate::key::{KeyFault, PublicKey, SigningKey};

/// A hash over lines, begun with the hash of a checkpoint.
#[derive(Clone)]
pub(crate) struct Running(Context);

impl Running {
    /// Of the first checkpoint of a chain.
    pub(crate) fn begin() -> Self {
        let mut context = Context::new(&SHA256);
        context.update(&[0; 32]);
        Self(context)
    }

    /// After this checkpoint.
    pub(crate) fn after(checkpoint: &Checkpoint) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(&checkpoint.hash);
        context.update(&checkpoint.line());
        context.update(b"\n");
        Self(context)
    }

    /// More bytes of lines, with the ends of lines.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn hash(&self) -> [u8; 32] {
        let mut hash = [0; 32];
        hash.copy_from_slice(self.0.clone().finish().as_ref());
        hash
    }
}

/// A chain, ready for more lines.
pub(crate) struct Chain {
    key: SigningKey,
    epoch: u64,
    running: Running,
    seq: u64,
    /// Records since the last checkpoint.
    unsealed: u64,
    last: Option<Checkpoint>,
}

impl Chain {
    /// A new one, with a random key.
    pub(crate) fn begin() -> Result<Self, KeyFault> {
        Ok(Self {
            key: SigningKey::random()?,
            epoch: 0,
            running: Running::begin(),
            seq: 0,
            unsealed: 0,
            last: None,
        })
    }

    /// After this checkpoint, which announced this key.
    pub(crate) fn resume(key: SigningKey, last: Checkpoint) -> Self {
        Self {
            key,
            epoch: last.epoch + 1,
            running: Running::after(&last),
            seq: last.seq,
            unsealed: 0,
            last: Some(last),
        }
    }

    /// Lines with their ends; so many of them are records.
    pub(crate) fn lines(&mut self, lines: &[u8], records: u64) {
        self.running.update(lines);
        self.seq += records;
        self.unsealed += records;
    }

    /// Makes a checkpoint, and the key of the next one. The key that signed is gone.
    pub(crate) fn seal(
        &mut self,
        reason: Reason,
        time: SystemTime,
        lost: u64,
    ) -> Result<Vec<u8>, KeyFault> {
        let next = self.key.next()?;
        // As precise as it is written, so that it is the same when it is read.
        let since = time
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let since = Duration::new(since.as_secs(), since.subsec_micros() * 1000);
        let (checkpoint, line) = Checkpoint {
            time: SystemTime::UNIX_EPOCH + since,
            reason,
            seq: self.seq,
            lost,
            epoch: self.epoch,
            hash: self.running.hash(),
            key: self.key.public(),
            next: next.public(),
            signature: [0; 64],
        }
        .sign(&self.key)?;
        *self = Self::resume(next, checkpoint);
        Ok(line)
    }

    /// Goes on after a checkpoint that an earlier process has written, if it is one of
    /// this chain and seals exactly the lines so far.
    pub(crate) fn accept(&mut self, found: &Checkpoint) -> Result<bool, KeyFault> {
        let next = self.key.next()?;
        let fits = found.epoch == self.epoch
            && found.key == self.key.public()
            && found.next == next.public()
            && found.seq == self.seq
            && found.hash == self.running.hash()
            && found.is_signed();
        if fits {
            *self = Self::resume(next, found.clone());
        }
        Ok(fits)
    }

    pub(crate) fn seq(&self) -> u64 {
        self.seq
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(crate) fn key(&self) -> &SigningKey {
        &self.key
    }

    pub(crate) fn public(&self) -> PublicKey {
        self.key.public()
    }

    pub(crate) fn unsealed(&self) -> u64 {
        self.unsealed
    }

    pub(crate) fn last(&self) -> Option<&Checkpoint> {
        self.last.as_ref()
    }
}
