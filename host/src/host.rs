//! From a configuration to key stores that can be served: files are read,
//! plugins compiled and started. All faults are found before any is reported.

mod key_on_token;
mod needs;
mod storages;
mod tokens;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use claviger_config::{Configuration, KeyStore as ConfiguredKeyStore, Plugin, PluginUse};
use claviger_settings::Fault;
use claviger_xks::error::XksError;
use claviger_xks::sigv4::Credentials;
use wasmtime::Engine;

use crate::admission::{Admission, Admitted};
use crate::audit::AuditSink;
use crate::failure::Failure;
use crate::health::Health;
use crate::key_store::{KeyStore, KeyStores};
use crate::plugin::Granted;
use crate::plugin::backend::Backend;
use crate::plugin::binding::PluginBinding;
use crate::plugin::cache::PluginCache;
use crate::plugin::component::PreparedPlugin;
use crate::plugin::directory::Directory;
use crate::plugin::engine::{self, PoolSize};
use crate::plugin::policy::Policy;

use needs::Needs;
pub(crate) use storages::MissingStorage;
use storages::Storages;
use tokens::Tokens;

/// Everything that requests need.
pub(crate) struct Host {
    pub(crate) key_stores: KeyStores,
    pub(crate) audit: AuditSink,
    pub(crate) admission: Admission,
    pub(crate) deadline: Duration,
    pub(crate) body_bytes: usize,
}

impl Host {
    /// Puts assembled key stores into service.
    pub(crate) fn new(
        configuration: &Configuration,
        key_stores: KeyStores,
        audit: AuditSink,
    ) -> Self {
        let server = &configuration.server;
        Self {
            key_stores,
            audit,
            admission: Admission::new(server.requests_in_flight),
            deadline: server.deadline,
            body_bytes: server.body_bytes,
        }
    }

    /// Takes a request on, unless it would be one too many or could not be
    /// recorded.
    pub(crate) fn admit(&self) -> Result<Admitted<'_>, Failure> {
        let throttled = |reason| Failure::new(XksError::Throttling, reason);
        self.audit
            .admit()
            .map_err(|_| throttled("too many audit records wait to be written"))?;
        self.admission
            .admit()
            .ok_or_else(|| throttled("requests_in_flight is reached"))
    }

    /// Whether some key store in service has a key manager that serves.
    pub(crate) fn ready(&self) -> bool {
        let now = Instant::now();
        self.key_stores
            .iter()
            .any(|key_store| key_store.enabled && key_store.health.serves(now))
    }
}

/// The key stores of a configuration. What is no fault and ought to be known is
/// added to `warnings`.
pub(crate) async fn assemble(
    configuration: &Configuration,
    missing_storage: MissingStorage,
    warnings: &mut Vec<Fault>,
) -> Result<KeyStores, Vec<Fault>> {
    let needs = Needs::of_all(configuration);
    let mut assembly = Assembly::begin(configuration, needs, missing_storage, warnings).await?;
    let mut key_stores = KeyStores::default();
    for key_store in &configuration.key_stores {
        let prefix = key_store.uri_path_prefix.as_str();
        if let Some(assembled) = assembly.key_store(key_store).await {
            key_stores.insert(prefix, assembled);
        }
    }
    if assembly.faults.is_empty() {
        Ok(key_stores)
    } else {
        Err(assembly.faults)
    }
}

/// The backend of one key store, for the operator's command line.
pub(crate) async fn assemble_backend(
    configuration: &Configuration,
    key_store: &ConfiguredKeyStore,
    missing_storage: MissingStorage,
) -> Result<Backend, Vec<Fault>> {
    let needs = Needs::of_use(configuration, &key_store.backend);
    // A command finds out for itself that a token does not answer.
    let unread = &mut Vec::new();
    let mut assembly = Assembly::begin(configuration, needs, missing_storage, unread).await?;
    match assembly.backend(key_store).await {
        Some(backend) if assembly.faults.is_empty() => Ok(backend),
        _ => Err(assembly.faults),
    }
}

struct Assembly<'c> {
    configuration: &'c Configuration,
    engine: Engine,
    plugins: BTreeMap<&'c str, Arc<PreparedPlugin>>,
    storages: Storages,
    tokens: Tokens,
    faults: Vec<Fault>,
}

impl<'c> Assembly<'c> {
    /// What all key stores share: the engine, open tokens and storages, compiled
    /// plugins. A token that only opens a storage is closed with the assembly.
    async fn begin(
        configuration: &'c Configuration,
        needs: Needs<'c>,
        missing_storage: MissingStorage,
        warnings: &mut Vec<Fault>,
    ) -> Result<Self, Vec<Fault>> {
        let engine = engine::build(pool_size(configuration)).map_err(|error| {
            vec![Fault::new(
                "plugin",
                format!(
                    "the WebAssembly runtime does not start: {}",
                    error.root_cause()
                ),
                "lift the limit on virtual memory (`ulimit -v`), or lower `instances`",
            )]
        })?;
        let mut faults = Vec::new();
        let tokens = Tokens::open(configuration, needs.tokens, &mut faults, warnings).await;
        let storages = Storages::open(needs.storages, &tokens, missing_storage, &mut faults).await;
        let mut assembly = Self {
            configuration,
            engine,
            plugins: BTreeMap::new(),
            storages,
            tokens,
            faults,
        };
        assembly.prepare_plugins();
        Ok(assembly)
    }

