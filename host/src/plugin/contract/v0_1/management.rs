//! Interface `key-management` of a backend.

use std::sync::Arc;

use wasmtime::component::TypedFunc;

use super::backend::Backend;
use super::exported::key_management::{KeyList, KeySummary, ManagementError};
use super::imported::types::KeyStatus;
use crate::plugin::backend::{self, KeyCommand, ManagementFault};
use crate::plugin::exports::Exports;
use crate::plugin::instance::Sensitivity::Plain;
use crate::plugin::pool::Lease;
use crate::plugin::turn::Budget;
use crate::words::printable;

/// Longest text of a plugin that is shown, in bytes.
const TEXT: usize = 1024;

type Answer<T = KeySummary> = (Result<T, ManagementError>,);

/// Its functions.
pub(super) struct Management {
    create: TypedFunc<(Arc<str>, Arc<Vec<String>>), Answer>,
    list: TypedFunc<(Option<Arc<str>>, u32), Answer<KeyList>>,
    show: TypedFunc<(Arc<str>,), Answer>,
    set_status: TypedFunc<(Arc<str>, KeyStatus), Answer>,
    rotate: TypedFunc<(Arc<str>,), Answer>,
}

impl Management {
    pub(super) fn find(exports: &mut Exports<'_>) -> wasmtime::Result<Self> {
        const INTERFACE: &str = "key-management";
        Ok(Self {
            create: exports.find(INTERFACE, "create-key")?,
            list: exports.find(INTERFACE, "list-keys")?,
            show: exports.find(INTERFACE, "show-key")?,
            set_status: exports.find(INTERFACE, "set-key-status")?,
            rotate: exports.find(INTERFACE, "rotate-key")?,
        })
    }
}

impl Lease<'_, Backend> {
    /// Does what the operator asks for and returns the key as it is then.
    pub(in crate::plugin) async fn manage(
        &mut self,
        budget: Budget,
        command: KeyCommand,
    ) -> Result<backend::KeySummary, ManagementFault> {
        let (answer,) = match command {
            KeyCommand::Create(id, usage) => {
                let parameters = (id.shared(), Arc::new(usage));
                self.call(budget, Plain, |world| world.keys.create, parameters)
                    .await?
            }
            KeyCommand::SetEnabled(id, enabled) => {
                let status = if enabled {
                    KeyStatus::Enabled
                } else {
                    KeyStatus::Disabled
                };
                let parameters = (id.shared(), status);
                self.call(budget, Plain, |world| world.keys.set_status, parameters)
                    .await?
            }
            KeyCommand::Show(id) => {
                let parameters = (id.shared(),);
                self.call(budget, Plain, |world| world.keys.show, parameters)
                    .await?
            }
            KeyCommand::Rotate(id) => {
                let parameters = (id.shared(),);
                self.call(budget, Plain, |world| world.keys.rotate, parameters)
                    .await?
            }
        };
        Ok(answer?.into())
    }

    /// `list-keys`: one page, and where the next one begins.
    pub(in crate::plugin) async fn list_keys(
        &mut self,
        budget: Budget,
        after: Option<Arc<str>>,
        limit: u32,
    ) -> Result<backend::KeyPage, ManagementFault> {
        let (answer,) = self
            .call(budget, Plain, |world| world.keys.list, (after, limit))
            .await?;
        let list = answer?;
        let shown = |text: String| printable(&text, TEXT);
        let damaged = list.damaged.into_iter();
        Ok(backend::KeyPage {
            next: list.next,
            keys: list.keys.into_iter().map(Into::into).collect(),
            damaged: damaged
                .map(|key| (shown(key.external_key_id), shown(key.problem)))
                .collect(),
        })
    }
}

impl From<KeySummary> for backend::KeySummary {
    fn from(summary: KeySummary) -> Self {
        let shown = |text: &String| printable(text, TEXT);
        Self {
            external_key_id: shown(&summary.external_key_id),
            key_spec: shown(&summary.key_spec),
            key_usage: summary.key_usage.iter().map(shown).collect(),
            enabled: summary.key_status == KeyStatus::Enabled,
            current_version: summary.current_version,
            versions: summary.versions,
        }
    }
}

impl From<ManagementError> for ManagementFault {
    fn from(error: ManagementError) -> Self {
        use ManagementError as E;
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
