//! Slots, sessions and the login.

use std::ptr;

use cryptoki_sys::{
    CK_SESSION_INFO, CK_SLOT_INFO, CK_TRUE, CK_ULONG, CKF_RW_SESSION, CKF_SERIAL_SESSION,
    CKS_RW_USER_FUNCTIONS, CKU_USER,
};

use super::super::keys::TokenInfo;
use super::super::return_value::ReturnValue;
use super::describe::NO_VERSION;
use super::{RawCalls, checked, length, there};

/// Most slots of a library that are looked at.
const SLOTS: usize = 1024;

impl RawCalls {
    /// The slots with a token in them.
    #[expect(unsafe_code, reason = "a call into the vendor's library")]
    pub(in super::super) fn slots(&self) -> Result<Vec<u64>, ReturnValue> {
        let list = there(self.list.C_GetSlotList)?;
        let mut count: CK_ULONG = 0;
        // Asked without room first: that is when a library looks for tokens anew.
        // SAFETY: a null pointer asks for the count alone, which there is room for.
        checked(unsafe { list(CK_TRUE, ptr::null_mut(), &raw mut count) })?;
        // One may come while the answer is read.
        let room = usize::try_from(count)
            .unwrap_or(SLOTS)
            .saturating_add(8)
            .min(SLOTS);
        let mut slots = vec![0; room];
        let mut count = length(room);
        // SAFETY: the library writes no more slots than `count` has room for.
        checked(unsafe { list(CK_TRUE, slots.as_mut_ptr(), &raw mut count) })?;
        slots.truncate(usize::try_from(count).unwrap_or(0));
        Ok(slots)
    }

    /// Whether there is a slot of this number.
    pub(in super::super) fn has_slot(&self, slot: u64) -> Result<(), ReturnValue> {
        self.slot_info(slot).map(drop)
    }

    #[expect(unsafe_code, reason = "a call into the vendor's library")]
    pub(super) fn slot_info(&self, slot: u64) -> Result<CK_SLOT_INFO, ReturnValue> {
        let ask = there(self.list.C_GetSlotInfo)?;
        let mut info = CK_SLOT_INFO {
            slotDescription: [0; 64],
            manufacturerID: [0; 32],
            flags: 0,
            hardwareVersion: NO_VERSION,
            firmwareVersion: NO_VERSION,
        };
        // SAFETY: there is room for what the library writes.
        checked(unsafe { ask(slot, &raw mut info) })?;
        Ok(info)
    }

    /// What the token in a slot says of itself.
    pub(in super::super) fn token_info(&self, slot: u64) -> Result<TokenInfo, ReturnValue> {
        Ok(self.describe_token(slot)?.info)
    }

    /// Opens a session for reading and writing.
    #[expect(unsafe_code, reason = "a call into the vendor's library")]
    pub(in super::super) fn open_session(&self, slot: u64) -> Result<u64, ReturnValue> {
        let open = there(self.list.C_OpenSession)?;
        let flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
        let mut session = 0;
        // SAFETY: no notification is asked for, so nothing is kept of the pointers;
        // there is room for the handle.
        checked(unsafe { open(slot, flags, ptr::null_mut(), None, &raw mut session) })?;
        Ok(session)
    }

    #[expect(unsafe_code, reason = "a call into the vendor's library")]
    pub(in super::super) fn close_session(&self, session: u64) -> Result<(), ReturnValue> {
        let close = there(self.list.C_CloseSession)?;
        // SAFETY: a handle that does not exist is answered with an error.
        checked(unsafe { close(session) })
    }

    /// Logs the token's user in, for all sessions of the token.
    #[expect(unsafe_code, reason = "a call into the vendor's library")]
    pub(in super::super) fn login(&self, session: u64, pin: &str) -> Result<(), ReturnValue> {
        let login = there(self.list.C_Login)?;
        // SAFETY: the library only reads the PIN, which outlives the call.
        checked(unsafe {
            login(
                session,
                CKU_USER,
                pin.as_ptr().cast_mut(),
                length(pin.len()),
            )
        })
    }

    /// Whether the token's user is logged in, says a session.
    #[expect(unsafe_code, reason = "a call into the vendor's library")]
    pub(in super::super) fn is_logged_in(&self, session: u64) -> Result<bool, ReturnValue> {
        let ask = there(self.list.C_GetSessionInfo)?;
        let mut info = CK_SESSION_INFO {
            slotID: 0,
            state: 0,
            flags: 0,
            ulDeviceError: 0,
        };
        // SAFETY: there is room for what the library writes.
        checked(unsafe { ask(session, &raw mut info) })?;
        Ok(info.state == CKS_RW_USER_FUNCTIONS)
    }

    /// Logs the token's user out behind the back of all sessions.
    #[expect(unsafe_code, reason = "a call into the vendor's library")]
    pub(in super::super) fn logout(&self, session: u64) -> Result<(), ReturnValue> {
        let logout = there(self.list.C_Logout)?;
        // SAFETY: a handle that does not exist is answered with an error.
        checked(unsafe { logout(session) })
    }
}
