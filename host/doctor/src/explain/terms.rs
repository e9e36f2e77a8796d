//! What can be explained: connection error codes, exceptions, and messages.

mod cloud_hsm;
mod codes;
mod create;
mod keys;
mod messages;
mod others;

use super::causes::Cause;

pub(super) use messages::of_outcome;

/// One code, exception or message.
#[derive(Debug, PartialEq, Eq)]
pub struct Term {
    /// As the API has it; of a message, the part by which it is recognised.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Which operations give it.
    pub from: &'static str,
    /// What it means, in a sentence.
    pub meaning: &'static str,
    /// The causes, the likeliest first.
    pub causes: &'static [&'static Cause],
    /// What else there is to know, such as advice that does not help; may be empty.
    pub note: &'static str,
}

/// What a term is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A `ConnectionErrorCode`.
    ConnectionErrorCode,
    /// An exception of the AWS KMS API.
    Exception,
    /// The text of an exception.
    Message,
}

impl Kind {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConnectionErrorCode => "ConnectionErrorCode",
            Self::Exception => "exception",
            Self::Message => "message",
        }
    }
}

/// All terms that have a name of their own: codes, exceptions, and those messages that
/// do not come of a call to the proxy.
pub(super) fn all() -> impl Iterator<Item = &'static Term> {
    codes::ALL
        .iter()
        .chain(&create::ALL)
        .chain(&keys::ALL)
        .chain(&cloud_hsm::ALL)
        .chain(&others::ALL)
        .chain(&messages::ALL)
}

/// The code or exception of this name, with or without `Exception` at its end.
pub(super) fn find(name: &str) -> Option<&'static Term> {
    all()
        .filter(|term| term.kind != Kind::Message)
        .find(|term| {
            let short = term.name.strip_suffix("Exception").unwrap_or(term.name);
            term.name.eq_ignore_ascii_case(name) || short.eq_ignore_ascii_case(name)
        })
}
