//! Return values of PKCS#11 functions (`CK_RV`), and what follows from them.

use std::fmt;

use claviger_token_test::wire::refuses_pin;
use cryptoki::error::{Rv, RvError};
use cryptoki_sys as sys;

/// A return value other than `CKR_OK`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReturnValue(pub(crate) u64);

/// Values that mean one thing by themselves.
impl ReturnValue {
    /// `C_Login` of a user who is logged in, which is as well.
    pub(super) const USER_ALREADY_LOGGED_IN: Self = Self(sys::CKR_USER_ALREADY_LOGGED_IN);
    /// `C_Initialize` of a library that somebody in this process uses already.
    pub(super) const ALREADY_INITIALIZED: Self = Self(sys::CKR_CRYPTOKI_ALREADY_INITIALIZED);
    pub(super) const NOT_INITIALIZED: Self = Self(sys::CKR_CRYPTOKI_NOT_INITIALIZED);
    pub(super) const SESSION_COUNT: Self = Self(sys::CKR_SESSION_COUNT);
    pub(super) const USER_NOT_LOGGED_IN: Self = Self(sys::CKR_USER_NOT_LOGGED_IN);
    /// There is no slot of this number.
    pub(super) const SLOT_ID_INVALID: Self = Self(sys::CKR_SLOT_ID_INVALID);
    /// The token works, and the key does not permit this.
    pub(super) const KEY_FUNCTION_NOT_PERMITTED: Self = Self(sys::CKR_KEY_FUNCTION_NOT_PERMITTED);
    /// The device may be lost, or have too much to do.
    pub(super) const FUNCTION_FAILED: Self = Self(sys::CKR_FUNCTION_FAILED);
    /// An operation is still active in the session: only a new one is of use.
    pub(super) const BUFFER_TOO_SMALL: Self = Self(sys::CKR_BUFFER_TOO_SMALL);
}

/// Values of a kind.
impl ReturnValue {
    /// The key's object is not there (any more).
    pub(super) fn is_stale_key(self) -> bool {
        matches!(
            self.0,
            sys::CKR_KEY_HANDLE_INVALID | sys::CKR_OBJECT_HANDLE_INVALID
        )
    }

    /// The session, the token or the library is gone, says the standard.
    pub(super) fn ends_session(self) -> bool {
        self.says_nothing_was_done()
            || matches!(
                self.0,
                sys::CKR_GENERAL_ERROR
                    | sys::CKR_HOST_MEMORY
                    | sys::CKR_DEVICE_ERROR
                    | sys::CKR_DEVICE_MEMORY
                    | sys::CKR_DEVICE_REMOVED
                    | sys::CKR_TOKEN_NOT_RECOGNIZED
                    | sys::CKR_SLOT_ID_INVALID
            )
    }

    /// Ends the session, and the function did not begin its work.
    pub(super) fn says_nothing_was_done(self) -> bool {
        matches!(
            self.0,
            sys::CKR_SESSION_HANDLE_INVALID
                | sys::CKR_SESSION_CLOSED
                | sys::CKR_USER_NOT_LOGGED_IN
                | sys::CKR_CRYPTOKI_NOT_INITIALIZED
                | sys::CKR_OPERATION_ACTIVE
                | sys::CKR_TOKEN_NOT_PRESENT
        )
    }

    /// On decrypt: the tag does not match, and nothing else can be meant.
    pub(super) fn means_bad_tag_only(self) -> bool {
        matches!(
            self.0,
            sys::CKR_ENCRYPTED_DATA_INVALID
                | sys::CKR_ENCRYPTED_DATA_LEN_RANGE
                | sys::CKR_AEAD_DECRYPT_FAILED
        )
    }

    /// The login is refused, and would be refused again: repeating it locks the
    /// user of many tokens.
    pub(super) fn refuses_pin(self) -> bool {
        refuses_pin(self.0)
    }

    /// Some of an object's attributes are not told, or are longer than expected.
    pub(super) fn refuses_attribute(self) -> bool {
        matches!(
            self.0,
            sys::CKR_ATTRIBUTE_TYPE_INVALID
                | sys::CKR_ATTRIBUTE_SENSITIVE
                | sys::CKR_BUFFER_TOO_SMALL
        )
    }

    /// At the start: what is configured is wrong, and no device will fix it.
    pub(super) fn blames_configuration(self) -> bool {
        matches!(
            self.0,
            sys::CKR_ARGUMENTS_BAD | sys::CKR_CANT_LOCK | sys::CKR_NEED_TO_CREATE_THREADS
        )
    }
}

impl ReturnValue {
    /// As the standard writes it, `CKR_GENERAL_ERROR`; none when it does not name it.
    pub(super) fn name(self) -> Option<String> {
        let Rv::Error(named) = Rv::from(self.0) else {
            return None;
        };
        if matches!(
            named,
            RvError::VendorDefined(_) | RvError::UnknownErrorCode(_)
        ) {
            return None;
        }
        let mut name = "CKR".to_owned();
        for character in format!("{named:?}").chars() {
            if character.is_ascii_uppercase() {
                name.push('_');
            }
            name.push(character.to_ascii_uppercase());
        }
        Some(name)
    }
}

impl fmt::Display for ReturnValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Rv::from(self.0) {
            Rv::Error(RvError::VendorDefined(_) | RvError::UnknownErrorCode(_)) | Rv::Ok => {
                write!(f, "return value {:#x}", self.0)
            }
            Rv::Error(named) => write!(f, "return value {:#x}, {named:?}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_return_value_is_shown_with_its_name() {
        assert_eq!(
            ReturnValue(0xa0).to_string(),
            "return value 0xa0, PinIncorrect"
        );
        assert_eq!(
            ReturnValue(0x8000_0001).to_string(),
            "return value 0x80000001"
        );
        let name = ReturnValue(0x40).name();
        assert_eq!(name.as_deref(), Some("CKR_ENCRYPTED_DATA_INVALID"));
        assert_eq!(ReturnValue(0x8000_0001).name(), None);
    }
}
