//! From a configuration and the resources to a [`Snapshot`]: files are read,
//! plugins compiled and started. All faults are found before any is reported.

mod absent;
mod access;
mod needs;
mod snapshot;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use claviger_config::secrets::CredentialSource;
use claviger_config::{
    Capability, Configuration, KeyStore as ConfiguredKeyStore, Plugin, PluginUse, Server,
};
use claviger_settings::Fault;
use claviger_xks::sigv4::Credentials;

use crate::capability::{Granted, LogSource};
use crate::front::admission::{Admission, Limits};
use crate::front::xks;
use crate::keys::{KeyStore, KeyStoreParts};
use crate::plugin::backend::Backend;
use crate::plugin::{Directory, PluginBinding, Policy, PreparedPlugin};
use crate::resources::{
    Absence, ArtefactCache, Compiler, LaneShare, MissingStorage, Opening, PoolSize, Resources,
    Runtime, SlowLane, Storages, Tokens,
};
use crate::storage::StorageUser;

use absent::AbsentKeyStore;
use needs::Needs;
pub use snapshot::Checked;
pub(crate) use snapshot::{Completed, Snapshot};

/// The key stores of a configuration, and how the front door reaches them.
#[derive(Default)]
struct Assembled {
    key_stores: Vec<Arc<KeyStore>>,
    xks: xks::KeyStores,
    /// Records of storages that do not open. The rest can be served.
    damaged: Vec<Fault>,
    /// Those that need something that is not there.
    absent: Vec<AbsentKeyStore>,
    /// What else is not there: tokens that are waited for while the key stores serve,
    /// storages that nobody uses.
    unused: Vec<Fault>,
}

impl Assembled {
    /// What is wrong, and does not keep a host from serving the rest.
    fn tolerated(&self) -> Vec<Fault> {
        let mut faults = absent::faults(&self.absent);
        faults.extend_from_slice(&self.unused);
        faults.extend_from_slice(&self.damaged);
        faults
    }
}

/// What is worth a warning is added to `warnings`.
async fn assemble(
    configuration: &Configuration,
    resources: &Resources,
    admission: &Admission,
    warnings: &mut Vec<Fault>,
) -> Result<Assembled, Vec<Fault>> {
    let needs = Needs::of_all(configuration);
    let opening = Opening::HOST;
    let mut assembly = Assembly::begin(configuration, resources, needs, opening, warnings).await?;
    let mut assembled = Assembled {
        damaged: assembly.storages.damaged(&configuration.storage),
        ..Assembled::default()
    };
    for configured in &configuration.key_stores {
        let prefix = configured.uri_path_prefix.as_str();
        let absent = assembly.absences(configured);
        if !absent.is_empty() {
            // What else is wrong with it is no reason to wait.
            let told = |fault: &Fault| absent.iter().any(|it| it.fault.path == fault.path);
            let read = configured.credentials.iter().map(CredentialSource::read);
            let faults = read.filter_map(Result::err).filter(|fault| !told(fault));
            assembly.faults.extend(faults);
            let absent = AbsentKeyStore::new(configured, absent);
            assembled.xks.insert_absent(prefix, &absent.name);
            assembled.absent.push(absent);
            continue;
        }
        let credentials = assembly.credentials(configured);
        let keys = assembly.key_store(configured).await;
        if let (Some(keys), Some(credentials)) = (keys, credentials) {
            assembled.key_stores.push(Arc::clone(&keys));
            let key_store = xks::KeyStore {
                load: admission.key_store(keys.name()),
                limits: limits(&configuration.server, configured),
                keys,
                credentials,
                aad_conventions: configured.aad_conventions,
            };
            assembled.xks.insert(prefix, key_store);
        }
    }
    let storages = assembly.storages.absent().map(|absence| &absence.fault);
    let unused = assembly.tokens.unlisted().iter().chain(storages);
    let held_up = |fault: &&Fault| !assembled.absent.iter().any(|it| it.waits_for(fault));
    assembled.unused = unused.filter(held_up).cloned().collect();
    if assembly.faults.is_empty() {
        Ok(assembled)
    } else {
        let mut faults = assembly.faults;
        faults.extend(assembled.tolerated());
        Err(faults)
    }
}

