//! Finds the slot of a token, and says why a session cannot be opened.

use std::time::Duration;

use claviger_config::secrets::Pin;
use claviger_config::{Token as ConfiguredToken, TokenSelector};
use claviger_settings::Fault;
use thiserror::Error;

use super::library::Inside;
use super::return_value::ReturnValue;

/// How long the start waits for the token.
pub(super) const START: Duration = Duration::from_secs(10);

/// Why no session of a token can be opened. The texts are for the operator and
/// never list what tokens there are.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum OpenFault {
    /// What is configured is wrong, and the library says so.
    #[error("the library refuses to start ({0})")]
    Library(ReturnValue),
    #[error("the library has no such token")]
    NoToken,
    #[error("several tokens of the library are called so")]
    SeveralTokens,
    #[error("the PIN is refused ({0})")]
    Pin(ReturnValue),
    /// Anything that may pass.
    #[error("the token cannot be reached ({0})")]
    Unreachable(ReturnValue),
    /// Found by the start, which waits no longer.
    #[error("the token does not answer within {} s", START.as_secs())]
    NoAnswer,
}

impl From<ReturnValue> for OpenFault {
    fn from(value: ReturnValue) -> Self {
        if value.refuses_pin() {
            Self::Pin(value)
        } else if value.blames_configuration() {
            Self::Library(value)
        } else {
            Self::Unreachable(value)
        }
    }
}

impl OpenFault {
    /// What the operator is told, who has configured the token so.
    pub(super) fn of(&self, configured: &ConfiguredToken) -> Fault {
        let at = |key: &str| format!("{}.{key}", configured.table_path);
        let (path, fix) = match self {
            Self::NoAnswer | Self::Unreachable(_) => (
                configured.table_path.clone(),
                "look after the token: attempts go on, and until they succeed requests get 503",
            ),
            Self::NoToken => (
                at(configured.selector.key()),
                "ask the vendor's tools what it is called, or `pkcs11-tool --list-slots`",
            ),
            Self::Library(_) => (
                at("module"),
                "read the vendor's documentation on what the library wants; \
                 `library_parameters` may be wrong",
            ),
            Self::SeveralTokens => (
                at(configured.selector.key()),
                "say which one with `token_serial` or `slot`",
            ),
            Self::Pin(_) => (
                Pin::setting(configured),
                "write the PIN of the token's user; too many attempts lock it",
            ),
        };
        Fault::new(path, self.to_string(), fix)
    }
}

/// The slot that holds the token.
pub(super) fn find(inside: &Inside<'_>, selector: &TokenSelector) -> Result<u64, OpenFault> {
    let raw = inside.raw;
    if let TokenSelector::Slot(slot) = selector {
        return match raw.has_slot(*slot) {
            Ok(()) => Ok(*slot),
            Err(ReturnValue::SLOT_ID_INVALID) => Err(OpenFault::NoToken),
            Err(value) => Err(value.into()),
        };
    }
    let mut found = None;
    let mut unreadable = None;
    for slot in raw.slots()? {
        let info = match raw.token_info(slot) {
            Ok(info) => info,
            Err(value) => {
                // Perhaps the one that is looked for.
                unreadable = Some(value.into());
                continue;
            }
        };
        let matches = match selector {
            TokenSelector::Label(label) => info.label.trim_end() == label.trim_end(),
            TokenSelector::Serial(serial) => info.serial.trim_end() == serial.trim_end(),
            TokenSelector::Slot(_) => false,
        };
        if matches && found.replace(slot).is_some() {
            return Err(OpenFault::SeveralTokens);
        }
    }
    found.ok_or(unreadable.unwrap_or(OpenFault::NoToken))
}
