//! Slots, sessions and the login.

use std::ptr;

use cryptoki_sys::{
    CK_SESSION_INFO, CK_SLOT_INFO, CK_TOKEN_INFO, CK_TRUE, CK_ULONG, CK_VERSION, CKF_RW_SESSION,
    CKF_SERIAL_SESSION, CKS_RW_USER_FUNCTIONS, CKU_USER,
};

use super::super::keys::TokenInfo;
use super::super::return_value::ReturnValue;
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
    #[expect(unsafe_code, reason = "a call into the vendor's library")]
    pub(in super::super) fn has_slot(&self, slot: u64) -> Result<(), ReturnValue> {
        let ask = there(self.list.C_GetSlotInfo)?;
        let mut info = CK_SLOT_INFO {
            slotDescription: [0; 64],
            manufacturerID: [0; 32],
            flags: 0,
            hardwareVersion: NO_VERSION,
            firmwareVersion: NO_VERSION,
        };
        // SAFETY: there is room for what the library writes.
        checked(unsafe { ask(slot, &raw mut info) })
    }

    /// What the token in a slot says of itself.
    #[expect(unsafe_code, reason = "a call into the vendor's library")]
    pub(in super::super) fn token_info(&self, slot: u64) -> Result<TokenInfo, ReturnValue> {
        let ask = there(self.list.C_GetTokenInfo)?;
        let mut info = CK_TOKEN_INFO {
            label: [0; 32],
            manufacturerID: [0; 32],
            model: [0; 16],
            serialNumber: [0; 16],
            flags: 0,
            ulMaxSessionCount: 0,
            ulSessionCount: 0,
            ulMaxRwSessionCount: 0,
            ulRwSessionCount: 0,
            ulMaxPinLen: 0,
            ulMinPinLen: 0,
            ulTotalPublicMemory: 0,
            ulFreePublicMemory: 0,
            ulTotalPrivateMemory: 0,
            ulFreePrivateMemory: 0,
            hardwareVersion: NO_VERSION,
            firmwareVersion: NO_VERSION,
            utcTime: [0; 16],
        };
        // SAFETY: there is room for what the library writes.
        checked(unsafe { ask(slot, &raw mut info) })?;
        Ok(TokenInfo {
            label: text(&info.label),
            manufacturer: text(&info.manufacturerID),
            model: text(&info.model),
            serial: text(&info.serialNumber),
            hardware: version(info.hardwareVersion),
            firmware: version(info.firmwareVersion),
        })
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
    #[cfg(test)]
    #[expect(unsafe_code, reason = "a call into the vendor's library")]
    pub(in super::super) fn logout(&self, session: u64) -> Result<(), ReturnValue> {
        let logout = there(self.list.C_Logout)?;
        // SAFETY: a handle that does not exist is answered with an error.
        checked(unsafe { logout(session) })
    }
}

const NO_VERSION: CK_VERSION = CK_VERSION { major: 0, minor: 0 };

/// A text that is padded with blanks.
fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(field)
        .trim_end_matches(' ')
        .to_owned()
}

/// `major.minor`.
fn version(version: CK_VERSION) -> String {
    format!("{}.{}", version.major, version.minor)
}