/// The backend of one key store, for the operator's command line.
pub(crate) async fn assemble_backend(
    configuration: &Configuration,
    key_store: &ConfiguredKeyStore,
    missing: MissingStorage,
    compiler: Compiler,
) -> Result<Backend, Vec<Fault>> {
    let needs = Needs::of_use(configuration, &key_store.backend);
    // A command finds out for itself that a token does not answer.
    let unread = &mut Vec::new();
    let resources = Resources::new(compiler);
    let user = StorageUser::Command;
    let opening = Opening { missing, user };
    let mut assembly = Assembly::begin(configuration, &resources, needs, opening, unread).await?;
    // And so it does of one that is not there.
    let absences = assembly.absences_of([&key_store.backend].into_iter());
    assembly
        .faults
        .extend(absences.into_iter().map(|it| it.fault));
    assembly
        .faults
        .extend_from_slice(assembly.tokens.unlisted());
    let share = assembly.lane.share();
    match assembly.backend(key_store, &share).await {
        Some(backend) if assembly.faults.is_empty() => Ok(backend),
        _ => Err(assembly.faults),
    }
}

struct Assembly<'c> {
    plugins: BTreeMap<&'c str, Arc<PreparedPlugin>>,
    storages: Storages,
    tokens: Tokens,
    lane: SlowLane,
    faults: Vec<Fault>,
}

impl<'c> Assembly<'c> {
    /// What all key stores share: the engine, open tokens and storages, compiled
    /// plugins. A token that only opens a storage is closed with the assembly.
    async fn begin(
        configuration: &'c Configuration,
        resources: &Resources,
        needs: Needs<'c>,
        opening: Opening,
        warnings: &mut Vec<Fault>,
    ) -> Result<Self, Vec<Fault>> {
        let size = pool_size(configuration);
        let runtime = resources.runtime(size).map_err(|error| {
            vec![Fault::new(
                "plugin",
                format!(
                    "the WebAssembly runtime does not start: {} instances need at least {} GiB \
                     of address space: {}",
                    size.instances,
                    size.least_gib(),
                    error.root_cause()
                ),
                "lift the limit on virtual memory (`ulimit -v`), or lower `instances` or \
                 `memory_mib`",
            )]
        })?;
        let mut faults = Vec::new();
        // Before a library of a token is loaded, whose descriptors the compiler would
        // be given.
        let plugins = prepare(configuration, &runtime, &mut faults, warnings).await;
        let names = needs.tokens(resources);
        let tokens = Tokens::open(resources, configuration, names, &mut faults, warnings).await;
        let storages =
            Storages::open(resources, needs.storages, &tokens, opening, &mut faults).await;
        Ok(Self {
            plugins,
            storages,
            tokens,
            lane: runtime.lane().clone(),
            faults,
        })
    }

    /// What a key store needs and is not there.
    fn absences(&self, configured: &ConfiguredKeyStore) -> Vec<Absence> {
        let secrets = configured.credentials.iter().filter_map(|credential| {
            let file = credential.secret.absent_file()?;
            Some(Absence::of_file(credential.read().err()?, file))
        });
        let uses = self.absences_of(needs::uses(configured));
        secrets.chain(uses).collect()
    }

