//! World `key-directory`.

use std::sync::Arc;

use wasmtime::component::TypedFunc;

use super::call::{Call, Returned};
use super::exported::directory::DirectoryEntry;
use super::imported::types::KeyStatus;
use crate::plugin::contract::{Role, World};
use crate::plugin::exports::Exports;
use crate::plugin::fault::PluginFault;
use crate::plugin::instance::Sensitivity::Plain;
use crate::plugin::pool::Lease;
use crate::words::{Deadline, KeyId, Refusal, RequestContext};

/// Its functions.
pub(in crate::plugin) struct Directory {
    resolve: TypedFunc<(Call, Arc<str>), Returned<DirectoryEntry>>,
}

impl World for Directory {
    const ROLE: Role = Role::Directory;

    fn find(exports: &mut Exports<'_>) -> wasmtime::Result<Self> {
        Ok(Self {
            resolve: exports.find("directory", "resolve")?,
        })
    }
}

impl Lease<'_, Directory> {
    /// `resolve`: the backend's id of the key, and whether it is enabled.
    pub(in crate::plugin) async fn resolve(
        &mut self,
        deadline: Deadline,
        request: Option<&RequestContext>,
        id: &KeyId,
    ) -> Result<Result<(String, bool), Refusal>, PluginFault> {
        let parameters = (Call::new(deadline, request), id.shared());
        let (answer,) = self
            .call(deadline, Plain, |world| world.resolve, parameters)
            .await?;
        Ok(answer
            .map(|entry| (entry.backend_key_id, entry.key_status == KeyStatus::Enabled))
            .map_err(|failure| self.told(failure)))
    }
}
