//! What all key stores of a configuration share: the engine, plugins, storages, tokens.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use claviger_config::{Configuration, KeyStore as ConfiguredKeyStore, Plugin, PluginUse};
use claviger_settings::Fault;

use super::needs::Needs;
use crate::metrics::PluginMetrics;
use crate::plugin::PreparedPlugin;
use crate::resources::{
    Absence, ArtefactCache, Opening, PoolSize, Resources, Runtime, SlowLane, Storages, Tokens,
    Upstreams,
};

/// What all key stores of a configuration share.
pub(super) struct Shared<'c> {
    pub(super) plugins: BTreeMap<&'c str, Arc<PreparedPlugin>>,
    pub(super) storages: Storages,
    pub(super) tokens: Tokens,
    pub(super) upstreams: Upstreams,
    pub(super) resources: &'c Resources,
    configuration: &'c Configuration,
    pub(super) lane: SlowLane,
    /// What is counted of plugins.
    pub(super) metrics: &'c PluginMetrics,
}

impl<'c> Shared<'c> {
    /// The engine, open tokens and storages, compiled plugins. A token that only opens a
    /// storage is closed with them.
    pub(super) async fn open(
        configuration: &'c Configuration,
        resources: &'c Resources,
        needs: Needs<'c>,
        opening: Opening,
        faults: &mut Vec<Fault>,
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
        // Before a library of a token is loaded, whose descriptors the compiler would
        // be given.
        let plugins = prepare(configuration, &runtime, faults, warnings).await;
        let names = needs.tokens(resources);
        let tokens = Tokens::open(resources, configuration, names, faults, warnings).await;
        let upstreams = Upstreams::open(resources, configuration, faults);
        let storages = Storages::open(resources, needs.storages, &tokens, opening, faults).await;
        Ok(Self {
            plugins,
            storages,
            tokens,
            upstreams,
            resources,
            configuration,
            lane: runtime.lane().clone(),
            metrics: resources.plugin_metrics(),
        })
    }

    /// What a key store needs and is not there.
    pub(super) fn absences(&self, configured: &ConfiguredKeyStore) -> Vec<Absence> {
        let secrets = configured.credentials.iter().filter_map(|credential| {
            let file = credential.secret.absent_file()?;
            Some(Absence::of_file(credential.read().err()?, file))
        });
        let uses = self.absences_of(configured.uses());
        secrets.chain(uses).collect()
    }

    /// What these uses of plugins need and is not there.
    pub(super) fn absences_of<'u>(
        &self,
        uses: impl Iterator<Item = &'u PluginUse>,
    ) -> Vec<Absence> {
        let absent = uses.flat_map(|usage| {
            let storage = usage.grants.storage();
            let storage = storage.and_then(|name| self.storages.absence(name));
            let tokens = usage.grants.tokens().iter();
            let tokens = tokens.filter_map(|name| self.tokens.absence(name));
            let upstreams = self.upstreams.absences(self.configuration, &usage.grants);
            storage.into_iter().chain(tokens).chain(upstreams)
        });
        absent.cloned().collect()
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
    let uses = configuration
        .key_stores
        .iter()
        .flat_map(ConfiguredKeyStore::uses);
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
