//! The calls into a vendor's library, and with them all of this module's `unsafe`.
//!
//! The library is asked for its functions once: some (p11-kit's proxy) hand each
//! asker an instance of its own, and what is initialised through one is not through
//! another. So every call is here: none of a crate that would ask again.
//! The end of the process is here as well: it goes around what such a library would
//! do at it.

mod describe;
mod objects;
mod sessions;
mod trial;

use std::ffi::{CStr, c_void};
use std::path::Path;
use std::ptr;

use cryptoki_sys::{
    CK_C_INITIALIZE_ARGS, CK_FUNCTION_LIST, CK_GCM_PARAMS, CK_MECHANISM, CK_RV, CK_SESSION_HANDLE,
    CK_ULONG, CKF_OS_LOCKING_OK, CKR_FUNCTION_NOT_SUPPORTED, CKR_OK,
};

use super::return_value::ReturnValue;
pub(super) use objects::Template;
pub(super) use trial::{Buffers, GcmFields};

/// Bits of a GCM authentication tag.
const TAG_BITS: CK_ULONG = 128;

/// The functions of one library, for as long as the process lives.
pub(super) struct RawCalls {
    list: CK_FUNCTION_LIST,
    /// The functions are its own.
    library: cryptoki_sys::Pkcs11,
}

/// Which way through AES-GCM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Encrypt,
    Decrypt,
}

/// The parameters of one AES-GCM operation.
pub(super) struct GcmParameters<'a> {
    /// The mechanism's number.
    pub(super) mechanism: u64,
    /// Read or written by the token; `None` hands it no buffer.
    pub(super) vector: Option<&'a mut [u8]>,
    pub(super) additional_data: &'a [u8],
}

