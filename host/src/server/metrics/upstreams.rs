//! Upstreams, by key store.

use std::collections::BTreeMap;
use std::fmt;

use super::samples::Samples;
use crate::assembly::Snapshot;
use crate::upstream::{UpstreamCounts, UpstreamResult};

pub(super) fn write(
    samples: &mut Samples<'_>,
    snapshot: &Snapshot,
    states: &[(String, bool)],
) -> fmt::Result {
    let mut all: BTreeMap<(&str, &str), &UpstreamCounts> = BTreeMap::new();
    for key_store in snapshot.key_stores() {
        for (_, instances) in key_store.plugins() {
            for (upstream, counts) in instances.upstreams() {
                all.insert((key_store.name(), upstream), counts);
            }
        }
    }
    let labelled = || {
        all.iter().map(|((key_store, upstream), counts)| {
            ([("key_store", *key_store), ("upstream", *upstream)], counts)
        })
    };
    let mut metric = samples.gauge(
        "claviger_upstream_up",
        "1 while one of its addresses answered last",
    )?;
    for (name, up) in states {
        metric.is_so(&[("upstream", name)], *up)?;
    }
    let mut metric = samples.counter("claviger_upstream_requests", "How requests ended")?;
    for ([key_store, upstream], counts) in labelled() {
        for (result, count) in counts.results() {
            let result = ("result", UpstreamResult::name(result));
            metric.counted(&[key_store, upstream, result], count)?;
        }
    }
    let mut metric = samples.histogram(
        "claviger_upstream_duration_seconds",
        "From a request to its answer, the wait for a connection included",
    )?;
    for (labels, counts) in labelled() {
        metric.times(&labels, &counts.durations)?;
    }
    let mut metric = samples.gauge("claviger_upstream_requests_in_flight", "Under way")?;
    for (labels, counts) in labelled() {
        metric.is_count(&labels, counts.population().0)?;
    }
    let mut metric = samples.gauge(
        "claviger_upstream_waiting_requests",
        "Requests that wait for a connection",
    )?;
    for (labels, counts) in labelled() {
        metric.is_count(&labels, counts.population().1)?;
    }
    Ok(())
}
