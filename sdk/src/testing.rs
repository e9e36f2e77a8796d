//! Looks into, and disturbs, what stands in for the host when a plugin is tested
//! natively. Each thread, so each test, has its own; nothing is shared.

mod token;

use crate::log::Level;
use crate::stand_in::STATE;

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
