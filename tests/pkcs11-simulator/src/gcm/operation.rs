//! One encryption or decryption, from its first call to its last.

use cryptoki_sys::{
    CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CKR_DATA_LEN_RANGE, CKR_ENCRYPTED_DATA_LEN_RANGE,
};

use super::Direction;
use super::manner::{IV, LUNA_IV, Place};
use super::parameters::Parameters;
use super::transform::{Transform, random};
use crate::codes::Answer;
use crate::memory::{Output, Wish, length};
use crate::module::Module;
use crate::sessions::State;
use crate::settings::{Convention, IvWritten, Settings};
use crate::throttle::Throttle;

/// The longest plaintext of CloudHSM.
const CLOUDHSM_LONGEST: usize = 16_224;

/// What was begun and waits for its data.
pub(crate) struct Operation {
    key: CK_OBJECT_HANDLE,
    parameters: Parameters,
    place: Place,
    /// Empty while it is still in the data.
    iv: Vec<u8>,
}

impl Operation {
    /// Begins an operation: makes the IV if the HSM is to make it.
    ///
    /// PKCS#11 lets a caller drop the parameters after `C_EncryptInit`, so that
    /// is when the IV is written, unless the settings ask for the later moment
    /// that AWS's text allows too.
    pub(super) fn new(
        module: &Module,
        settings: &Settings,
        session: CK_SESSION_HANDLE,
        key: CK_OBJECT_HANDLE,
        parameters: Parameters,
        place: Place,
        direction: Direction,
    ) -> Answer<Self> {
        let iv = match (place, direction) {
            (Place::Given, _) => parameters.iv.clone().unwrap_or_default(),
            (Place::WrittenBack, _) | (Place::First, Direction::Encrypt) => {
                random(module, session, IV)?
            }
            (Place::Last, _) => random(module, session, LUNA_IV)?,
            (Place::First, Direction::Decrypt) => Vec::new(),
        };
        if place == Place::WrittenBack && settings.iv_written == IvWritten::Init {
            // SAFETY: we are in the call that gave the buffer, and `place` has
            // seen 12 bytes in it.
            unsafe { parameters.iv_buffer.write(&iv) };
        }
        Ok(Self {
            key,
            parameters,
            place,
            iv,
        })
    }

    /// The bytes that encrypting or decrypting so many gives.
    fn output_length(
        &self,
        settings: &Settings,
        direction: Direction,
        data: usize,
    ) -> Answer<usize> {
        let beside = length(self.parameters.tag_bits) / 8
            + match self.place {
                Place::Given | Place::WrittenBack => 0,
                Place::First => IV,
                Place::Last => LUNA_IV,
            };
        let (plaintext, output, fault) = match direction {
            Direction::Encrypt => (Some(data), data.checked_add(beside), CKR_DATA_LEN_RANGE),
            Direction::Decrypt => {
                let plaintext = data.checked_sub(beside);
                (plaintext, plaintext, CKR_ENCRYPTED_DATA_LEN_RANGE)
            }
        };
        let is_short_enough = settings.convention != Convention::CloudHsm
            || plaintext.is_some_and(|plaintext| plaintext <= CLOUDHSM_LONGEST);
        output.filter(|_| is_short_enough).ok_or(fault)
    }

    /// Has the module do it.
    fn run(
        mut self,
        module: &Module,
        settings: &Settings,
        session: CK_SESSION_HANDLE,
        direction: Direction,
        data: &[u8],
    ) -> Answer<Vec<u8>> {
        let mut data = data;
        if self.place == Place::First && direction == Direction::Decrypt {
            let (iv, rest) = data
                .split_at_checked(IV)
                .ok_or(CKR_ENCRYPTED_DATA_LEN_RANGE)?;
            self.iv = iv.to_vec();
            data = rest;
        }
        let transform = Transform {
            module,
            session,
            key: self.key,
            iv: &self.iv,
            aad: &self.parameters.aad,
            tag_bits: self.parameters.tag_bits,
        };
        if direction == Direction::Decrypt {
            return transform.decrypt(settings, data);
        }
        let sealed = transform.encrypt(data)?;
        if self.place == Place::WrittenBack && settings.iv_written == IvWritten::Encrypt {
            // SAFETY: HSMs that write this late ask of their callers, and the
            // test that chose the setting asks of its client, that the buffer
            // outlives `C_Encrypt`.
            unsafe { self.parameters.iv_buffer.write(&self.iv) };
        }
        Ok(match self.place {
            Place::Given | Place::WrittenBack => sealed,
            Place::First => [self.iv, sealed].concat(),
            Place::Last => [sealed, self.iv].concat(),
        })
    }
}

/// `C_Encrypt` or `C_Decrypt` on what [`begin`](super::begin) began; none when
/// it began nothing. The operation stays open while the client asks for the
/// length, and is over otherwise.
pub(crate) fn finish(
    module: &Module,
    settings: &Settings,
    throttle: &Throttle,
    state: &mut State,
    direction: Direction,
    data: &[u8],
    output: &Output,
) -> Option<Answer> {
    let operation = state.operation(direction).take()?;
    let needed = match operation.output_length(settings, direction, data.len()) {
        Ok(needed) => needed,
        Err(fault) => return Some(Err(fault)),
    };
    match output.offer(needed) {
        Ok(Wish::Bytes) => {}
        other => {
            *state.operation(direction) = Some(operation);
            return Some(other.map(drop));
        }
    }
    let written = throttle
        .admit(settings)
        .and_then(|()| operation.run(module, settings, state.real, direction, data))
        .and_then(|bytes| output.write(&bytes));
    Some(written)
}
