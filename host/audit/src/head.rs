//! Heads: what is kept elsewhere, so that the end of a chain can be checked.

use std::fmt;

use crate::checkpoint::Checkpoint;
use crate::hex;
use crate::key::PublicKey;

/// The last checkpoint of a chain, in short. As text it is one line:
/// `claviger-audit-head 1 EPOCH SEQ HASH KEY SIGNATURE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// How many checkpoints of the chain are before it.
    pub epoch: u64,
    /// The last record that it seals.
    pub seq: u64,
    /// Of the lines that it seals.
    pub hash: [u8; 32],
    /// The key that signed it.
    pub key: PublicKey,
    /// Of the checkpoint.
    pub signature: [u8; 64],
}

impl Head {
    /// Of this checkpoint.
    pub fn of(checkpoint: &Checkpoint) -> Self {
        let Checkpoint {
            epoch,
            seq,
            hash,
            key,
            signature,
            ..
        } = *checkpoint;
        Self {
            epoch,
            seq,
            hash,
            key,
            signature,
        }
    }

    /// Reads the text, and nothing but what [`Head`] shows itself as.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_suffix('\n').unwrap_or(text);
        let mut words = text.split(' ');
        let mut word = || words.next();
        (word()? == "claviger-audit-head" && word()? == "1").then_some(())?;
        let head = Self {
            epoch: word()?.parse().ok()?,
            seq: word()?.parse().ok()?,
            hash: hex::decode(word()?.as_bytes())?,
            key: PublicKey::parse(word()?)?,
            signature: hex::decode(word()?.as_bytes())?,
        };
        (head.to_string() == text).then_some(head)
    }
}

impl fmt::Display for Head {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            epoch, seq, key, ..
        } = self;
        let hash = hex::encode(&self.hash);
        let signature = hex::encode(&self.signature);
        write!(
            formatter,
            "claviger-audit-head 1 {epoch} {seq} {hash} {key} {signature}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_as_it_was_written_and_in_no_other_form() {
        let head = Head {
            epoch: 3,
            seq: 12_000,
            hash: [1; 32],
            key: PublicKey([2; 32]),
            signature: [3; 64],
        };
        let text = head.to_string();
        assert_eq!(Head::parse(&text), Some(head.clone()));
        assert_eq!(Head::parse(&format!("{text}\n")), Some(head));
        assert_eq!(Head::parse(&text.replace(" 3 ", " 03 ")), None);
        assert_eq!(Head::parse(&text.replace("head 1", "head 2")), None);
        assert_eq!(Head::parse(&format!("{text} more")), None);
    }
}
