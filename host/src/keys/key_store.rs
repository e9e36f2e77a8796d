//! A key store: its policies, its directory, its backend, its health.

use std::sync::Arc;
use std::time::Duration;

use claviger_config::DefaultDecision;

use super::Health;
use crate::plugin::backend::Backend;
use crate::plugin::{Directory, Policy};

/// What one key store needs. Nothing in it is shared with another (XKS-011), and
/// nothing of it can be reached but by the steps of this room.
pub(crate) struct KeyStore {
    parts: KeyStoreParts,
    pub(super) health: Health,
}

/// What a key store is made of.
pub(crate) struct KeyStoreParts {
    pub(crate) name: Arc<str>,
    /// False while the operator has taken it out of service.
    pub(crate) enabled: bool,
    pub(crate) policies: Vec<Policy>,
    /// What happens when all policies abstain.
    pub(crate) default: DefaultDecision,
    pub(crate) directory: Option<Directory>,
    pub(crate) backend: Backend,
}

impl KeyStore {
    /// Puts the parts together; nothing is known of its health yet.
    pub(crate) fn new(parts: KeyStoreParts) -> Self {
        Self {
            parts,
            health: Health::default(),
        }
    }

    /// The operator's name for it.
    pub(crate) fn name(&self) -> &Arc<str> {
        &self.parts.name
    }

    /// Whether it is in service. A front door refuses every call of one that is not.
    pub(crate) fn is_enabled(&self) -> bool {
        self.parts.enabled
    }

    /// The operator's name for the plugin that holds its keys.
    pub(crate) fn backend_name(&self) -> &Arc<str> {
        &self.parts.backend.name
    }

    /// Another key store takes over: idle instances go at once, those in use with
    /// their requests.
    pub(crate) fn retire(&self) {
        self.parts.policies.iter().for_each(Policy::retire);
        self.parts.directory.iter().for_each(Directory::retire);
        self.parts.backend.retire();
    }

    /// Its plugins by name, and how long the first instance of each took to start.
    pub(crate) fn start_times(&self) -> Vec<(Arc<str>, Duration)> {
        let policies = self.parts.policies.iter();
        let policies = policies.map(|policy| (&policy.name, policy.start_time()));
        let directory = self.parts.directory.iter();
        let directory = directory.map(|directory| (&directory.name, directory.start_time()));
        let backend = &self.parts.backend;
        policies
            .chain(directory)
            .chain([(&backend.name, backend.start_time())])
            .map(|(name, time)| (Arc::clone(name), time))
            .collect()
    }

    /// Instances of plugins that were not used for a while go. To be called every 15
    /// seconds or so.
    pub(crate) fn drop_surplus(&self) {
        self.parts.policies.iter().for_each(Policy::drop_surplus);
        self.parts
            .directory
            .iter()
            .for_each(Directory::drop_surplus);
        self.parts.backend.drop_surplus();
    }

    pub(super) fn policies(&self) -> &[Policy] {
        &self.parts.policies
    }

    pub(super) fn default(&self) -> DefaultDecision {
        self.parts.default
    }

    pub(super) fn directory(&self) -> Option<&Directory> {
        self.parts.directory.as_ref()
    }

    pub(super) fn backend(&self) -> &Backend {
        &self.parts.backend
    }
}
