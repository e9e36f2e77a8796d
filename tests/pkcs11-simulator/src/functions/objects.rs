//! Objects. Their handles are ours.

use std::slice;

use cryptoki_sys::{
    CK_ATTRIBUTE, CK_FALSE, CK_MECHANISM, CK_OBJECT_HANDLE, CK_RV, CK_SESSION_HANDLE, CK_ULONG,
    CKA_TOKEN, CKR_ARGUMENTS_BAD, CKR_TEMPLATE_INCONSISTENT,
};

use super::forward::forward;
use crate::call::call;
use crate::counts::Count;
use crate::memory::length;
use crate::module::real;
use crate::settings::SessionKeys;

forward! {
    C_CreateObject(
        template: *mut CK_ATTRIBUTE, count: CK_ULONG, made: *mut CK_OBJECT_HANDLE
    ) out [made];
    C_CopyObject(
        object: CK_OBJECT_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG,
        made: *mut CK_OBJECT_HANDLE
    ) in [object] or CKR_OBJECT_HANDLE_INVALID out [made];
    C_DestroyObject(object: CK_OBJECT_HANDLE) in [object] or CKR_OBJECT_HANDLE_INVALID;
    C_GetObjectSize(
        object: CK_OBJECT_HANDLE, size: *mut CK_ULONG
    ) in [object] or CKR_OBJECT_HANDLE_INVALID;
    C_GetAttributeValue(
        object: CK_OBJECT_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG
    ) in [object] or CKR_OBJECT_HANDLE_INVALID;
    C_SetAttributeValue(
        object: CK_OBJECT_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG
    ) in [object] or CKR_OBJECT_HANDLE_INVALID;
    C_FindObjectsInit(template: *mut CK_ATTRIBUTE, count: CK_ULONG);
    C_FindObjectsFinal();
}

pub(super) unsafe extern "C" fn C_FindObjects(
    session: CK_SESSION_HANDLE,
    found: *mut CK_OBJECT_HANDLE,
    room: CK_ULONG,
    count: *mut CK_ULONG,
) -> CK_RV {
    call(Count::C_FindObjects, |simulator, settings| {
        simulator.session(settings, session, |module, state| {
            real!(module, C_FindObjects(state.real, found, room, count))?;
            // SAFETY: the module has written the number there.
            let count = unsafe { *count };
            // SAFETY: the module has written so many handles there.
            for handle in unsafe { slice::from_raw_parts_mut(found, length(count)) } {
                *handle = simulator.objects.outbound(*handle);
            }
            Ok(())
        })
    })
}

pub(super) unsafe extern "C" fn C_GenerateKey(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
    made: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    call(Count::C_GenerateKey, |simulator, settings| {
        simulator.session(settings, session, |module, state| {
            // SAFETY: the client's template, for the length of the call.
            let is_kept = unsafe { asks_for_token(template, count) };
            if settings.session_keys == SessionKeys::Refused && !is_kept {
                return Err(CKR_TEMPLATE_INCONSISTENT);
            }
            // SAFETY: null, or the client's room for a handle.
            let made = unsafe { made.as_mut() }.ok_or(CKR_ARGUMENTS_BAD)?;
            let mut key = 0;
            real!(
                module,
                C_GenerateKey(state.real, mechanism, template, count, &raw mut key)
            )?;
            *made = simulator.objects.outbound(key);
            Ok(())
        })
    })
}

/// Whether a template has `CKA_TOKEN`, and true.
///
/// # Safety
///
/// `template` is null or leads to `count` attributes, whose values are where they say.
unsafe fn asks_for_token(template: *const CK_ATTRIBUTE, count: CK_ULONG) -> bool {
    if template.is_null() {
        return false;
    }
    // SAFETY: not null, so the caller promises `count` attributes.
    let attributes = unsafe { slice::from_raw_parts(template, length(count)) };
    attributes.iter().any(|attribute| {
        let is_flag = attribute.type_ == CKA_TOKEN && attribute.ulValueLen == 1;
        // SAFETY: the caller promises a byte there.
        is_flag
            && unsafe { attribute.pValue.cast::<u8>().as_ref() }.is_some_and(|it| *it != CK_FALSE)
    })
}
