//! What a storage says of all its rows: one sealed row, written with every change.
//!
//! It holds the exclusive or of a secret digest for each row that exists. A change
//! takes the row's old digest out and puts the new one in, so it costs the same
//! however many rows there are; and no choice of old and new rows has the same sum,
//! for whoever does not know the digests. The whole file put back is consistent in
//! itself: only a host that has seen a newer one notices.

/// Of one row; a secret outside the sum.
pub(super) struct RowDigest(pub(super) [u8; 32]);

/// The sum of the digests of all rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rows([u8; 32]);

impl Rows {
    /// Puts a row in, or takes it out.
    pub(super) fn toggle(&mut self, row: &RowDigest) {
        for (sum, byte) in self.0.iter_mut().zip(row.0) {
            *sum ^= byte;
        }
    }
}

/// The sealed row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// The revision of the last change of a record.
    pub(super) revision: u64,
    /// Traces of deleted records up to this revision may have been removed: who has
    /// seen less reads everything again.
    pub(super) forgotten: u64,
    pub(super) rows: Rows,
}

impl Head {
    pub(super) fn to_bytes(self) -> Vec<u8> {
        let numbers = [self.revision, self.forgotten].map(u64::to_be_bytes);
        [&numbers.concat(), &self.rows.0[..]].concat()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (revision, rest) = bytes.split_first_chunk()?;
        let (forgotten, rest) = rest.split_first_chunk()?;
        Some(Self {
            revision: u64::from_be_bytes(*revision),
            forgotten: u64::from_be_bytes(*forgotten),
            rows: Rows(rest.try_into().ok()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_as_it_was_written() {
        let mut head = Head {
            revision: 0x0102,
            forgotten: 7,
            rows: Rows::default(),
        };
        head.rows.toggle(&RowDigest([3; 32]));
        assert_eq!(Head::from_bytes(&head.to_bytes()), Some(head));
        assert_eq!(Head::from_bytes(&[0; 47]), None);
        assert_eq!(Head::from_bytes(&[0; 49]), None);
        head.rows.toggle(&RowDigest([3; 32]));
        assert_eq!(head.rows, Rows::default());
    }
}
