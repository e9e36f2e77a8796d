//! Calls of a key directory, and the shape of its answers.

use std::sync::Arc;

use claviger_xks::uri::ExternalKeyId;

use super::exports;
use super::fault::PluginFault;
use super::instance::Sensitivity;
use super::pool::Pool;
use super::wit::claviger::plugin::types::KeyStatus;
use crate::deadline::Deadline;

/// The directory of a key store.
pub(crate) struct Directory {
    pub(crate) pool: Pool<exports::Directory>,
}

/// The backend's name of a key.
pub(crate) struct DirectoryEntry {
    pub(crate) backend_key_id: ExternalKeyId,
    pub(crate) enabled: bool,
}

impl Directory {
    /// Maps an external key id.
    pub(crate) async fn resolve(
        &self,
        id: &ExternalKeyId,
        deadline: Deadline,
    ) -> Result<DirectoryEntry, PluginFault> {
        let mut lease = self.pool.lease(deadline).await?;
        let id: Arc<str> = id.as_str().into();
        let (answer,) = lease
            .call(
                deadline,
                Sensitivity::Plain,
                |directory| directory.resolve,
                (id,),
            )
            .await?;
        let entry = answer?;
        let backend_key_id: ExternalKeyId = entry
            .backend_key_id
            .parse()
            .map_err(|_| lease.condemn("the backend key id is not 1 to 128 of [A-Za-z0-9._-]"))?;
        Ok(DirectoryEntry {
            backend_key_id,
            enabled: entry.key_status == KeyStatus::Enabled,
        })
    }
}
