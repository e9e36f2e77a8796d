//! What instances tell each other of logins, through the secrets that the host keeps.

use claviger_sdk::secrets;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The secret that it is kept as.
const NAME: &str = "backend-vault-state";

/// How long a refused login is not tried again, the first time, the second, and so on: a
/// server locks out who tries often. New settings, or a new secret, are tried at once.
const PAUSES: [u64; 3] = [10, 60, 300];

/// A token is refused when it was revoked, or when its policies do not allow what is asked,
/// and then a new one is no better. So there are this many logins in so many milliseconds.
const LOGINS: u32 = 5;
const WITHIN: u64 = 30_000;

/// Times are in milliseconds since 1970.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct State {
    /// When the first of the last logins was, and how many there were since.
    logged_in: u64,
    logins: u32,
    /// When a login was refused last, and how often in a row.
    refused: u64,
    refusals: u32,
    /// Why nobody is logged in.
    pub(crate) why: String,
    pub(crate) code: u32,
}

impl State {
    pub(crate) fn read() -> Self {
        let kept = secrets::reveal(NAME).unwrap_or_default();
        serde_json::from_slice(&kept).unwrap_or_default()
    }

    /// An error is of no consequence: the next instance tries for itself.
    fn keep(&self) {
        if let Ok(bytes) = serde_json::to_vec(self) {
            let _ = secrets::keep(NAME, &bytes);
        }
    }

    pub(crate) fn logged_in(&self, now: u64) {
        let is_another = self.is_recent(now);
        let state = Self {
            logged_in: if is_another { self.logged_in } else { now },
            logins: if is_another { self.logins + 1 } else { 1 },
            ..Self::default()
        };
        state.keep();
    }

    /// A login did not succeed. Only who was refused waits for long.
    pub(crate) fn failed(mut self, now: u64, is_refused: bool, why: &str, code: u32) {
        if is_refused {
            self.refused = now;
            self.refusals = self.refusals.saturating_add(1);
        }
        self.why = why.chars().take(300).collect();
        self.code = code;
        self.keep();
    }

    /// How long no login is to be tried.
    pub(crate) fn pause(&self, now: u64) -> Option<Duration> {
        let last = usize::try_from(self.refusals).ok()?.checked_sub(1)?;
        let pause = PAUSES.get(last).or(PAUSES.last())?;
        let until = self.refused.saturating_add(pause * 1000);
        let left = until.checked_sub(now).filter(|left| *left > 0)?;
        Some(Duration::from_millis(left))
    }

    /// Whether there were so many logins that another one would be no better.
    pub(crate) fn is_of_no_use(&self, now: u64) -> bool {
        self.is_recent(now) && self.logins >= LOGINS
    }

    fn is_recent(&self, now: u64) -> bool {
        self.logged_in > 0 && now.saturating_sub(self.logged_in) < WITHIN
    }
}
