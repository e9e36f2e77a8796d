//! Plugins, by key store.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::samples::Samples;
use crate::assembly::Snapshot;
use crate::metrics::{CallResult, PluginCalls, PluginOwn};
use crate::plugin::{Description, Population};

/// All uses of one plugin by one key store together.
struct Uses<'s> {
    digest: &'s str,
    calls: &'s PluginCalls,
    broken: bool,
    population: Population,
    start_time: Duration,
    description: &'s Description,
    own: &'s PluginOwn,
}

pub(super) fn write(samples: &mut Samples<'_>, snapshot: &Snapshot) -> fmt::Result {
    let mut all: BTreeMap<(&str, &str), Uses<'_>> = BTreeMap::new();
    for key_store in snapshot.key_stores() {
        for (plugin, instances) in key_store.plugins() {
            let population = instances.population();
            all.entry((key_store.name(), plugin))
                .and_modify(|uses| {
                    uses.broken |= instances.is_broken();
                    uses.population = sum(uses.population, population);
                    uses.start_time = uses.start_time.max(instances.start_time());
                })
                .or_insert_with(|| Uses {
                    digest: instances.digest(),
                    calls: &instances.counted().calls,
                    broken: instances.is_broken(),
                    population,
                    start_time: instances.start_time(),
                    description: instances.description(),
                    own: instances.own(),
                });
        }
    }
    let labelled = || {
        all.iter().map(|((key_store, plugin), uses)| {
            ([("key_store", *key_store), ("plugin", *plugin)], uses)
        })
    };

    let mut metric = samples.gauge("claviger_plugin_info", "Which component it is")?;
    for ([key_store, plugin], uses) in labelled() {
        let version = ("version", &*uses.description.version);
        metric.is_so(&[key_store, plugin, ("digest", uses.digest), version], true)?;
    }
    let mut metric = samples.counter("claviger_plugin_calls", "How calls ended")?;
    for ([key_store, plugin], uses) in labelled() {
        for (result, count) in uses.calls.counts() {
            let result = ("result", CallResult::name(result));
            metric.counted(&[key_store, plugin, result], count)?;
        }
    }
    let mut metric = samples.gauge(
        "claviger_plugin_broken",
        "1 while it is not asked because it fails every time",
    )?;
    for (labels, uses) in labelled() {
        metric.is_so(&labels, uses.broken)?;
    }
    let mut metric = samples.gauge("claviger_plugin_instances", "Instances by state")?;
    for ([key_store, plugin], uses) in labelled() {
        let population = uses.population;
        for (state, count) in [
            ("idle", population.idle),
            ("in-use", population.in_use),
            ("starting", population.starting),
        ] {
            metric.is_count(&[key_store, plugin, ("state", state)], count)?;
        }
    }
    let mut metric = samples.gauge(
        "claviger_plugin_waiting_requests",
        "Requests that wait for an instance",
    )?;
    for (labels, uses) in labelled() {
        metric.is_count(&labels, uses.population.waiting)?;
    }
    let mut metric = samples.gauge(
        "claviger_plugin_memory_limit_bytes",
        "What an instance may have of memory",
    )?;
    for (labels, uses) in labelled() {
        metric.is_count(&labels, uses.population.memory_bytes)?;
    }
    let mut metric = samples.gauge(
        "claviger_plugin_start_seconds",
        "How long the first instance took to start",
    )?;
    for (labels, uses) in labelled() {
        metric.is(&labels, uses.start_time.as_secs_f64())?;
    }
    let mut metric = samples.counter("claviger_plugin_own", "What it counts of itself")?;
    for ([key_store, plugin], uses) in labelled() {
        for (name, count) in uses.own.counts() {
            metric.counted(&[key_store, plugin, ("name", &*name)], count)?;
        }
    }
    let mut metric = samples.counter(
        "claviger_plugin_own_dropped",
        "What it counts under a name that is none, or one too many",
    )?;
    for (labels, uses) in labelled() {
        metric.counted(&labels, uses.own.dropped())?;
    }
    let mut metric = samples.histogram(
        "claviger_plugin_own_duration_seconds",
        "Durations that it measures itself",
    )?;
    for ([key_store, plugin], uses) in labelled() {
        for (name, times) in uses.own.durations() {
            metric.times(&[key_store, plugin, ("name", &*name)], &times)?;
        }
    }
    Ok(())
}

fn sum(one: Population, other: Population) -> Population {
    Population {
        idle: one.idle + other.idle,
        in_use: one.in_use + other.in_use,
        starting: one.starting + other.starting,
        waiting: one.waiting + other.waiting,
        memory_bytes: one.memory_bytes.max(other.memory_bytes),
    }
}
