//! The host's own words: what its rooms say to each other.
//!
//! None of them belongs to a contract of plugins, to a front door or to a kind of
//! key manager. Those translate: `plugin::contract` into the words of a contract
//! version, `front` into what its callers read.

mod deadline;
mod fault_kind;
mod health;
mod key_id;
mod own_task;
mod plaintext;
mod printable;
mod rate;
mod request;
mod sealed;
mod secret_bytes;
mod verdict;
mod version;

pub(crate) use deadline::Deadline;
pub(crate) use fault_kind::{FaultKind, Refusal};
pub(crate) use health::{HealthReport, KeyManager, KeyManagerState};
pub(crate) use key_id::{KeyId, NotAKeyId};
pub(crate) use own_task::OwnTask;
pub(crate) use plaintext::Plaintext;
pub(crate) use printable::{escape_into, escaped_length, is_printable, printable};
pub(crate) use rate::Rate;
pub(crate) use request::{Caller, Operation, RequestContext};
pub(crate) use sealed::{CheckedSealed, Octets, Sealed};
pub(crate) use secret_bytes::SecretBytes;
pub(crate) use verdict::{Decision, Grounds, Verdict};
pub(crate) use version::{COMMIT, VERSION};
