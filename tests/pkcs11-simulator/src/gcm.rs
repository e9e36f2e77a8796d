//! AES-GCM in the manner of an HSM. The module only ever sees the manner it
//! knows, the caller's IV in the parameters: what a client begins is kept here,
//! and both `C_EncryptInit` and `C_Encrypt` of the module happen when the data
//! is there. So nothing is left open in the module when an operation is given
//! up.

mod key;
mod manner;
mod operation;
mod parameters;
mod transform;

use cryptoki_sys::{
    CK_MECHANISM, CK_OBJECT_HANDLE, CK_RV, CKM_AES_GCM, CKR_ENCRYPTED_DATA_INVALID,
    CKR_FUNCTION_FAILED, CKR_FUNCTION_NOT_SUPPORTED, CKR_GENERAL_ERROR, CKR_MECHANISM_INVALID,
    CKR_OPERATION_ACTIVE,
};

pub(crate) use manner::CKM_CLOUDHSM_AES_GCM;
pub(crate) use operation::{Operation, finish};

use crate::codes::Answer;
use crate::module::Module;
use crate::sessions::State;
use crate::settings::{Convention, Crash, Settings};

/// Which way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Encrypt,
    Decrypt,
}

impl State {
    /// What was begun in one direction.
    pub(crate) fn operation(&mut self, direction: Direction) -> &mut Option<Operation> {
        match direction {
            Direction::Encrypt => &mut self.encrypt,
            Direction::Decrypt => &mut self.decrypt,
        }
    }
}

/// Begins an operation, if it is one that we translate; false when it is the
/// module's business.
///
/// # Safety
///
/// `mechanism` is null or leads to a mechanism whose parameters are what its
/// type says, as PKCS#11 has it.
pub(crate) unsafe fn begin(
    module: &Module,
    settings: &Settings,
    state: &mut State,
    direction: Direction,
    mechanism: *const CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> Answer<bool> {
    // SAFETY: the caller's promise.
    let Some(mechanism) = (unsafe { mechanism.as_ref() }) else {
        return Ok(false);
    };
    let Some(manner) = manner::manner(settings.convention, mechanism.mechanism) else {
        return Ok(false);
    };
    if state.operation(direction).is_some() {
        return Err(CKR_OPERATION_ACTIVE);
    }
    // SAFETY: `manner` is for AES-GCM only, so these are its parameters.
    let parameters = unsafe { parameters::read(mechanism) }?;
    let place = manner.place(direction, &parameters)?;
    key::check(module, state.real, direction, key)?;
    let operation = Operation::new(
        module, settings, state.real, key, parameters, place, direction,
    )?;
    *state.operation(direction) = Some(operation);
    Ok(true)
}

/// Ends the process, when the settings have it ended by an encryption without an IV.
///
/// # Safety
///
/// As for [`begin`].
pub(crate) unsafe fn crash_without_iv(settings: &Settings, mechanism: *const CK_MECHANISM) {
    if settings.crash != Crash::NullIv {
        return;
    }
    // SAFETY: the caller's promise.
    let Some(mechanism) = (unsafe { mechanism.as_ref() }) else {
        return;
    };
    let is_gcm = [CKM_AES_GCM, CKM_CLOUDHSM_AES_GCM].contains(&mechanism.mechanism);
    // SAFETY: these are the parameters of AES-GCM.
    if is_gcm && unsafe { parameters::read(mechanism) }.is_ok_and(|it| it.iv.is_none()) {
        std::process::abort();
    }
}

/// Refuses an operation in parts. It is over then, as after any fault.
pub(crate) fn refuse_parts(settings: &Settings, state: &mut State, direction: Direction) -> Answer {
    if state.operation(direction).take().is_none() {
        return Ok(());
    }
    Err(match settings.convention {
        Convention::CloudHsm => CKR_MECHANISM_INVALID,
        _ => CKR_FUNCTION_NOT_SUPPORTED,
    })
}

/// What a failed `C_Decrypt` of the module's is with this HSM. SoftHSM answers
/// a wrong tag with `CKR_GENERAL_ERROR`.
pub(crate) fn decrypt_failure(settings: &Settings, code: CK_RV) -> CK_RV {
    if !matches!(code, CKR_GENERAL_ERROR | CKR_ENCRYPTED_DATA_INVALID) {
        return code;
    }
    match (settings.bad_tag, settings.convention) {
        (Some(asked), _) => asked.value(),
        (None, Convention::Caller) => code,
        (None, Convention::CloudHsm | Convention::Luna) => CKR_ENCRYPTED_DATA_INVALID,
        (None, Convention::NShield) => CKR_FUNCTION_FAILED,
    }
}
