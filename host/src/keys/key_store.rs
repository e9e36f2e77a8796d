//! A key store: its policies, its directory, its backend, its health.

use std::sync::Arc;
use std::time::Duration;

use claviger_config::DefaultDecision;

use super::Health;
use crate::plugin::backend::Backend;
use crate::plugin::{Directory, Instances, Policy};
use crate::switches::KeyStoreSwitch;
use crate::words::KeyId;

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
    /// What the operator switches off while it is served.
    pub(crate) switch: Arc<KeyStoreSwitch>,
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
        self.parts.enabled && !self.parts.switch.is_off()
    }

    /// Whether the operator has switched this key off, by the id that callers use.
    pub(super) fn is_switched_off(&self, key: &KeyId) -> bool {
        self.parts.switch.is_key_off(key)
    }

    /// The operator's name for the plugin that holds its keys.
    pub(crate) fn backend_name(&self) -> &Arc<str> {
        &self.parts.backend.name
    }

    /// The component that holds its keys, its settings with their secrets, and what files
    /// and secrets behind its grants hold: SHA-256 of each.
    pub(crate) fn backend_identity(&self) -> (&str, [[u8; 32]; 2]) {
        let instances = self.parts.backend.instances();
        (instances.digest(), instances.settings_digests())
    }

    /// Another key store takes over: idle instances go at once, those in use with
    /// their requests.
    pub(crate) fn retire(&self) {
        for (_, instances) in self.plugins() {
            instances.retire();
        }
    }

    /// Its plugins by name, and how long the first instance of each took to start.
    pub(crate) fn start_times(&self) -> Vec<(Arc<str>, Duration)> {
        let plugins = self.plugins();
        plugins
            .map(|(name, instances)| (Arc::clone(name), instances.start_time()))
            .collect()
    }

    /// Instances of plugins that were not used for a while go. To be called every 15
    /// seconds or so.
    pub(crate) fn drop_surplus(&self) {
        for (_, instances) in self.plugins() {
            instances.drop_surplus();
        }
    }

    /// Whether one of its plugins fails at every request, whatever the key managers
    /// say of themselves.
    pub(super) fn is_impaired(&self) -> bool {
        self.plugins().any(|(_, instances)| instances.is_broken())
    }

    /// All of its plugins, by the operator's names, in the order in which a request
    /// meets them.
    pub(crate) fn plugins(&self) -> impl Iterator<Item = (&Arc<str>, &dyn Instances)> {
        let KeyStoreParts {
            policies,
            directory,
            backend,
            ..
        } = &self.parts;
        let policies = policies
            .iter()
            .map(|policy| (&policy.name, policy.instances()));
        let directory = directory.iter();
        let directory = directory.map(|directory| (&directory.name, directory.instances()));
        let backend = [(&backend.name, backend.instances())];
        policies.chain(directory).chain(backend)
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
