//! Opening and closing sessions.

use cryptoki_sys::{
    CK_FLAGS, CK_NOTIFY, CK_RV, CK_SESSION_HANDLE, CK_SESSION_HANDLE_PTR, CK_SLOT_ID, CK_VOID_PTR,
    CKR_ARGUMENTS_BAD,
};

use crate::call::call;
use crate::counts::Count;
use crate::module::real;

pub(super) unsafe extern "C" fn C_OpenSession(
    slot: CK_SLOT_ID,
    flags: CK_FLAGS,
    application: CK_VOID_PTR,
    notify: CK_NOTIFY,
    session: CK_SESSION_HANDLE_PTR,
) -> CK_RV {
    call(Count::C_OpenSession, |simulator, settings| {
        let module = simulator.device(settings)?;
        simulator.sessions.admit(flags, settings)?;
        // SAFETY: null, or the client's room for a handle.
        let session = unsafe { session.as_mut() }.ok_or(CKR_ARGUMENTS_BAD)?;
        let mut real = 0;
        real!(
            module,
            C_OpenSession(slot, flags, application, notify, &raw mut real)
        )?;
        *session = simulator.sessions.add(slot, real);
        Ok(())
    })
}

pub(super) unsafe extern "C" fn C_CloseSession(session: CK_SESSION_HANDLE) -> CK_RV {
    call(Count::C_CloseSession, |simulator, settings| {
        simulator.session(settings, session, |module, state| {
            real!(module, C_CloseSession(state.real))?;
            simulator.sessions.remove(session);
            Ok(())
        })
    })
}

pub(super) unsafe extern "C" fn C_CloseAllSessions(slot: CK_SLOT_ID) -> CK_RV {
    call(Count::C_CloseAllSessions, |simulator, settings| {
        real!(simulator.device(settings)?, C_CloseAllSessions(slot))?;
        simulator.sessions.remove_slot(slot);
        Ok(())
    })
}
