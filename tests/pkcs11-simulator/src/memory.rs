//! What the client's pointers lead to. Reading and writing there is `unsafe`
//! once, in here, under one promise of the client: PKCS#11's rules on
//! arguments, which hold until its call returns.

use std::slice;

use cryptoki_sys::{CK_BYTE, CK_ULONG, CKR_ARGUMENTS_BAD, CKR_BUFFER_TOO_SMALL};

use crate::codes::Answer;

/// A length of the client's. One that does not fit an address space is
/// refused by whoever looks at it.
pub(crate) fn length(length: CK_ULONG) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

/// A length for the client.
pub(crate) fn ulong(length: usize) -> CK_ULONG {
    CK_ULONG::try_from(length).unwrap_or(CK_ULONG::MAX)
}

/// The bytes at `start`.
///
/// # Safety
///
/// `start` is null or leads to `count` bytes that stay as they are while the
/// result lives.
pub(crate) unsafe fn bytes<'a>(start: *const CK_BYTE, count: CK_ULONG) -> Answer<&'a [u8]> {
    match (start.is_null(), count) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(CKR_ARGUMENTS_BAD),
        // SAFETY: not null, so the caller promises `count` bytes.
        (false, _) => Ok(unsafe { slice::from_raw_parts(start, length(count)) }),
    }
}

/// A buffer of the client's with its length beside it, as the functions have it
/// that answer with bytes.
pub(crate) struct Output {
    start: *mut CK_BYTE,
    length: *mut CK_ULONG,
}

/// What the client wants with its [`Output`].
pub(crate) enum Wish {
    /// To know the length; the operation stays open.
    Length,
    /// The bytes, and there is room for them.
    Bytes,
}

impl Output {
    /// # Safety
    ///
    /// `length` is null or leads to a number; `start` is null or leads to that
    /// many bytes; both stay so while this lives, and nobody else uses them.
    pub(crate) unsafe fn new(start: *mut CK_BYTE, length: *mut CK_ULONG) -> Answer<Self> {
        if length.is_null() {
            return Err(CKR_ARGUMENTS_BAD);
        }
        Ok(Self { start, length })
    }

    /// Whether the client asks for the length only.
    pub(crate) fn is_length_query(&self) -> bool {
        self.start.is_null()
    }

    /// Says how many bytes there will be. Too small a buffer is the client's
    /// fault, and it may come back with a larger one.
    pub(crate) fn offer(&self, needed: usize) -> Answer<Wish> {
        // SAFETY: `new` refused null, and its caller promised the rest.
        let room = unsafe { self.length.replace(ulong(needed)) };
        match (self.is_length_query(), length(room) < needed) {
            (true, _) => Ok(Wish::Length),
            (false, true) => Err(CKR_BUFFER_TOO_SMALL),
            (false, false) => {
                // SAFETY: as above. Until `write`, the room is what it was.
                unsafe { self.length.write(room) };
                Ok(Wish::Bytes)
            }
        }
    }

    /// Writes the answer.
    pub(crate) fn write(&self, bytes: &[u8]) -> Answer {
        if let Wish::Length = self.offer(bytes.len())? {
            return Ok(());
        }
        // SAFETY: `offer` has seen that there is room; the client's buffer and
        // `bytes`, which is ours, do not overlap.
        unsafe {
            self.start
                .copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        };
        // SAFETY: as in `offer`.
        unsafe { self.length.write(ulong(bytes.len())) };
        Ok(())
    }
}
