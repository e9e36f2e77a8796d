//! Looks into, and disturbs, what stands in for the host when a plugin is tested
//! natively. Each thread, so each test, has its own; nothing is shared.

mod token;

use crate::http::{HttpError, Request, Response};
use crate::log::Level;
use crate::stand_in::STATE;
use crate::{Call, Decryption, Encryption, Sealed};
use std::rc::Rc;

pub use token::{TestKey, TestToken};

/// The lines logged so far on this thread, oldest first.
pub fn logged() -> Vec<(Level, String)> {
    STATE.with_borrow(|state| state.lines.clone())
}

/// From now on every write of `key_storage` on this thread is answered
/// `unavailable`, or no longer.
pub fn storage_fails(fails: bool) {
    STATE.with_borrow_mut(|state| state.storage_fails = fails);
}

/// From now on every call of `key_storage` on this thread is answered `unavailable`,
/// or no longer.
pub fn storage_is_away(away: bool) {
    STATE.with_borrow_mut(|state| state.storage_is_away = away);
}

/// Damages a record: it is there and does not open. A write repairs it.
pub fn damage_record(name: &str) {
    STATE.with_borrow_mut(|state| state.damaged.insert(name.to_owned()));
}

/// The next value of the counter `name` is `last + 1`.
pub fn set_counter(name: &str, last: u64) {
    STATE.with_borrow_mut(|state| state.counters.insert(name.to_owned(), last));
}

/// Removes a record, as nothing but damage can do to a real storage.
pub fn remove_record(name: &str) {
    STATE.with_borrow_mut(|state| state.records.remove(name));
}

/// How often a host function was called on this thread, under its name in the
/// contract: `key-storage.read`, `aead.key.seal`.
pub fn calls(function: &str) -> u64 {
    STATE.with_borrow(|state| state.calls.get(function).copied().unwrap_or(0))
}

/// From now on `answer` answers on this thread for the upstream `name` of
/// [`http`](crate::http).
pub fn upstream(name: &str, answer: impl Fn(&Request) -> Result<Response, HttpError> + 'static) {
    STATE.with_borrow_mut(|state| state.upstreams.insert(name.to_owned(), Rc::new(answer)));
}

/// From now on `answer` is the other end of connections of this thread to the upstream
/// `name` of [`streams`](crate::streams): it is given what is written, and hangs up with
/// `None`.
pub fn peer(name: &str, answer: impl Fn(&[u8]) -> Option<Vec<u8>> + 'static) {
    STATE.with_borrow_mut(|state| state.peers.insert(name.to_owned(), Rc::new(answer)));
}

/// A secret of [`secrets`](crate::secrets) on this thread.
pub fn secret(name: &str, value: &[u8]) {
    STATE.with_borrow_mut(|state| state.secrets.insert(name.to_owned(), value.to_vec()));
}

/// What was counted under a name of [`metrics`](crate::metrics) on this thread.
pub fn counted(name: &str) -> u64 {
    STATE.with_borrow(|state| state.counts.get(name).copied().unwrap_or(0))
}

/// An encryption on nobody's behalf.
pub fn encryption(
    ciphertext_metadata: &[u8],
    additional_data: &[u8],
    plaintext: &[u8],
) -> Encryption {
    Encryption {
        call: Call::default(),
        ciphertext_metadata: ciphertext_metadata.to_vec(),
        additional_data: additional_data.to_vec(),
        plaintext: plaintext.to_vec(),
    }
}

/// A decryption on nobody's behalf.
pub fn decryption(
    ciphertext_metadata: &[u8],
    additional_data: &[u8],
    sealed: &Sealed,
) -> Decryption {
    Decryption {
        call: Call::default(),
        ciphertext_metadata: ciphertext_metadata.to_vec(),
        additional_data: additional_data.to_vec(),
        sealed: sealed.clone(),
    }
}
