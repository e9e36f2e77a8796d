//! The library as a whole.

use cryptoki_sys::{CK_INFO, CK_INFO_PTR, CK_RV, CK_VOID_PTR};

use super::{MANUFACTURER, padded};
use crate::call::{call, call_alone};
use crate::codes::value;
use crate::counts::Count;
use crate::module::real;

pub(super) unsafe extern "C" fn C_Initialize(arguments: CK_VOID_PTR) -> CK_RV {
    call_alone(Count::C_Initialize, |simulator, settings| {
        simulator.initialise(settings, |module| real!(module, C_Initialize(arguments)))
    })
}

pub(super) unsafe extern "C" fn C_Finalize(reserved: CK_VOID_PTR) -> CK_RV {
    call_alone(Count::C_Finalize, |simulator, _| {
        simulator.finalise(|module| real!(module, C_Finalize(reserved)))
    })
}

/// Needs no device. Says that this is a simulator.
pub(super) unsafe extern "C" fn C_GetInfo(info: CK_INFO_PTR) -> CK_RV {
    call(Count::C_GetInfo, |simulator, _| {
        real!(simulator.module()?, C_GetInfo(info))?;
        // SAFETY: the module found room there, and the client promised it.
        if let Some(info) = unsafe { info.as_mut() } {
            name(info);
        }
        Ok(())
    })
}

fn name(info: &mut CK_INFO) {
    info.manufacturerID = padded(MANUFACTURER);
    info.libraryDescription = padded("Simulated HSM, for tests");
}

/// A relic of PKCS#11 1: there are no parallel functions.
pub(super) unsafe extern "C" fn C_GetFunctionStatus(_: cryptoki_sys::CK_SESSION_HANDLE) -> CK_RV {
    value(Err(cryptoki_sys::CKR_FUNCTION_NOT_PARALLEL))
}

/// As above.
pub(super) unsafe extern "C" fn C_CancelFunction(_: cryptoki_sys::CK_SESSION_HANDLE) -> CK_RV {
    value(Err(cryptoki_sys::CKR_FUNCTION_NOT_PARALLEL))
}
