//! Encrypting and decrypting by a convention that is known to work.

use claviger_config::IvConvention;
use claviger_config::IvConvention::{CallerRandom, NullAppended, NullPrefixed, ZeroWriteback};

use crate::trial::{Trial, Tried};
use crate::wire::{Bytes, Direction, Failure, Gcm, GcmOutcome};

/// Bytes of the tag that AWS KMS wants.
pub(crate) const TAG: usize = 16;
/// Room for what no convention adds.
const SPARE: usize = 64;

/// A way to call AES-GCM that gave back what was encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Convention {
    /// The mechanism's number.
    pub(crate) mechanism: u64,
    /// Where the vector travels.
    pub(crate) iv: IvConvention,
    /// Its length in bytes.
    pub(crate) vector_length: usize,
}

/// What encrypting gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) vector: Vec<u8>,
    /// Ciphertext and tag.
    pub(crate) body: Vec<u8>,
}

/// An operation with the parameters of the standard: both lengths of the vector
/// agree, and the tag has 128 bits.
pub(crate) fn operation(
    direction: Direction,
    mechanism: u64,
    vector: Option<Vec<u8>>,
    additional_data: &[u8],
    input: &[u8],
) -> Gcm {
    let length = vector.as_ref().map_or(0, |vector| number(vector.len()));
    Gcm {
        direction,
        mechanism,
        vector: vector.map(Bytes),
        vector_length: length,
        vector_bits: length * 8,
        additional_data: Bytes(additional_data.to_vec()),
        tag_bits: number(TAG * 8),
        input: Bytes(input.to_vec()),
        room: input.len() + SPARE,
        ask_length: false,
    }
}

/// A length as it goes over the wire.
pub(crate) fn number(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

impl Convention {
    /// The operation that encrypts.
    pub(crate) fn to_encrypt(self, trial: &mut Trial<'_>, aad: &[u8], plaintext: &[u8]) -> Gcm {
        let vector = match self.iv {
            CallerRandom => Some(trial.next_vector(self.vector_length)),
            ZeroWriteback => Some(vec![0; self.vector_length]),
            NullPrefixed | NullAppended => None,
        };
        operation(Direction::Encrypt, self.mechanism, vector, aad, plaintext)
    }

    /// The operation that decrypts.
    pub(crate) fn to_decrypt(self, aad: &[u8], parts: &Parts) -> Gcm {
        let (vector, input) = match self.iv {
            NullPrefixed => (None, [&*parts.vector, &parts.body].concat()),
            CallerRandom | ZeroWriteback | NullAppended => {
                (Some(parts.vector.clone()), parts.body.clone())
            }
        };
        operation(Direction::Decrypt, self.mechanism, vector, aad, &input)
    }

    /// The parts of what encrypting wrote.
    pub(crate) fn parts(self, outcome: &GcmOutcome) -> Parts {
        let output = &outcome.output.0;
        let (front, back) = match self.iv {
            NullPrefixed => output.split_at(self.vector_length.min(output.len())),
            NullAppended => {
                let (body, vector) =
                    output.split_at(output.len().saturating_sub(self.vector_length));
                (vector, body)
            }
            CallerRandom | ZeroWriteback => (&*outcome.vector_after.0, &**output),
        };
        Parts {
            vector: front.to_vec(),
            body: back.to_vec(),
        }
    }

    /// Encrypts.
    pub(crate) fn encrypt(
        self,
        trial: &mut Trial<'_>,
        doing: &str,
        aad: &[u8],
        plaintext: &[u8],
    ) -> Tried<Result<Parts, Failure>> {
        let operation = self.to_encrypt(trial, aad, plaintext);
        let outcome = trial.gcm_that_works(doing, &operation)?;
        Ok(match outcome.failure {
            Some(failure) => Err(failure),
            None => Ok(self.parts(&outcome)),
        })
    }

    /// Decrypts what must decrypt.
    pub(crate) fn decrypt(
        self,
        trial: &mut Trial<'_>,
        doing: &str,
        aad: &[u8],
        parts: &Parts,
    ) -> Tried<Result<Vec<u8>, Failure>> {
        let outcome = trial.gcm_that_works(doing, &self.to_decrypt(aad, parts))?;
        Ok(match outcome.failure {
            Some(failure) => Err(failure),
            None => Ok(outcome.output.0),
        })
    }

    /// Encrypts and decrypts; what is wrong, if something is.
    pub(crate) fn round_trip(
        self,
        trial: &mut Trial<'_>,
        doing: &str,
        aad: &[u8],
        plaintext: &[u8],
    ) -> Tried<Option<String>> {
        let parts = match self.encrypt(trial, doing, aad, plaintext)? {
            Ok(parts) => parts,
            Err(failure) => return Ok(Some(failure.to_string())),
        };
        if parts.body.len() != plaintext.len() + TAG {
            return Ok(Some(format!(
                "the output is {} bytes longer than it should be",
                parts.body.len().abs_diff(plaintext.len() + TAG)
            )));
        }
        Ok(match self.decrypt(trial, doing, aad, &parts)? {
            Ok(opened) if opened == plaintext => None,
            Ok(_) => Some("what is decrypted is not what was encrypted".to_owned()),
            Err(failure) => Some(format!("its own ciphertext is refused: {failure}")),
        })
    }
}
