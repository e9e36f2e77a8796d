//! Finding the key that a request names.

use std::sync::Arc;

use super::{Call, texts};
use crate::exception::{Exception, ExceptionName};
use crate::moment::Moment;
use crate::names::{AccountId, KeyId, KeyReference, Region};
use crate::state::{Key, KeyState, RegionState};

/// Where and when a key is looked for.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) region: Region,
    pub(super) account: AccountId,
    pub(super) now: Moment,
}

impl Place {
    pub(super) fn of(call: &Call<'_>) -> Self {
        Self {
            region: call.region().clone(),
            account: call.account().clone(),
            now: call.service.now(),
        }
    }

    pub(super) fn arn(&self, key: KeyId) -> String {
        key.arn(&self.region, &self.account)
    }

    /// The key that `text` names: an id, an ARN, or an alias or its ARN.
    pub(super) fn key(&self, state: &RegionState, text: &str) -> Result<Arc<Key>, Exception> {
        match KeyReference::parse(text, &self.region, &self.account)? {
            KeyReference::Key(id) => self.key_by_id(state, id),
            KeyReference::Alias(name) => match state.aliases.get(&name) {
                Some(alias) => self.key_by_id(state, alias.target),
                None => Err(texts::alias_not_found(
                    &name.arn(&self.region, &self.account),
                )),
            },
        }
    }

    /// The key that `text` names, for operations that take no alias.
    pub(super) fn key_without_alias(
        &self,
        state: &RegionState,
        text: &str,
    ) -> Result<Arc<Key>, Exception> {
        match KeyReference::parse(text, &self.region, &self.account)? {
            KeyReference::Key(id) => self.key_by_id(state, id),
            KeyReference::Alias(_) => Err(Exception::new(
                ExceptionName::NotFound,
                format!("Invalid keyId '{text}'"),
            )),
        }
    }

    /// A key whose day of deletion has come is gone, though it may not have been
    /// removed yet.
    pub(super) fn key_by_id(&self, state: &RegionState, id: KeyId) -> Result<Arc<Key>, Exception> {
        state
            .keys
            .get(&id)
            .filter(|key| key.deletion.is_none_or(|deletion| deletion.date > self.now))
            .cloned()
            .ok_or_else(|| texts::key_not_found(&self.arn(id)))
    }

    /// Fails unless the key can be used.
    pub(super) fn require_usable(&self, state: &RegionState, key: &Key) -> Result<(), Exception> {
        let arn = self.arn(key.id);
        match key.state(state) {
            KeyState::Enabled => Ok(()),
            KeyState::Disabled => Err(texts::disabled(&arn)),
            KeyState::PendingDeletion => Err(texts::pending_deletion(&arn)),
            KeyState::Unavailable => Err(texts::unavailable(&arn)),
        }
    }

    /// Fails if the key is to be deleted: then it cannot be changed.
    pub(super) fn require_staying(&self, key: &Key) -> Result<(), Exception> {
        if key.deletion.is_some() {
            return Err(texts::pending_deletion(&self.arn(key.id)));
        }
        Ok(())
    }
}
