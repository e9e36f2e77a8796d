//! Capability `streams`: byte streams to the upstreams that the operator granted by name,
//! for other protocols than HTTP.

#[cfg(target_arch = "wasm32")]
use crate::contract::shared::claviger::plugin::streams as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::stand_in::streams as host;

use crate::types::Error;
use thiserror::Error as ThisError;

/// Most bytes that one call of [`Connection::read`] or [`Connection::write`] moves.
pub const MOST_BYTES: u32 = 1 << 20;

/// Why there is no connection, or no bytes.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
pub enum StreamError {
    /// No upstream of this name was granted.
    #[error("no upstream of this name is granted")]
    NoSuchUpstream,
    /// What was asked breaks a limit.
    #[error("not allowed: {0}")]
    Denied(String),
    /// More waits for the upstream's connections than the operator allows.
    #[error("more waits for the upstream than is allowed")]
    Throttled,
    /// The deadline passed.
    #[error("the upstream did not answer before the deadline")]
    Deadline,
    /// No connection came to be.
    #[error("the upstream cannot be reached: {0}")]
    Unreachable(String),
    /// The connection ended.
    #[error("the upstream ended the connection")]
    Closed,
}

/// An upstream that cannot be reached or does not answer is a key manager that does not
/// answer.
impl From<StreamError> for Error {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Throttled => Self::throttling(error),
            StreamError::Deadline | StreamError::Unreachable(_) | StreamError::Closed => {
                Self::dependency_timeout(error)
            }
            StreamError::NoSuchUpstream | StreamError::Denied(_) => Self::internal(error),
        }
    }
}

/// One connection. It ends when it is dropped, and with the call that took it.
#[derive(Debug)]
pub struct Connection(host::Connection);

impl Connection {
    /// A connection of the upstream: one that an earlier call gave back with
    /// [`keep`](Self::keep), or a new one. `fresh` asks for a new one.
    pub fn open(upstream: &str, fresh: bool) -> Result<Self, StreamError> {
        host::Connection::open(upstream, fresh).map(Self)
    }

    /// Whether an earlier call has used it: its other end may have ended it meanwhile.
    pub fn is_used(&self) -> bool {
        self.0.is_used()
    }

    /// Sends all of it; at most 1 MiB.
    pub fn write(&self, bytes: &[u8]) -> Result<(), StreamError> {
        self.0.write(bytes)
    }

    /// Waits for exactly so many bytes, at most 1 MiB.
    pub fn read(&self, count: u32) -> Result<Vec<u8>, StreamError> {
        self.0.read(count)
    }

    /// Gives it back for another call: when a question has been answered whole and no
    /// byte is left over.
    pub fn keep(self) {
        host::Connection::keep(self.0);
    }
}
