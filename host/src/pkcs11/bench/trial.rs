//! One AES-GCM operation, field by field.

use claviger_token_test::wire::{Answer, Bytes, Direction as Way, Gcm, GcmOutcome};

use super::super::raw::{Buffers, Direction, GcmFields};
use super::{Bench, Done, at, entered};

/// The longest input, and the most room for an output, in bytes: four times what is
/// asked for.
const LONGEST: usize = 256 * 1024;

impl Bench {
    pub(super) fn try_gcm(&mut self, gcm: &Gcm) -> Done<Answer> {
        let library = self.library()?;
        let inside = entered(&library)?;
        let raw = inside.raw;
        let (session, key) = (self.work(raw)?, self.key_object()?);
        let direction = match gcm.direction {
            Way::Encrypt => Direction::Encrypt,
            Way::Decrypt => Direction::Decrypt,
        };
        let fields = GcmFields {
            mechanism: gcm.mechanism,
            vector_length: gcm.vector_length,
            vector_bits: gcm.vector_bits,
            additional_data: &gcm.additional_data.0,
            tag_bits: gcm.tag_bits,
            ask_length: gcm.ask_length,
        };
        let vector = gcm.vector.as_ref().map(|vector| &*vector.0);
        let mut buffers = Buffers::new(vector, gcm.room.min(LONGEST));
        let done = raw.try_gcm(direction, session, key, &fields, &gcm.input.0, &mut buffers);
        if done.is_err() {
            self.close_work(raw);
        }
        let (failure, written) = match done {
            Ok(written) => (None, written),
            Err((function, value)) => (Some(at(function)(value)), 0),
        };
        let bytes = |bytes: &[u8]| Bytes(bytes.to_vec());
        Ok(Answer::Gcm(GcmOutcome {
            failure,
            length: buffers.length(),
            vector_begun: bytes(buffers.vector_begun()),
            vector_after: bytes(buffers.vector()),
            overrun: buffers.is_overrun(),
            output: bytes(buffers.output(written)),
        }))
    }
}
