//! The sessions a client has open. Handles are our own and never used twice,
//! so that one which outlives its session stays invalid for ever.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use cryptoki_sys::{
    CK_FLAGS, CK_SESSION_HANDLE, CK_SLOT_ID, CKF_RW_SESSION, CKR_FUNCTION_FAILED,
    CKR_SESSION_COUNT, CKR_SESSION_HANDLE_INVALID,
};

use crate::codes::Answer;
use crate::gcm::Operation;
use crate::settings::{Convention, Settings};

/// The most sessions of an application that CloudHSM grants.
const CLOUDHSM_SESSIONS: u64 = 1024;

/// Sessions by handle.
#[derive(Default)]
pub(crate) struct Sessions {
    open: Mutex<HashMap<CK_SESSION_HANDLE, Arc<Session>>>,
    last: AtomicU64,
}

struct Session {
    slot: CK_SLOT_ID,
    state: Mutex<State>,
}

/// What a call on a session works with.
pub(crate) struct State {
    /// The module's handle.
    pub(crate) real: CK_SESSION_HANDLE,
    /// An encryption that was begun with `C_EncryptInit`, if we translate it.
    pub(crate) encrypt: Option<Operation>,
    /// The same for `C_DecryptInit`.
    pub(crate) decrypt: Option<Operation>,
}

/// Why a session could not be used.
pub(crate) enum Refusal {
    /// There is no such session.
    Unknown,
    /// Another thread is in a call on it.
    Shared,
}

impl Sessions {
    /// Whether the HSM would open another session.
    pub(crate) fn admit(&self, flags: CK_FLAGS, settings: &Settings) -> Answer {
        let is_cloudhsm = settings.convention == Convention::CloudHsm;
        if is_cloudhsm && flags & CKF_RW_SESSION == 0 {
            return Err(CKR_FUNCTION_FAILED);
        }
        let limit = settings
            .max_sessions
            .or(is_cloudhsm.then_some(CLOUDHSM_SESSIONS));
        if limit.is_some_and(|limit| self.lock().len() as u64 >= limit) {
            return Err(CKR_SESSION_COUNT);
        }
        Ok(())
    }

    /// A handle for a session of the module's.
    pub(crate) fn add(&self, slot: CK_SLOT_ID, real: CK_SESSION_HANDLE) -> CK_SESSION_HANDLE {
        let handle = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let state = State {
            real,
            encrypt: None,
            decrypt: None,
        };
        let session = Session {
            slot,
            state: Mutex::new(state),
        };
        self.lock().insert(handle, Arc::new(session));
        handle
    }

    /// Works on a session, alone: PKCS#11 lets one thread use it at a time, and
    /// HSMs are not kind about a second.
    pub(crate) fn with<T>(
        &self,
        handle: CK_SESSION_HANDLE,
        work: impl FnOnce(&mut State) -> T,
    ) -> Result<T, Refusal> {
        let session = self.lock().get(&handle).cloned().ok_or(Refusal::Unknown)?;
        match session.state.try_lock() {
            Ok(mut state) => Ok(work(&mut state)),
            Err(TryLockError::Poisoned(poisoned)) => Ok(work(&mut poisoned.into_inner())),
            Err(TryLockError::WouldBlock) => Err(Refusal::Shared),
        }
    }

    /// Forgets a session.
    pub(crate) fn remove(&self, handle: CK_SESSION_HANDLE) {
        self.lock().remove(&handle);
    }

    /// Forgets a slot's sessions.
    pub(crate) fn remove_slot(&self, slot: CK_SLOT_ID) {
        self.lock().retain(|_, session| session.slot != slot);
    }

    /// Forgets all, and says which they were to the module.
    pub(crate) fn drain(&mut self) -> Vec<CK_SESSION_HANDLE> {
        let drained = self
            .lock()
            .drain()
            .map(|(_, session)| session)
            .collect::<Vec<_>>();
        drained
            .iter()
            .map(|session| {
                session
                    .state
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .real
            })
            .collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<CK_SESSION_HANDLE, Arc<Session>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Refusal {
    /// What the client is told.
    pub(crate) fn value(&self) -> cryptoki_sys::CK_RV {
        match self {
            Self::Unknown => CKR_SESSION_HANDLE_INVALID,
            Self::Shared => CKR_FUNCTION_FAILED,
        }
    }
}
