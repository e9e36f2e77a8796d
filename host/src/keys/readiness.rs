//! Why a key store is not served, as far as is known (XKS-126, FLT-73).

use std::time::Instant;

use thiserror::Error;

use super::KeyStore;
use crate::pkcs11::TokenState;
use crate::storage::StorageState;

/// Why requests of a key store fail, or some of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum NotServed {
    /// The operator wants it so.
    #[error("it is out of service")]
    OutOfService,
    /// Nothing of the storage is used.
    #[error("its storage is not the file that was opened")]
    StorageAway,
    /// Encryptions fail when the reserved counts are used up.
    #[error("its storage cannot be written")]
    StorageFailing,
    /// None of those that its backend is granted.
    #[error("none of its tokens answers")]
    TokensAway,
    /// Nobody has asked, or the last answer is too old.
    #[error("its key managers have not answered yet")]
    Unknown,
    /// By what they say themselves.
    #[error("none of its key managers serves")]
    KeyManagersAway,
}

/// What a backend is granted, as far as the host sees it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Granted {
    /// Of its storage, if it has one.
    pub(crate) storage: Option<StorageState>,
    /// It has tokens, and none of them answers.
    pub(crate) no_token_answers: bool,
}

impl Granted {
    fn trouble(self) -> Option<NotServed> {
        match self.storage {
            Some(StorageState::Away) => Some(NotServed::StorageAway),
            Some(StorageState::Failing) => Some(NotServed::StorageFailing),
            _ if self.no_token_answers => Some(NotServed::TokensAway),
            None | Some(StorageState::Serving) => None,
        }
    }
}

impl KeyStore {
    fn granted(&self) -> Granted {
        let mut tokens = self.backend().tokens().peekable();
        Granted {
            storage: self.backend().storage(),
            no_token_answers: tokens.peek().is_some()
                && tokens.all(|state| state == TokenState::Unavailable),
        }
    }

    /// Why it is not served; nothing when it is.
    pub(crate) fn not_served(&self, now: Instant) -> Option<NotServed> {
        if !self.is_enabled() {
            return Some(NotServed::OutOfService);
        }
        let trouble = self.granted().trouble();
        trouble.or_else(|| match self.last_report(now) {
            None => Some(NotServed::Unknown),
            Some(report) => (!report.serves()).then_some(NotServed::KeyManagersAway),
        })
    }

    /// Whether it is in service and some key manager can serve, as far as is known.
    pub(crate) fn serves(&self, now: Instant) -> bool {
        self.not_served(now).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flt_73_what_the_host_sees_of_storages_and_tokens_counts() {
        let of = |storage, no_token_answers| {
            let granted = Granted {
                storage,
                no_token_answers,
            };
            granted.trouble()
        };
        let serving = Some(StorageState::Serving);
        assert_eq!(of(None, false), None);
        assert_eq!(of(serving, false), None);
        assert_eq!(of(serving, true), Some(NotServed::TokensAway));
        let failing = of(Some(StorageState::Failing), false);
        assert_eq!(failing, Some(NotServed::StorageFailing));
        let away = of(Some(StorageState::Away), true);
        assert_eq!(away, Some(NotServed::StorageAway));
    }
}
