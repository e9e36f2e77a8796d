//! Calls of a key directory, and the shape of its answers.

use std::sync::Arc;

use claviger_settings::Fault;

use super::PluginBinding;
use super::contract;
use super::fault::PluginFault;
use super::pool::{Instances, Pool};
use crate::words::{Deadline, KeyId, RequestContext};

/// The directory of a key store.
pub(crate) struct Directory {
    /// Of the plugin, from the operator's configuration.
    pub(crate) name: Arc<str>,
    pool: Pool<contract::Directory>,
}

/// The backend's name of a key.
pub(crate) struct DirectoryEntry {
    pub(crate) backend_key_id: KeyId,
    pub(crate) enabled: bool,
}

impl Directory {
    /// Starts a directory; returns all faults with their key paths.
    pub(crate) async fn start(binding: PluginBinding<'_>) -> Result<Self, Vec<Fault>> {
        Ok(Self {
            name: binding.usage.plugin.as_str().into(),
            pool: binding.start().await?,
        })
    }

    /// What becomes of its instances.
    pub(crate) fn instances(&self) -> &dyn Instances {
        &self.pool
    }

    /// Maps the id of a key, on behalf of `request`.
    pub(crate) async fn resolve(
        &self,
        id: &KeyId,
        request: Option<&RequestContext>,
        deadline: Deadline,
    ) -> Result<DirectoryEntry, PluginFault> {
        let mut lease = self.pool.lease(deadline).await?;
        let (id, enabled) = lease.resolve(deadline, request, id).await??;
        let backend_key_id = KeyId::try_from(Arc::from(id))
            .map_err(|_| lease.condemn("the backend key id is not 1 to 128 of [A-Za-z0-9._-]"))?;
        Ok(DirectoryEntry {
            backend_key_id,
            enabled,
        })
    }
}
