//! Why a call did not give AWS KMS what it wanted.

use claviger_xks::error::XksError;
use claviger_xks::uri::Api;
use thiserror::Error;

use super::MalformedAnswer;
use crate::connection::{TlsFault, TransportFault};
use crate::outcome::Outcome;

/// A call that failed: [`Self::outcome`] is the row of the table, the text of the
/// error what was seen.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Failure {
    /// There is no complete answer.
    #[error("{0}")]
    Transport(#[from] TransportFault),
    /// The answer is none that the specification has.
    #[error("{0}")]
    Malformed(#[from] MalformedAnswer),
    /// The proxy refused the request.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// Every key manager is `UNAVAILABLE`.
    #[error("every key manager is UNAVAILABLE")]
    AllUnavailable,
    /// The `keySpec` of the external key, other than `AES_256`.
    #[error("keySpec is not AES_256")]
    KeySpec(String),
    /// The external key is disabled.
    #[error("keyStatus is DISABLED")]
    KeyDisabled,
    /// The `keyUsage` of the external key, joined by commas; `ENCRYPT` or
    /// `DECRYPT` is not in it.
    #[error("keyUsage lacks ENCRYPT or DECRYPT")]
    KeyUsage(String),
    /// An integrity value was asked for and is not there.
    #[error("ciphertextDataIntegrityValue is missing")]
    IntegrityValueMissing,
    /// The integrity value is not the hash of the rest of the answer.
    #[error("ciphertextDataIntegrityValue is not the hash of the other members")]
    IntegrityValueWrong,
}

impl Failure {
    /// What the failure comes to. An endless, broken or non-HTTP answer counts as
    /// malformed (inferred), and so does something other than TLS on the port.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Transport(fault) => match fault {
                TransportFault::Resolve(_)
                | TransportFault::ServerName
                | TransportFault::Connect(_) => Outcome::NotReachable,
                TransportFault::Tls(TlsFault::NotTls)
                | TransportFault::Signing(_)
                | TransportFault::Broken
                | TransportFault::NotHttp
                | TransportFault::HeadTooLarge
                | TransportFault::TooLarge { .. } => Outcome::Malformed,
                TransportFault::Tls(_) => Outcome::NoTls,
                TransportFault::TimedOut(_) => Outcome::TimedOut,
            },
            Self::Malformed(_) => Outcome::Malformed,
            Self::Refused(refusal) => refusal.outcome(),
            Self::AllUnavailable => Outcome::AllUnavailable,
            Self::KeySpec(_) => Outcome::KeySpec,
            Self::KeyDisabled => Outcome::KeyStatus,
            Self::KeyUsage(_) => Outcome::KeyUsage,
            Self::IntegrityValueMissing | Self::IntegrityValueWrong => Outcome::IntegrityValue,
        }
    }

    /// The message that callers of AWS KMS read.
    pub fn text(&self) -> String {
        let value = match self {
            Self::KeySpec(value) | Self::KeyUsage(value) => value,
            Self::KeyDisabled => "DISABLED",
            _ => "",
        };
        self.outcome().text_with(value)
    }
}

/// An answer with an error name where the specification has it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{} {}", error.status().as_u16(), error.name())]
pub struct Refusal {
    /// The `errorName`.
    pub error: XksError,
    /// The API that was called.
    pub api: Api,
    /// The `errorMessage`, at most 511 characters of printable ASCII. AWS KMS
    /// writes it to `CloudWatch` Logs and does not show it to callers.
    pub message: Option<String>,
}

impl Refusal {
    /// What the refusal comes to.
    pub const fn outcome(&self) -> Outcome {
        Outcome::of_error(self.error, self.api)
    }
}
