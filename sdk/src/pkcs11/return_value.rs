//! The names of return values, for whoever reads the log.

use std::fmt;

/// A `CK_RV`; displayed with its name, if the standard gives it one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReturnValue(pub u64);

/// From here on vendors number their own (`CKR_VENDOR_DEFINED`).
const VENDOR_DEFINED: u64 = 0x8000_0000;

impl ReturnValue {
    /// `CKR_KEY_FUNCTION_NOT_PERMITTED`: the key does not permit what was asked.
    pub const KEY_FUNCTION_NOT_PERMITTED: Self = Self(0x68);

    /// The standard's name, of those that a secret key can meet.
    pub fn name(self) -> Option<&'static str> {
        let named = NAMES.binary_search_by_key(&self.0, |(value, _)| *value);
        NAMES.get(named.ok()?).map(|(_, name)| *name)
    }
}

impl fmt::Display for ReturnValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} ({:#x})", self.0),
            None if self.0 >= VENDOR_DEFINED => write!(f, "a vendor's code ({:#x})", self.0),
            None => write!(f, "an unknown code ({:#x})", self.0),
        }
    }
}

/// Sorted by value.
const NAMES: &[(u64, &str)] = &[
    (0x00, "CKR_OK"),
    (0x01, "CKR_CANCEL"),
    (0x02, "CKR_HOST_MEMORY"),
    (0x03, "CKR_SLOT_ID_INVALID"),
    (0x05, "CKR_GENERAL_ERROR"),
    (0x06, "CKR_FUNCTION_FAILED"),
    (0x07, "CKR_ARGUMENTS_BAD"),
    (0x0a, "CKR_CANT_LOCK"),
    (0x10, "CKR_ATTRIBUTE_READ_ONLY"),
    (0x11, "CKR_ATTRIBUTE_SENSITIVE"),
    (0x12, "CKR_ATTRIBUTE_TYPE_INVALID"),
    (0x13, "CKR_ATTRIBUTE_VALUE_INVALID"),
    (0x1b, "CKR_ACTION_PROHIBITED"),
    (0x20, "CKR_DATA_INVALID"),
    (0x21, "CKR_DATA_LEN_RANGE"),
    (0x30, "CKR_DEVICE_ERROR"),
    (0x31, "CKR_DEVICE_MEMORY"),
    (0x32, "CKR_DEVICE_REMOVED"),
    (0x40, "CKR_ENCRYPTED_DATA_INVALID"),
    (0x41, "CKR_ENCRYPTED_DATA_LEN_RANGE"),
    (0x42, "CKR_AEAD_DECRYPT_FAILED"),
    (0x50, "CKR_FUNCTION_CANCELED"),
    (0x54, "CKR_FUNCTION_NOT_SUPPORTED"),
    (0x60, "CKR_KEY_HANDLE_INVALID"),
    (0x62, "CKR_KEY_SIZE_RANGE"),
    (0x63, "CKR_KEY_TYPE_INCONSISTENT"),
    (0x67, "CKR_KEY_INDIGESTIBLE"),
    (0x68, "CKR_KEY_FUNCTION_NOT_PERMITTED"),
    (0x70, "CKR_MECHANISM_INVALID"),
    (0x71, "CKR_MECHANISM_PARAM_INVALID"),
    (0x82, "CKR_OBJECT_HANDLE_INVALID"),
    (0x90, "CKR_OPERATION_ACTIVE"),
    (0x91, "CKR_OPERATION_NOT_INITIALIZED"),
    (0xa0, "CKR_PIN_INCORRECT"),
    (0xa1, "CKR_PIN_INVALID"),
    (0xa3, "CKR_PIN_EXPIRED"),
    (0xa4, "CKR_PIN_LOCKED"),
    (0xb0, "CKR_SESSION_CLOSED"),
    (0xb1, "CKR_SESSION_COUNT"),
    (0xb3, "CKR_SESSION_HANDLE_INVALID"),
    (0xb4, "CKR_SESSION_PARALLEL_NOT_SUPPORTED"),
    (0xb5, "CKR_SESSION_READ_ONLY"),
    (0xd0, "CKR_TEMPLATE_INCOMPLETE"),
    (0xd1, "CKR_TEMPLATE_INCONSISTENT"),
    (0xe0, "CKR_TOKEN_NOT_PRESENT"),
    (0xe1, "CKR_TOKEN_NOT_RECOGNIZED"),
    (0xe2, "CKR_TOKEN_WRITE_PROTECTED"),
    (0x100, "CKR_USER_ALREADY_LOGGED_IN"),
    (0x101, "CKR_USER_NOT_LOGGED_IN"),
    (0x102, "CKR_USER_PIN_NOT_INITIALIZED"),
    (0x103, "CKR_USER_TYPE_INVALID"),
    (0x104, "CKR_USER_ANOTHER_ALREADY_LOGGED_IN"),
    (0x120, "CKR_RANDOM_SEED_NOT_SUPPORTED"),
    (0x121, "CKR_RANDOM_NO_RNG"),
    (0x150, "CKR_BUFFER_TOO_SMALL"),
    (0x190, "CKR_CRYPTOKI_NOT_INITIALIZED"),
    (0x191, "CKR_CRYPTOKI_ALREADY_INITIALIZED"),
    (0x200, "CKR_FUNCTION_REJECTED"),
    (0x201, "CKR_TOKEN_RESOURCE_EXCEEDED"),
    (0x202, "CKR_OPERATION_CANCEL_FAILED"),
];

#[cfg(test)]
mod tests {
    use super::{NAMES, ReturnValue};

    #[test]
    fn the_table_is_sorted() {
        assert!(NAMES.is_sorted_by(|(a, _), (b, _)| a < b));
    }

    #[test]
    fn values_are_named_where_they_have_a_name() {
        for (value, text) in [
            (0x30, "CKR_DEVICE_ERROR (0x30)"),
            (0x202, "CKR_OPERATION_CANCEL_FAILED (0x202)"),
            (0x8000_0001, "a vendor's code (0x80000001)"),
            (0x999, "an unknown code (0x999)"),
        ] {
            assert_eq!(ReturnValue(value).to_string(), text);
        }
    }
}
