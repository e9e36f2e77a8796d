//! Slots and their tokens. Only the list of slots needs no device.

use cryptoki_sys::{
    CK_BBOOL, CK_FLAGS, CK_MECHANISM_INFO_PTR, CK_MECHANISM_TYPE, CK_MECHANISM_TYPE_PTR, CK_RV,
    CK_SLOT_ID, CK_SLOT_ID_PTR, CK_SLOT_INFO_PTR, CK_TOKEN_INFO_PTR, CK_ULONG, CK_ULONG_PTR,
    CK_UTF8CHAR_PTR, CK_VOID_PTR, CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_FINAL_TRY,
    CKF_USER_PIN_LOCKED, CKM_AES_GCM, CKR_ARGUMENTS_BAD, CKR_BUFFER_TOO_SMALL,
};

use super::{MANUFACTURER, padded};
use crate::call::call;
use crate::codes::Answer;
use crate::counts::Count;
use crate::gcm::CKM_CLOUDHSM_AES_GCM;
use crate::memory::{length, ulong};
use crate::module::{Module, real};
use crate::settings::{Convention, Pin};

pub(super) unsafe extern "C" fn C_GetSlotList(
    present: CK_BBOOL,
    slots: CK_SLOT_ID_PTR,
    count: CK_ULONG_PTR,
) -> CK_RV {
    call(Count::C_GetSlotList, |simulator, _| {
        real!(simulator.module()?, C_GetSlotList(present, slots, count))
    })
}

pub(super) unsafe extern "C" fn C_GetSlotInfo(slot: CK_SLOT_ID, info: CK_SLOT_INFO_PTR) -> CK_RV {
    call(Count::C_GetSlotInfo, |simulator, settings| {
        real!(simulator.device(settings)?, C_GetSlotInfo(slot, info))
    })
}

/// Says that this is a simulator, and of what.
pub(super) unsafe extern "C" fn C_GetTokenInfo(slot: CK_SLOT_ID, info: CK_TOKEN_INFO_PTR) -> CK_RV {
    call(Count::C_GetTokenInfo, |simulator, settings| {
        real!(simulator.device(settings)?, C_GetTokenInfo(slot, info))?;
        // SAFETY: the module found room there, and the client promised it.
        if let Some(info) = unsafe { info.as_mut() } {
            info.manufacturerID = padded(MANUFACTURER);
            info.model = padded(match settings.convention {
                Convention::Caller => "simulated",
                Convention::CloudHsm => "sim CloudHSM",
                Convention::Luna => "sim Luna",
                Convention::NShield => "sim nShield",
            });
            info.flags |= match settings.pin {
                Pin::Good => 0,
                Pin::CountLow => CKF_USER_PIN_COUNT_LOW,
                Pin::FinalTry => CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY,
                Pin::Locked => CKF_USER_PIN_LOCKED,
            };
        }
        Ok(())
    })
}

/// The module's, and CloudHSM's own one in its convention.
pub(super) unsafe extern "C" fn C_GetMechanismList(
    slot: CK_SLOT_ID,
    list: CK_MECHANISM_TYPE_PTR,
    count: CK_ULONG_PTR,
) -> CK_RV {
    call(Count::C_GetMechanismList, |simulator, settings| {
        let module = simulator.device(settings)?;
        if settings.convention != Convention::CloudHsm {
            return real!(module, C_GetMechanismList(slot, list, count));
        }
        let mut mechanisms = mechanisms(module, slot)?;
        mechanisms.push(CKM_CLOUDHSM_AES_GCM);
        // SAFETY: null, or the client's number.
        let count = unsafe { count.as_mut() }.ok_or(CKR_ARGUMENTS_BAD)?;
        let room = length(*count);
        *count = ulong(mechanisms.len());
        if list.is_null() {
            return Ok(());
        }
        if room < mechanisms.len() {
            return Err(CKR_BUFFER_TOO_SMALL);
        }
        // SAFETY: the client promised `room` entries there, which are enough.
        unsafe { list.copy_from_nonoverlapping(mechanisms.as_ptr(), mechanisms.len()) };
        Ok(())
    })
}

fn mechanisms(module: &Module, slot: CK_SLOT_ID) -> Answer<Vec<CK_MECHANISM_TYPE>> {
    let mut count = 0;
    real!(
        module,
        C_GetMechanismList(slot, std::ptr::null_mut(), &raw mut count)
    )?;
    let mut list = vec![0; length(count)];
    real!(
        module,
        C_GetMechanismList(slot, list.as_mut_ptr(), &raw mut count)
    )?;
    list.truncate(length(count));
    Ok(list)
}

pub(super) unsafe extern "C" fn C_GetMechanismInfo(
    slot: CK_SLOT_ID,
    mechanism: CK_MECHANISM_TYPE,
    info: CK_MECHANISM_INFO_PTR,
) -> CK_RV {
    call(Count::C_GetMechanismInfo, |simulator, settings| {
        let known = match (settings.convention, mechanism) {
            (Convention::CloudHsm, CKM_CLOUDHSM_AES_GCM) => CKM_AES_GCM,
            _ => mechanism,
        };
        real!(
            simulator.device(settings)?,
            C_GetMechanismInfo(slot, known, info)
        )
    })
}

pub(super) unsafe extern "C" fn C_InitToken(
    slot: CK_SLOT_ID,
    pin: CK_UTF8CHAR_PTR,
    count: CK_ULONG,
    label: CK_UTF8CHAR_PTR,
) -> CK_RV {
    call(Count::C_InitToken, |simulator, settings| {
        real!(
            simulator.device(settings)?,
            C_InitToken(slot, pin, count, label)
        )
    })
}

pub(super) unsafe extern "C" fn C_WaitForSlotEvent(
    flags: CK_FLAGS,
    slot: CK_SLOT_ID_PTR,
    reserved: CK_VOID_PTR,
) -> CK_RV {
    call(Count::C_WaitForSlotEvent, |simulator, settings| {
        real!(
            simulator.device(settings)?,
            C_WaitForSlotEvent(flags, slot, reserved)
        )
    })
}
