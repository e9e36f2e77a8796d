//! Interface `key-management` of a backend: for the operator's command line.

use std::sync::Arc;

use thiserror::Error;

use super::Backend;
use crate::plugin::fault::PluginFault;
use crate::plugin::turn::Budget;
use crate::words::{Deadline, KeyId};

/// A key as `claviger key` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeySummary {
    /// The id under which AWS KMS names it.
    pub(crate) external_key_id: String,
    /// `AES_256`, or what it is.
    pub(crate) key_spec: String,
    /// `ENCRYPT`, `DECRYPT`, both or neither.
    pub(crate) key_usage: Vec<String>,
    /// Whether it may be used.
    pub(crate) enabled: bool,
    /// The version that new ciphertexts are made with.
    pub(crate) current_version: u32,
    /// How many versions can decrypt.
    pub(crate) versions: u32,
}

/// What `claviger key list` shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyList {
    pub(crate) keys: Vec<KeySummary>,
    /// The id of each key that is there and cannot be read, and what is wrong with it.
    pub(crate) damaged: Vec<(String, String)>,
}

/// A part of it, as a plugin answers.
pub(in crate::plugin) struct KeyPage {
    pub(in crate::plugin) keys: Vec<KeySummary>,
    pub(in crate::plugin) damaged: Vec<(String, String)>,
    /// The next page is of what comes after this id.
    pub(in crate::plugin) next: Option<String>,
}

/// Keys of one page.
const PAGE: u32 = 1000;

/// Why nothing was done.
#[derive(Debug, Error)]
pub(crate) enum ManagementFault {
    /// The id is taken.
    #[error("there is a key of this id already")]
    AlreadyExists,
    /// There is no such key.
    #[error("there is no key of this id")]
    NotFound,
    /// Somebody else was quicker.
    #[error("the key was changed by somebody else meanwhile; nothing was changed: try again")]
    Conflict,
    /// The backend's keys are managed elsewhere.
    #[error("the backend cannot do this: {0}")]
    Unsupported(String),
    /// The request is wrong.
    #[error("{0}")]
    Invalid(String),
    /// The key manager failed.
    #[error("the key manager failed: {0}")]
    Failed(String),
    /// The plugin itself failed.
    #[error(transparent)]
    Plugin(#[from] PluginFault),
}

/// What `claviger key` can ask for.
pub(crate) enum KeyCommand {
    /// Makes a key with these usages.
    Create(KeyId, Vec<String>),
    /// One key.
    Show(KeyId),
    /// Lets it be used, or not.
    SetEnabled(KeyId, bool),
    /// Adds a version and makes it current.
    Rotate(KeyId),
}

impl KeyCommand {
    /// The key that it is about.
    pub(crate) fn key_id(&self) -> &KeyId {
        match self {
            Self::Create(id, _) | Self::Show(id) | Self::SetEnabled(id, _) | Self::Rotate(id) => id,
        }
    }
}

impl Backend {
    /// Does what the operator asks for and returns the key as it is then.
    pub(crate) async fn manage(
        &self,
        command: KeyCommand,
        deadline: Deadline,
    ) -> Result<KeySummary, ManagementFault> {
        self.upkeep.first(deadline).await;
        let mut lease = self.inner.pool.lease_in_background(deadline).await?;
        lease.manage(Budget::operator(deadline), command).await
    }

    /// All keys of the key store, page by page.
    pub(crate) async fn list_keys(&self, deadline: Deadline) -> Result<KeyList, ManagementFault> {
        self.upkeep.first(deadline).await;
        let budget = Budget::operator(deadline);
        let mut lease = self.inner.pool.lease_in_background(deadline).await?;
        let (mut list, mut after) = (KeyList::default(), None::<String>);
        loop {
            let from = after.as_deref().map(Arc::from);
            let page = lease.list_keys(budget, from, PAGE).await?;
            list.keys.extend(page.keys);
            list.damaged.extend(page.damaged);
            match page.next {
                None => return Ok(list),
                // Or it would never end.
                Some(next) if after.as_ref().is_none_or(|after| next > *after) => {
                    after = Some(next);
                }
                Some(_) => {
                    let nonsense = "its list of keys does not go on where it stopped";
                    return Err(lease.condemn(nonsense).into());
                }
            }
        }
    }
}
