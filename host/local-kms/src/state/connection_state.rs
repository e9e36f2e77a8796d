//! Whether a key store is connected, as a table of transitions.

use claviger_xks_client::outcome::ConnectionErrorCode;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The `ConnectionState` of a key store, and its `ConnectionErrorCode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionState {
    /// As it was made, and after `DisconnectCustomKeyStore`.
    Disconnected,
    /// The proxy is about to be asked.
    Connecting,
    /// The proxy answered well.
    Connected,
    /// The proxy did not.
    Failed(ConnectionErrorCode),
    /// On its way to [`Self::Disconnected`].
    Disconnecting,
}

/// What happens to a key store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// `ConnectCustomKeyStore`
    Connect,
    /// The proxy was asked how it is.
    Asked(Result<(), ConnectionErrorCode>),
    /// `DisconnectCustomKeyStore`
    Disconnect,
    /// What belonged to the connection has been cleared away.
    Cleared,
}

/// What an event does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The state is another one.
    To(ConnectionState),
    /// Nothing is to be done.
    Stays,
    /// The state does not allow it.
    Refused,
}

impl ConnectionState {
    /// What an event does in this state. AWS KMS takes `ConnectCustomKeyStore` of a
    /// connected or connecting key store, and ignores it (inferred from the API
    /// model, which refuses it only of DISCONNECTING and FAILED ones).
    pub const fn step(self, event: Event) -> Step {
        match (self, event) {
            (Self::Disconnected, Event::Connect) => Step::To(Self::Connecting),
            (Self::Connecting, Event::Asked(Ok(()))) => Step::To(Self::Connected),
            (Self::Connecting, Event::Asked(Err(code))) => Step::To(Self::Failed(code)),
            (Self::Connecting | Self::Connected | Self::Failed(_), Event::Disconnect) => {
                Step::To(Self::Disconnecting)
            }
            (Self::Disconnecting, Event::Cleared) => Step::To(Self::Disconnected),
            (Self::Connecting | Self::Connected, Event::Connect)
            | (_, Event::Asked(_) | Event::Cleared) => Step::Stays,
            (Self::Failed(_) | Self::Disconnecting, Event::Connect)
            | (Self::Disconnected | Self::Disconnecting, Event::Disconnect) => Step::Refused,
        }
    }

    /// The state as the API has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disconnected => "DISCONNECTED",
            Self::Connecting => "CONNECTING",
            Self::Connected => "CONNECTED",
            Self::Failed(_) => "FAILED",
            Self::Disconnecting => "DISCONNECTING",
        }
    }

    /// Why it is [`Self::Failed`].
    pub const fn error_code(self) -> Option<ConnectionErrorCode> {
        match self {
            Self::Failed(code) => Some(code),
            _ => None,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    state: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error_code: Option<String>,
}

impl Serialize for ConnectionState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written {
            state: self.name().to_owned(),
            error_code: self.error_code().map(|code| code.name().to_owned()),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ConnectionState {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        let code = written
            .error_code
            .as_deref()
            .map(|name| {
                ConnectionErrorCode::from_name(name)
                    .ok_or_else(|| D::Error::custom("there is no such connection error code"))
            })
            .transpose()?;
        match (written.state.as_str(), code) {
            ("DISCONNECTED", None) => Ok(Self::Disconnected),
            ("CONNECTING", None) => Ok(Self::Connecting),
            ("CONNECTED", None) => Ok(Self::Connected),
            ("DISCONNECTING", None) => Ok(Self::Disconnecting),
            ("FAILED", Some(code)) => Ok(Self::Failed(code)),
            _ => Err(D::Error::custom("there is no such connection state")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILED: ConnectionState = ConnectionState::Failed(ConnectionErrorCode::XksProxyTimedOut);
    const ALL: [ConnectionState; 5] = [
        ConnectionState::Disconnected,
        ConnectionState::Connecting,
        ConnectionState::Connected,
        FAILED,
        ConnectionState::Disconnecting,
    ];

    #[test]
    fn connecting_and_disconnecting_go_round() {
        let asked = Event::Asked(Err(ConnectionErrorCode::XksProxyTimedOut));
        for (from, event, step) in [
            (ALL[0], Event::Connect, Step::To(ALL[1])),
            (ALL[1], Event::Asked(Ok(())), Step::To(ALL[2])),
            (ALL[1], asked, Step::To(FAILED)),
            (ALL[2], Event::Disconnect, Step::To(ALL[4])),
            (FAILED, Event::Disconnect, Step::To(ALL[4])),
            (ALL[4], Event::Cleared, Step::To(ALL[0])),
        ] {
            assert_eq!(from.step(event), step);
        }
    }

    #[test]
    fn a_failed_key_store_is_disconnected_before_it_is_connected() {
        let refusing = |event| ALL.map(|state| state.step(event) == Step::Refused);
        assert_eq!(refusing(Event::Connect), [false, false, false, true, true]);
        assert_eq!(
            refusing(Event::Disconnect),
            [true, false, false, false, true]
        );
    }

    #[test]
    fn an_answer_that_comes_late_changes_nothing() {
        for state in ALL {
            if state != ConnectionState::Connecting {
                assert_eq!(state.step(Event::Asked(Ok(()))), Step::Stays);
            }
        }
    }

    #[test]
    fn states_are_read_as_they_were_written() {
        for state in ALL {
            let written = serde_json::to_string(&state).unwrap();
            let read: ConnectionState = serde_json::from_str(&written).unwrap();
            assert_eq!(read, state);
        }
        for bad in [
            r#"{"state":"FAILED"}"#,
            r#"{"state":"CONNECTED","error_code":"INTERNAL_ERROR"}"#,
            r#"{"state":"FAILED","error_code":"NO"}"#,
            r#"{"state":"ON"}"#,
        ] {
            assert!(
                serde_json::from_str::<ConnectionState>(bad).is_err(),
                "{bad}"
            );
        }
    }
}
