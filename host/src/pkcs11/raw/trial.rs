//! AES-GCM with every field of its parameters chosen by the caller, for the test of a
//! token: lengths that do not agree, no room, no vector. The buffers are longer than
//! any length that is told, so that a library which keeps to the lengths stays within
//! them, and one that does not is noticed.

use std::ptr;

use cryptoki_sys::{CK_GCM_PARAMS, CK_MECHANISM, CK_SESSION_HANDLE, CK_ULONG, CKR_OK};

use super::super::return_value::ReturnValue;
use super::{Direction, RawCalls, checked, length, there};

/// Longest vector that may be told of, in bytes.
const VECTOR: usize = 64;
/// Bytes behind the end of every buffer.
const SPARE: usize = 256;
/// What is in them before the call.
const UNTOUCHED: u8 = 0xa5;

/// The fields of the parameters.
pub(in super::super) struct GcmFields<'a> {
    pub(in super::super) mechanism: u64,
    /// `ulIvLen` in bytes; more than [`VECTOR`] is cut.
    pub(in super::super) vector_length: u64,
    /// `ulIvBits`; more than eight times [`VECTOR`] is cut.
    pub(in super::super) vector_bits: u64,
    pub(in super::super) additional_data: &'a [u8],
    pub(in super::super) tag_bits: u64,
    /// Ask for the length of the output before it is wanted.
    pub(in super::super) ask_length: bool,
}

/// What the library reads and writes.
pub(in super::super) struct Buffers {
    /// None for a null pointer.
    vector: Option<Guarded>,
    output: Guarded,
    /// The vector when the operation had begun.
    vector_begun: Vec<u8>,
    /// What the library said that the output is long.
    length: Option<u64>,
}

/// Bytes with others behind them.
struct Guarded {
    bytes: Vec<u8>,
    told: usize,
}

impl Guarded {
    fn new(content: &[u8], told: usize, room: usize) -> Self {
        let mut bytes = vec![UNTOUCHED; room.max(told).max(content.len()) + SPARE];
        bytes
            .iter_mut()
            .zip(content)
            .for_each(|(to, from)| *to = *from);
        Self { bytes, told }
    }

    fn told(&self) -> &[u8] {
        self.bytes.get(..self.told).unwrap_or_default()
    }

    fn is_overrun(&self) -> bool {
        let rest = self.bytes.get(self.told..).unwrap_or_default();
        rest.iter().any(|byte| *byte != UNTOUCHED)
    }
}

impl Buffers {
    /// For a vector, if the library is to get one, and for `room` bytes of output.
    pub(in super::super) fn new(vector: Option<&[u8]>, room: usize) -> Self {
        Self {
            vector: vector.map(|vector| Guarded::new(vector, vector.len(), VECTOR)),
            output: Guarded::new(&[], room, room),
            vector_begun: Vec::new(),
            length: None,
        }
    }

    pub(in super::super) fn vector(&self) -> &[u8] {
        self.vector.as_ref().map_or(&[], Guarded::told)
    }

    pub(in super::super) fn vector_begun(&self) -> &[u8] {
        &self.vector_begun
    }

    pub(in super::super) fn length(&self) -> Option<u64> {
        self.length
    }

    /// The first bytes of the output.
    pub(in super::super) fn output(&self, written: usize) -> &[u8] {
        let told = self.output.told();
        told.get(..written).unwrap_or(told)
    }

    /// Whether the library wrote behind what it was told of.
    pub(in super::super) fn is_overrun(&self) -> bool {
        self.output.is_overrun() || self.vector.as_ref().is_some_and(Guarded::is_overrun)
    }
}

impl RawCalls {
    /// One AES-GCM operation; how many bytes of output the library says it wrote, or
    /// the name of the function that failed.
    #[expect(unsafe_code, reason = "three calls into the vendor's library")]
    pub(in super::super) fn try_gcm(
        &self,
        direction: Direction,
        session: CK_SESSION_HANDLE,
        key: u64,
        fields: &GcmFields<'_>,
        input: &[u8],
        buffers: &mut Buffers,
    ) -> Result<usize, (&'static str, ReturnValue)> {
        let missing = |name| move |value| (name, value);
        let ((begin, begin_name), (process, process_name)) = match direction {
            Direction::Encrypt => (
                (self.list.C_EncryptInit, "C_EncryptInit"),
                (self.list.C_Encrypt, "C_Encrypt"),
            ),
            Direction::Decrypt => (
                (self.list.C_DecryptInit, "C_DecryptInit"),
                (self.list.C_Decrypt, "C_Decrypt"),
            ),
        };
        let begin = there(begin).map_err(missing(begin_name))?;
        let process = there(process).map_err(missing(process_name))?;
        let most = length(VECTOR);
        let vector = buffers.vector.as_mut();
        let mut gcm = CK_GCM_PARAMS {
            pIv: vector.map_or(ptr::null_mut(), |vector| vector.bytes.as_mut_ptr()),
            ulIvLen: fields.vector_length.min(most),
            ulIvBits: fields.vector_bits.min(most * 8),
            pAAD: fields.additional_data.as_ptr().cast_mut(),
            ulAADLen: length(fields.additional_data.len()),
            ulTagBits: fields.tag_bits,
        };
        let mut mechanism = CK_MECHANISM {
            mechanism: fields.mechanism,
            pParameter: (&raw mut gcm).cast(),
            ulParameterLen: length(size_of::<CK_GCM_PARAMS>()),
        };
        // SAFETY: mechanism, parameters, vector and additional data live until after
        // the last call, and nothing else uses them meanwhile. Whatever length of the
        // vector is told, its buffer has VECTOR bytes and more, all initialised.
        let answer = unsafe { begin(session, &raw mut mechanism, key) };
        checked(answer).map_err(missing(begin_name))?;
        buffers.vector_begun = buffers.vector().to_vec();
        let (data, count) = (input.as_ptr().cast_mut(), length(input.len()));
        if fields.ask_length {
            let mut told: CK_ULONG = 0;
            // SAFETY: a null pointer asks for the length alone, which there is room
            // for; the input is only read. The rest as above.
            let answer = unsafe { process(session, data, count, ptr::null_mut(), &raw mut told) };
            checked(answer).map_err(missing(process_name))?;
            buffers.length = Some(told);
        }
        let mut written = length(buffers.output.told);
        let output = buffers.output.bytes.as_mut_ptr();
        // SAFETY: the library writes no more than `written` says, and there is more
        // room than that; the input is only read. The rest as above.
        let answer = unsafe { process(session, data, count, output, &raw mut written) };
        match answer {
            CKR_OK => Ok(usize::try_from(written).unwrap_or(usize::MAX)),
            refused => Err((process_name, ReturnValue(refused))),
        }
    }
}
