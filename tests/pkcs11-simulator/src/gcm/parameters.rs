//! `CK_GCM_PARAMS` as the caller filled it in.

use cryptoki_sys::{CK_BYTE, CK_GCM_PARAMS, CK_MECHANISM, CK_ULONG, CKR_MECHANISM_PARAM_INVALID};

use crate::codes::Answer;
use crate::memory::{bytes, length};

/// A copy, except for where the IV came from.
pub(crate) struct Parameters {
    /// What `pIv` leads to; none when it is null.
    pub(super) iv: Option<Vec<u8>>,
    /// `ulIvLen`.
    pub(super) iv_length: usize,
    /// `ulIvBits`.
    pub(super) iv_bits: usize,
    /// `pIv`.
    pub(super) iv_buffer: IvBuffer,
    /// The additional authenticated data.
    pub(super) aad: Vec<u8>,
    /// `ulTagBits`.
    pub(super) tag_bits: CK_ULONG,
}

/// The caller's buffer for an IV.
pub(super) struct IvBuffer(*mut CK_BYTE);

// SAFETY: the pointer is used only in a call of the client that gave it, on the
// session it was given for, which one thread uses at a time.
unsafe impl Send for IvBuffer {}

/// Reads the parameters.
///
/// # Safety
///
/// The mechanism's parameters are null or a `CK_GCM_PARAMS` of which the
/// pointers lead to what the lengths beside them say.
pub(super) unsafe fn read(mechanism: &CK_MECHANISM) -> Answer<Parameters> {
    if length(mechanism.ulParameterLen) != size_of::<CK_GCM_PARAMS>() {
        return Err(CKR_MECHANISM_PARAM_INVALID);
    }
    // SAFETY: the caller's promise, and the length is right.
    let Some(given) = (unsafe { mechanism.pParameter.cast::<CK_GCM_PARAMS>().as_ref() }) else {
        return Err(CKR_MECHANISM_PARAM_INVALID);
    };
    if given.ulTagBits == 0 || given.ulTagBits > 128 || given.ulTagBits % 8 != 0 {
        return Err(CKR_MECHANISM_PARAM_INVALID);
    }
    // AWS's own sample leaves `ulIvBits` zero, others `ulIvLen`.
    let iv_bytes = match given.ulIvLen {
        0 => given.ulIvBits / 8,
        bytes => bytes,
    };
    let iv = if given.pIv.is_null() {
        None
    } else {
        // SAFETY: not null; the caller's promise.
        Some(unsafe { bytes(given.pIv, iv_bytes) }?.to_vec())
    };
    // SAFETY: the caller's promise.
    let aad = unsafe { bytes(given.pAAD, given.ulAADLen) }
        .map_err(|_| CKR_MECHANISM_PARAM_INVALID)?
        .to_vec();
    Ok(Parameters {
        iv,
        iv_length: length(given.ulIvLen),
        iv_bits: length(given.ulIvBits),
        iv_buffer: IvBuffer(given.pIv),
        aad,
        tag_bits: given.ulTagBits,
    })
}

impl IvBuffer {
    /// Writes the IV that the HSM made.
    ///
    /// # Safety
    ///
    /// The buffer still is where it was, and has room for `iv`.
    pub(super) unsafe fn write(&self, iv: &[u8]) {
        // SAFETY: the caller's promise; `iv` is ours, so they do not overlap.
        unsafe { self.0.copy_from_nonoverlapping(iv.as_ptr(), iv.len()) };
    }
}
