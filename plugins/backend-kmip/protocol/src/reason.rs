//! Why a server refuses: Result Reason.

use std::fmt;

/// A Result Reason, also one that is not known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason(pub u32);

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        impl Reason {
            $($(#[$doc])* pub const $name: Self = Self($number);)*

            /// Its name in the specification.
            pub fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($text),)*
                    _ => None,
                }
            }
        }
    };
}

reasons! {
    /// There is no such object, or none that this client may know of.
    ITEM_NOT_FOUND = 0x01, "Item Not Found";
    /// The answer would be longer than the client or the server allows.
    RESPONSE_TOO_LARGE = 0x02, "Response Too Large";
    /// The certificate, or the credential, is not accepted.
    AUTHENTICATION_NOT_SUCCESSFUL = 0x03, "Authentication Not Successful";
    /// The message cannot be read, or is of another version.
    INVALID_MESSAGE = 0x04, "Invalid Message";
    /// The server does not have this operation.
    OPERATION_NOT_SUPPORTED = 0x05, "Operation Not Supported";
    /// Something is missing.
    MISSING_DATA = 0x06, "Missing Data";
    /// Something is wrong.
    INVALID_FIELD = 0x07, "Invalid Field";
    /// For example several items in one message.
    FEATURE_NOT_SUPPORTED = 0x08, "Feature Not Supported";
    /// A tag that does not match, by the test cases of the standard.
    CRYPTOGRAPHIC_FAILURE = 0x0A, "Cryptographic Failure";
    /// Not possible in this state.
    ILLEGAL_OPERATION = 0x0B, "Illegal Operation";
    /// By state, by usage mask, or for this client.
    PERMISSION_DENIED = 0x0C, "Permission Denied";
    /// It would have to be recovered first.
    OBJECT_ARCHIVED = 0x0D, "Object Archived";
    /// Its Usage Limits are reached.
    USAGE_LIMIT_EXCEEDED = 0x1A, "Usage Limit Exceeded";
    /// 2.x
    INCOMPATIBLE_USAGE_MASK = 0x29, "Incompatible Cryptographic Usage Mask";
    /// 2.x
    OBJECT_DESTROYED = 0x36, "Object Destroyed";
    /// 2.x
    OBJECT_NOT_FOUND = 0x37, "Object Not Found";
    /// 2.x
    NOT_AUTHORISED = 0x39, "Not Authorised";
    /// Too much at once.
    SERVER_LIMIT_EXCEEDED = 0x3A, "Server Limit Exceeded";
    /// Of a header that says a version which the server does not have.
    UNSUPPORTED_PROTOCOL_VERSION = 0x3F, "Unsupported Protocol Version";
    /// 2.x
    WRONG_STATE = 0x43, "Wrong Key Lifecycle State";
    /// Anything else.
    GENERAL_FAILURE = 0x100, "General Failure";
}

impl Reason {
    /// Whether a server says this of a message whose version it does not have. It may be
    /// something else.
    pub fn is_of_version(self) -> bool {
        matches!(
            self,
            Self::INVALID_MESSAGE | Self::UNSUPPORTED_PROTOCOL_VERSION
        )
    }

    /// Whether the server says that there is no such object.
    pub fn is_not_found(self) -> bool {
        matches!(
            self,
            Self::ITEM_NOT_FOUND | Self::OBJECT_NOT_FOUND | Self::OBJECT_DESTROYED
        )
    }
}

/// Name and number.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} (0x{:02X})", self.0),
            None => write!(f, "reason 0x{:02X}", self.0),
        }
    }
}
