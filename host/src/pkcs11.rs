//! PKCS#11 tokens: keys in hardware, behind a library of the HSM's vendor.
//!
//! Calls into a vendor's library block, and some of them never return. So a
//! [`Token`] owns threads with a session each, fed by a bounded queue; a request
//! waits for its job no longer than its deadline, and a thread that is stuck is
//! replaced. Sessions that are lost are opened again, and when none works the
//! library is started again, by the threads themselves: a request never waits for
//! that, it is refused at once. So it is when a search finds nothing and the session
//! cannot prove that it sees the token ([`known`]).
//!
//! A job's way: [`operations`] → [`token`] → [`threads`] → [`session`] with [`gcm`] and
//! [`bad_tag`] → [`raw`] → [`library`]. When it goes which way is
//! decided in [`sessions`], by data alone.
//!
//! `claviger token test` calls a library without any of that, on its main thread, in a
//! process of its own: [`bench`].

mod bad_tag;
mod bench;
mod fault;
mod gcm;
mod job;
mod keys;
mod known;
mod library;
mod operations;
mod outage;
mod raw;
mod return_value;
mod searches;
mod session;
mod sessions;
mod slot;
#[cfg(test)]
pub(crate) mod tests;
mod threads;
mod token;
mod wrapping_key;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use bench::Bench;
pub(crate) use fault::TokenFault;
pub(crate) use keys::{
    KeyAttributes, KeyReference, KeySelector, KeyTemplate, TokenInfo, TokenState,
};
pub(crate) use library::end_process;
pub(crate) use token::{Token, Trouble};
pub(crate) use wrapping_key::{WrappingFault, WrappingKey};

use crate::words::Deadline;

/// What a plugin has left of the deadline to answer with, when a token was late.
const REST: Duration = Duration::from_millis(5);

/// Until when a request with this deadline waits for a token.
pub(crate) fn within(deadline: Deadline) -> Deadline {
    deadline.earlier(REST)
}

/// The tokens that one use of a plugin is granted, by the operator's names.
#[derive(Clone, Default)]
pub(crate) struct GrantedTokens(Arc<[(String, Arc<Token>)]>);

impl GrantedTokens {
    /// The token of this name, if it is granted.
    pub(crate) fn by_name(&self, name: &str) -> Option<Arc<Token>> {
        self.0
            .iter()
            .find(|(granted, _)| granted == name)
            .map(|(_, token)| Arc::clone(token))
    }

    /// How each of them is doing.
    pub(crate) fn states(&self) -> impl Iterator<Item = TokenState> {
        self.0.iter().map(|(_, token)| token.state())
    }
}

impl FromIterator<(String, Arc<Token>)> for GrantedTokens {
    fn from_iter<I: IntoIterator<Item = (String, Arc<Token>)>>(tokens: I) -> Self {
        Self(tokens.into_iter().collect())
    }
}
