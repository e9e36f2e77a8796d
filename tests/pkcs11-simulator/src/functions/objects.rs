//! Objects. Their handles are ours.

use std::slice;

use cryptoki_sys::{CK_ATTRIBUTE, CK_OBJECT_HANDLE, CK_RV, CK_SESSION_HANDLE, CK_ULONG};

use super::forward::forward;
use crate::call::call;
use crate::counts::Count;
use crate::memory::length;
use crate::module::real;

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
