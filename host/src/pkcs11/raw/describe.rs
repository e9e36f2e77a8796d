//! What library, slot, token and mechanisms say of themselves.

use std::ptr;

use cryptoki_sys::{
    CK_FUNCTION_LIST_3_0, CK_INFO, CK_INTERFACE, CK_MECHANISM_INFO, CK_TOKEN_INFO, CK_ULONG,
    CK_VERSION, CKR_OK,
};

use super::super::keys::TokenInfo;
use super::super::return_value::ReturnValue;
use super::{RawCalls, checked, length, there};

/// Most mechanisms of a token that are looked at.
const MECHANISMS: usize = 4096;

/// What a library says of itself.
pub(in super::super) struct LibraryInfo {
    pub(in super::super) manufacturer: String,
    pub(in super::super) description: String,
    pub(in super::super) version: String,
    pub(in super::super) cryptoki_version: String,
}

/// What a token says of itself, with what only its test wants to know.
pub(in super::super) struct TokenDescription {
    pub(in super::super) info: TokenInfo,
    pub(in super::super) flags: u64,
    /// `ulMaxRwSessionCount`, as it is.
    pub(in super::super) most_sessions: u64,
    /// `ulRwSessionCount`, as it is.
    pub(in super::super) open_sessions: u64,
}

/// What a token says of a mechanism.
pub(in super::super) struct MechanismInfo {
    pub(in super::super) least_key: u64,
    pub(in super::super) most_key: u64,
    pub(in super::super) flags: u64,
}

impl RawCalls {
    #[expect(unsafe_code, reason = "a call into the vendor's library")]
    pub(in super::super) fn describe_library(&self) -> Result<LibraryInfo, ReturnValue> {
        let ask = there(self.list.C_GetInfo)?;
        let mut info = CK_INFO {
            cryptokiVersion: NO_VERSION,
            manufacturerID: [0; 32],
            flags: 0,
            libraryDescription: [0; 32],
            libraryVersion: NO_VERSION,
        };
        // SAFETY: there is room for what the library writes.
        checked(unsafe { ask(&raw mut info) })?;
        Ok(LibraryInfo {
            manufacturer: text(&info.manufacturerID),
            description: text(&info.libraryDescription),
            version: version(info.libraryVersion),
            cryptoki_version: version(info.cryptokiVersion),
        })
    }

    /// The description of a slot.
    pub(in super::super) fn describe_slot(&self, slot: u64) -> Result<String, ReturnValue> {
        Ok(text(&self.slot_info(slot)?.slotDescription))
    }

    #[expect(unsafe_code, reason = "a call into the vendor's library")]
    pub(in super::super) fn describe_token(
        &self,
        slot: u64,
    ) -> Result<TokenDescription, ReturnValue> {
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
        Ok(TokenDescription {
            info: TokenInfo {
                label: text(&info.label),
                manufacturer: text(&info.manufacturerID),
                model: text(&info.model),
                serial: text(&info.serialNumber),
                hardware: version(info.hardwareVersion),
                firmware: version(info.firmwareVersion),
            },
            flags: info.flags,
            most_sessions: info.ulMaxRwSessionCount,
            open_sessions: info.ulRwSessionCount,
        })
    }

    /// The numbers of a token's mechanisms.
    #[expect(unsafe_code, reason = "two calls into the vendor's library")]
    pub(in super::super) fn mechanisms(&self, slot: u64) -> Result<Vec<u64>, ReturnValue> {
        let list = there(self.list.C_GetMechanismList)?;
        let mut count: CK_ULONG = 0;
        // SAFETY: a null pointer asks for the count alone, which there is room for.
        checked(unsafe { list(slot, ptr::null_mut(), &raw mut count) })?;
        let room = usize::try_from(count).unwrap_or(MECHANISMS).min(MECHANISMS);
        let mut numbers = vec![0; room];
        let mut count = length(room);
        // SAFETY: the library writes no more numbers than `count` has room for.
        checked(unsafe { list(slot, numbers.as_mut_ptr(), &raw mut count) })?;
        numbers.truncate(usize::try_from(count).unwrap_or(0));
        Ok(numbers)
    }

    #[expect(unsafe_code, reason = "a call into the vendor's library")]
    pub(in super::super) fn describe_mechanism(
        &self,
        slot: u64,
        mechanism: u64,
    ) -> Result<MechanismInfo, ReturnValue> {
        let ask = there(self.list.C_GetMechanismInfo)?;
        let mut info = CK_MECHANISM_INFO {
            ulMinKeySize: 0,
            ulMaxKeySize: 0,
            flags: 0,
        };
        // SAFETY: there is room for what the library writes.
        checked(unsafe { ask(slot, mechanism, &raw mut info) })?;
        Ok(MechanismInfo {
            least_key: info.ulMinKeySize,
            most_key: info.ulMaxKeySize,
            flags: info.flags,
        })
    }

    /// Whether the library has the message-based functions of PKCS#11 3.0.
    #[expect(
        unsafe_code,
        reason = "the library is asked for another list of functions"
    )]
    pub(in super::super) fn has_message_functions(&self) -> bool {
        let Ok(ask) = self.library.C_GetInterface.as_ref() else {
            return false;
        };
        let mut name = *b"PKCS 11\0";
        let mut version = CK_VERSION { major: 3, minor: 0 };
        let mut found: *mut CK_INTERFACE = ptr::null_mut();
        // SAFETY: the symbol has the signature that PKCS#11 gives this name; the name
        // ends with a zero, and there is room for a pointer.
        let answer = unsafe {
            ask(
                name.as_mut_ptr().cast(),
                &raw mut version,
                &raw mut found,
                0,
            )
        };
        if answer != CKR_OK || found.is_null() || !found.is_aligned() {
            return false;
        }
        // SAFETY: not null and aligned; the library keeps it for as long as it is
        // loaded.
        let list = unsafe { (*found).pFunctionList }.cast::<CK_FUNCTION_LIST_3_0>();
        if list.is_null() || !list.is_aligned() {
            return false;
        }
        // SAFETY: the same; an interface of this name and version has this list.
        let function = unsafe { (*list).C_MessageEncryptInit };
        function.is_some()
    }
}

/// What the library fills in.
pub(super) const NO_VERSION: CK_VERSION = CK_VERSION { major: 0, minor: 0 };

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