    /// What these uses of plugins need and is not there.
    fn absences_of<'u>(&self, uses: impl Iterator<Item = &'u PluginUse>) -> Vec<Absence> {
        let absent = uses.flat_map(|usage| {
            let storage = usage.grants.storage();
            let storage = storage.and_then(|name| self.storages.absence(name));
            let tokens = usage.grants.tokens().iter();
            let tokens = tokens.filter_map(|name| self.tokens.absence(name));
            storage.into_iter().chain(tokens)
        });
        absent.cloned().collect()
    }

    async fn key_store(&mut self, configured: &ConfiguredKeyStore) -> Option<Arc<KeyStore>> {
        let share = &self.lane.share();
        let backend = self.backend(configured, share).await;
        let directory = match &configured.directory {
            None => Some(None),
            Some(usage) => self.directory(configured, usage, share).await.map(Some),
        };
        let mut policies = Vec::new();
        for usage in &configured.policies {
            policies.push(self.policy(configured, usage, share).await);
        }
        Some(Arc::new(KeyStore::new(KeyStoreParts {
            name: configured.name.as_str().into(),
            enabled: configured.enabled,
            policies: policies.into_iter().collect::<Option<_>>()?,
            default: configured.default,
            directory: directory?,
            backend: backend?,
        })))
    }

    async fn backend(
        &mut self,
        configured: &ConfiguredKeyStore,
        share: &LaneShare,
    ) -> Option<Backend> {
        let binding = self.binding(configured, &configured.backend, share)?;
        let started = Backend::start(binding).await;
        self.keep(started)
    }

    async fn directory(
        &mut self,
        configured: &ConfiguredKeyStore,
        usage: &PluginUse,
        share: &LaneShare,
    ) -> Option<Directory> {
        let started = Directory::start(self.binding(configured, usage, share)?).await;
        self.keep(started)
    }

    async fn policy(
        &mut self,
        configured: &ConfiguredKeyStore,
        usage: &PluginUse,
        share: &LaneShare,
    ) -> Option<Policy> {
        let started = Policy::start(self.binding(configured, usage, share)?).await;
        self.keep(started)
    }

    /// One use of a plugin; `None` when something of it is missing, which has been
    /// reported where it is configured.
    fn binding<'a>(
        &'a self,
        key_store: &ConfiguredKeyStore,
        usage: &'a PluginUse,
        share: &LaneShare,
    ) -> Option<PluginBinding<'a>> {
        let plugin = self.plugins.get(usage.plugin.as_str())?;
        let source = format!("{}/{}", key_store.name, usage.plugin);
        let key_storage = match usage.grants.storage() {
            None => None,
            Some(storage) => Some(self.storages.scope(storage, key_store)?),
        };
        Some(PluginBinding {
            plugin,
            usage,
            share: share.clone(),
            granted: Granted {
                wasi: usage.grants.contains(Capability::Wasi),
                key_storage,
                tokens: self.tokens.granted(usage.grants.tokens())?,
                log_source: Arc::new(LogSource::new(source.into())),
            },
        })
    }

    /// What was started; the faults of what was not are kept.
    fn keep<T>(&mut self, started: Result<T, Vec<Fault>>) -> Option<T> {
        match started {
            Ok(started) => Some(started),
            Err(faults) => {
                self.faults.extend(faults);
                None
            }
        }
    }

    fn credentials(&mut self, configured: &ConfiguredKeyStore) -> Option<Credentials> {
        let read = configured.credentials.iter().map(CredentialSource::read);
        let read: Vec<_> = read
            .map(|read| self.keep(read.map_err(|fault| vec![fault])))
            .collect();
        // Distinct ids: the configuration saw to it.
        Credentials::new(read.into_iter().collect::<Option<Vec<_>>>()?).ok()
    }
}

fn limits(server: &Server, key_store: &ConfiguredKeyStore) -> Limits {
    Limits {
        whole: server.requests_in_flight,
        key_store: key_store.requests_in_flight,
        per_second: key_store.requests_per_second,
    }
}

/// Every plugin, read and compiled; the faults of those that are not.
async fn prepare<'c>(
    configuration: &'c Configuration,
    runtime: &Runtime,
    faults: &mut Vec<Fault>,
    warnings: &mut Vec<Fault>,
) -> BTreeMap<&'c str, Arc<PreparedPlugin>> {
    let directory = configuration.plugin_cache.as_deref();
    let cache = directory.and_then(|directory| match ArtefactCache::open(directory) {
        Ok(cache) => Some(Arc::new(cache)),
        Err(fault) => {
            faults.push(fault.report());
            None
        }
    });
    let mut plugins = BTreeMap::new();
    for (name, plugin) in &configuration.plugins {
        let name = name.as_str();
        match PreparedPlugin::prepare(runtime, cache.as_ref(), name, plugin).await {
            Ok(prepared) => drop(plugins.insert(name, Arc::new(prepared))),
            Err(fault) => faults.push(fault.report(name)),
        }
    }
    warnings.extend(cache.and_then(|cache| cache.settle(SystemTime::now())));
    plugins
}

/// Room for every instance that the configuration allows, and a few more for
/// those that are being replaced.
fn pool_size(configuration: &Configuration) -> PoolSize {
    const REPLACED: usize = 8;
    /// Of each plugin and key store, beyond those that requests can use.
    const HEALTH: usize = 1;
    let plugin = |usage: &PluginUse| configuration.plugins.get(usage.plugin.as_str());
    let uses = configuration.key_stores.iter().flat_map(needs::uses);
    let instances: usize = uses
        .filter_map(plugin)
        .map(|plugin: &Plugin| plugin.instances.saturating_add(HEALTH))
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