    fn prepare_plugins(&mut self) {
        let cache = match self
            .configuration
            .plugin_cache
            .as_deref()
            .map(PluginCache::open)
        {
            None => None,
            Some(Ok(cache)) => Some(cache),
            Some(Err(fault)) => {
                let mend = "name a directory of this user's own, or leave the table out";
                self.faults.push(Fault::new(
                    "plugin_cache.directory",
                    fault.to_string(),
                    mend,
                ));
                None
            }
        };
        for (name, plugin) in &self.configuration.plugins {
            match PreparedPlugin::prepare(&self.engine, cache.as_ref(), name.as_str(), plugin) {
                Ok(prepared) => drop(self.plugins.insert(name.as_str(), Arc::new(prepared))),
                Err(fault) => self
                    .faults
                    .push(PreparedPlugin::report(name.as_str(), &fault)),
            }
        }
    }

    async fn key_store(&mut self, configured: &ConfiguredKeyStore) -> Option<KeyStore> {
        let fleet_size =
            NonZeroU32::new(self.configuration.server.fleet_size).unwrap_or(NonZeroU32::MIN);
        let credentials = self.credentials(configured);
        let backend = self.backend(configured).await;
        let directory = match &configured.directory {
            None => Some(None),
            Some(usage) => self
                .plugin(configured, usage)
                .await
                .map(|pool| Some(Directory { pool })),
        };
        let mut policies = Vec::new();
        for usage in &configured.policies {
            let pool = self.plugin(configured, usage).await;
            let name = usage.plugin.to_string();
            policies.push(pool.map(|pool| Policy::new(name, pool)));
        }
        Some(KeyStore {
            name: configured.name.to_string(),
            enabled: configured.enabled,
            credentials: credentials?,
            policies: policies.into_iter().collect::<Option<_>>()?,
            default: configured.default,
            aad_conventions: configured.aad_conventions,
            directory: directory?,
            backend: backend?,
            health: Health::new(fleet_size),
        })
    }

    async fn backend(&mut self, configured: &ConfiguredKeyStore) -> Option<Backend> {
        let pool = self.plugin(configured, &configured.backend).await?;
        Some(Backend::new(configured.backend.plugin.to_string(), pool))
    }

    /// Starts a plugin for one use of it. `None` when it cannot be started; the
    /// faults are kept.
    async fn plugin<W: crate::plugin::World>(
        &mut self,
        key_store: &ConfiguredKeyStore,
        usage: &PluginUse,
    ) -> Option<crate::plugin::Pool<W>> {
        // What is missing here has been reported where it is configured.
        let plugin = self.plugins.get(usage.plugin.as_str())?;
        let key_storage = match &usage.grants.key_storage {
            None => None,
            Some(storage) => Some(self.storages.scope(storage, key_store.name.as_str())?),
        };
        let tokens = self.tokens.granted(&usage.grants.pkcs11)?;
        let binding = PluginBinding {
            engine: &self.engine,
            plugin,
            usage,
            key_store: key_store.name.as_str(),
            granted: Granted {
                key_storage,
                tokens,
            },
        };
        binding
            .start()
            .await
            .map_err(|faults| self.faults.extend(faults))
            .ok()
    }

    fn credentials(&mut self, configured: &ConfiguredKeyStore) -> Option<Credentials> {
        let mut credentials = Vec::new();
        let mut faulty = false;
        for source in &configured.credentials {
            match source.read() {
                Ok(credential) => credentials.push(credential),
                Err(fault) => {
                    faulty = true;
                    self.faults.push(fault);
                }
            }
        }
        // Distinct ids: the configuration saw to it.
        if faulty {
            None
        } else {
            Credentials::new(credentials).ok()
        }
    }
}

/// Room for every instance that the configuration allows, and a few more for
/// those that are being replaced.
fn pool_size(configuration: &Configuration) -> PoolSize {
    const REPLACED: usize = 8;
    let plugin = |usage: &PluginUse| configuration.plugins.get(usage.plugin.as_str());
    let uses = configuration.key_stores.iter().flat_map(needs::uses);
    let instances: usize = uses
        .filter_map(plugin)
        .map(|plugin: &Plugin| plugin.instances)
        .sum::<usize>()
        + REPLACED;
    let largest = configuration
        .plugins
        .values()
        .map(|plugin| plugin.memory_bytes)
        .max();
    PoolSize {
        instances: u32::try_from(instances).unwrap_or(u32::MAX),
        memory_bytes: largest.unwrap_or(1 << 20),
    }
}