impl RawCalls {
    /// Loads the library, which runs its initialisers: the operator named it in
    /// the configuration, as any other program to be run.
    #[expect(
        unsafe_code,
        reason = "foreign code is loaded and asked for its functions"
    )]
    pub(super) fn load(module: &Path) -> Result<Self, String> {
        // SAFETY: the initialisers of a shared library can do anything. The
        // operator trusts this one with the keys already.
        let library =
            unsafe { cryptoki_sys::Pkcs11::new(module) }.map_err(|error| error.to_string())?;
        let missing = || "it is no PKCS#11 library: C_GetFunctionList is missing".to_owned();
        let function_list = library.C_GetFunctionList.as_ref().map_err(|_| missing())?;
        let mut list: *mut CK_FUNCTION_LIST = ptr::null_mut();
        // SAFETY: the symbol has the signature that PKCS#11 gives this name, and
        // `list` is a place for one pointer.
        let answer = unsafe { function_list(&raw mut list) };
        if answer != CKR_OK || list.is_null() || !list.is_aligned() {
            return Err(missing());
        }
        // SAFETY: not null and aligned; PKCS#11 has the library keep the list for
        // as long as it is loaded, which `library` sees to.
        let list = unsafe { *list };
        Ok(Self { list, library })
    }

    /// `C_Initialize` for calls from several threads. `parameters` go where the
    /// standard has a reserved pointer.
    #[expect(unsafe_code, reason = "a call into the vendor's library")]
    pub(super) fn initialize(&self, parameters: Option<&CStr>) -> Result<(), ReturnValue> {
        /// NSS reads one more field when there are parameters; it must be null.
        #[repr(C)]
        struct Arguments {
            standard: CK_C_INITIALIZE_ARGS,
            reserved: *mut c_void,
        }
        let mut arguments = Arguments {
            standard: CK_C_INITIALIZE_ARGS {
                CreateMutex: None,
                DestroyMutex: None,
                LockMutex: None,
                UnlockMutex: None,
                flags: CKF_OS_LOCKING_OK,
                pReserved: parameters.map_or(ptr::null_mut(), |text| {
                    text.as_ptr().cast_mut().cast::<c_void>()
                }),
            },
            reserved: ptr::null_mut(),
        };
        // SAFETY: the arguments and the text they point to outlive the call, and
        // libraries only read them.
        checked(unsafe { there(self.list.C_Initialize)?((&raw mut arguments).cast()) })
    }

    /// `C_Finalize`. The caller sees to it that no thread is in the library.
    #[expect(unsafe_code, reason = "a call into the vendor's library")]
    pub(super) fn finalize(&self) -> Result<(), ReturnValue> {
        // SAFETY: the argument is reserved and must be null.
        checked(unsafe { there(self.list.C_Finalize)?(ptr::null_mut()) })
    }

    /// One AES-GCM operation in two calls; how many bytes of `output` are
    /// written.
    #[expect(unsafe_code, reason = "two calls into the vendor's library")]
    pub(super) fn gcm(
        &self,
        direction: Direction,
        session: CK_SESSION_HANDLE,
        key: u64,
        parameters: GcmParameters<'_>,
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, ReturnValue> {
        let (begin, process) = match direction {
            Direction::Encrypt => (there(self.list.C_EncryptInit)?, there(self.list.C_Encrypt)?),
            Direction::Decrypt => (there(self.list.C_DecryptInit)?, there(self.list.C_Decrypt)?),
        };
        let (vector, vector_length) = match parameters.vector {
            Some(vector) => (vector.as_mut_ptr(), length(vector.len())),
            None => (ptr::null_mut(), 0),
        };
        let mut gcm = CK_GCM_PARAMS {
            pIv: vector,
            ulIvLen: vector_length,
            ulIvBits: vector_length * 8,
            pAAD: parameters.additional_data.as_ptr().cast_mut(),
            ulAADLen: length(parameters.additional_data.len()),
            ulTagBits: TAG_BITS,
        };
        let mut mechanism = CK_MECHANISM {
            mechanism: parameters.mechanism,
            pParameter: (&raw mut gcm).cast(),
            ulParameterLen: length(size_of::<CK_GCM_PARAMS>()),
        };
        let mut written = length(output.len());
        // SAFETY: mechanism, parameters, vector and additional data are borrowed
        // until after the second call, which some tokens still read and write
        // them in. The library writes no more than the lengths it is given say:
        // to the vector and to `output`, which are borrowed exclusively. The rest
        // it only reads. Handles that do not exist are answered with an error.
        let answer = unsafe {
            match begin(session, &raw mut mechanism, key) {
                CKR_OK => process(
                    session,
                    input.as_ptr().cast_mut(),
                    length(input.len()),
                    output.as_mut_ptr(),
                    &raw mut written,
                ),
                refused => refused,
            }
        };
        checked(answer)?;
        Ok(usize::try_from(written).unwrap_or(usize::MAX))
    }
}

/// Ends the process without running what libraries have registered for its end.
/// Nothing of this program is lost: it buffers no output of its own.
#[expect(unsafe_code, reason = "the standard library always runs destructors")]
pub(super) fn end_process(status: u8) -> ! {
    unsafe extern "C" {
        // SAFETY: POSIX `_exit` takes any status and never returns.
        safe fn _exit(status: std::ffi::c_int) -> !;
    }
    _exit(status.into())
}

/// The standard has a library implement every function, if only to refuse.
fn there<F>(function: Option<F>) -> Result<F, ReturnValue> {
    function.ok_or(ReturnValue(CKR_FUNCTION_NOT_SUPPORTED))
}

fn checked(answer: CK_RV) -> Result<(), ReturnValue> {
    match answer {
        CKR_OK => Ok(()),
        other => Err(ReturnValue(other)),
    }
}

/// Lengths of buffers that exist fit: a `CK_ULONG` is as wide as a pointer.
fn length(bytes: usize) -> CK_ULONG {
    CK_ULONG::try_from(bytes).unwrap_or(CK_ULONG::MAX)
}
