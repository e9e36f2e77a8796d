//! Interface `key-management` of a backend: for the operator's command line.

use std::sync::Arc;

use claviger_xks::uri::ExternalKeyId;
use thiserror::Error;

use super::super::fault::{PluginFault, printable};
use super::super::instance::Sensitivity;
use super::super::wit::claviger::plugin::types::KeyStatus;
use super::super::wit::exports::claviger::plugin::key_management as contract;
use super::Backend;
use crate::deadline::Deadline;

/// Longest text of a plugin that is shown, in bytes.
const TEXT: usize = 1024;

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
    Create(ExternalKeyId, Vec<String>),
    /// One key.
    Show(ExternalKeyId),
    /// Lets it be used, or not.
    SetEnabled(ExternalKeyId, bool),
    /// Adds a version and makes it current.
    Rotate(ExternalKeyId),
}

impl KeyCommand {
    /// The key that it is about.
    pub(crate) fn key_id(&self) -> &ExternalKeyId {
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
        let mut lease = self.pool.lease(deadline).await?;
        let text = |id: &ExternalKeyId| -> Arc<str> { id.as_str().into() };
        let plain = Sensitivity::Plain;
        let (answer,) = match command {
            KeyCommand::Create(id, usage) => {
                let parameters = (text(&id), Arc::new(usage));
                lease
                    .call(deadline, plain, |backend| backend.create_key, parameters)
                    .await?
            }
            KeyCommand::SetEnabled(id, enabled) => {
                let status = if enabled {
                    KeyStatus::Enabled
                } else {
                    KeyStatus::Disabled
                };
                let parameters = (text(&id), status);
                lease
                    .call(
                        deadline,
                        plain,
                        |backend| backend.set_key_status,
                        parameters,
                    )
                    .await?
            }
            KeyCommand::Show(id) => {
                lease
                    .call(deadline, plain, |backend| backend.show_key, (text(&id),))
                    .await?
            }
            KeyCommand::Rotate(id) => {
                lease
                    .call(deadline, plain, |backend| backend.rotate_key, (text(&id),))
                    .await?
            }
        };
        Ok(answer?.into())
    }

    /// All keys of the key store.
    pub(crate) async fn list_keys(
        &self,
        deadline: Deadline,
    ) -> Result<Vec<KeySummary>, ManagementFault> {
        let mut lease = self.pool.lease(deadline).await?;
        let (answer,) = lease
            .call(
                deadline,
                Sensitivity::Plain,
                |backend| backend.list_keys,
                (),
            )
            .await?;
        Ok(answer?.into_iter().map(KeySummary::from).collect())
    }
}

impl From<contract::KeySummary> for KeySummary {
    fn from(summary: contract::KeySummary) -> Self {
        Self {
            external_key_id: printable(&summary.external_key_id, TEXT),
            key_spec: printable(&summary.key_spec, TEXT),
            key_usage: summary
                .key_usage
                .iter()
                .map(|usage| printable(usage, TEXT))
                .collect(),
            enabled: summary.key_status == KeyStatus::Enabled,
            current_version: summary.current_version,
            versions: summary.versions,
        }
    }
}

impl From<contract::ManagementError> for ManagementFault {
    fn from(error: contract::ManagementError) -> Self {
        use contract::ManagementError as E;
        match error {
            E::AlreadyExists => Self::AlreadyExists,
            E::NotFound => Self::NotFound,
            E::Conflict => Self::Conflict,
            E::Unsupported(text) => Self::Unsupported(printable(&text, TEXT)),
            E::Invalid(text) => Self::Invalid(printable(&text, TEXT)),
            E::Failed(text) => Self::Failed(printable(&text, TEXT)),
        }
    }
}
