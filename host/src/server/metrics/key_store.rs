//! Requests, and key stores.

use std::fmt;
use std::time::Instant;

use super::samples::Samples;
use crate::assembly::Snapshot;
use crate::front::xks::KeyStore;
use crate::words::KeyManagerState;

pub(super) fn write(samples: &mut Samples<'_>, snapshot: &Snapshot) -> fmt::Result {
    let key_stores = snapshot.xks.key_stores();
    requests(samples, &key_stores)?;
    states(samples, &key_stores)?;
    credentials(samples, &key_stores)?;
    let mut absent = samples.gauge(
        "claviger_key_store_absent",
        "1 while it waits for something that is not there",
    )?;
    for key_store in &key_stores {
        absent.is_so(&[("key_store", key_store.keys.name())], false)?;
    }
    for name in snapshot.absent() {
        absent.is_so(&[("key_store", name)], true)?;
    }
    Ok(())
}

fn requests(samples: &mut Samples<'_>, key_stores: &[&KeyStore]) -> fmt::Result {
    let named = || key_stores.iter().map(|it| (&**it.keys.name(), *it));

    let mut metric = samples.histogram(
        "claviger_request_duration_seconds",
        "From the head of a request to its answer",
    )?;
    for (name, key_store) in named() {
        for (api, times) in key_store.counters.durations() {
            metric.times(&[("key_store", name), ("operation", api.name())], times)?;
        }
    }
    let mut metric = samples.counter("claviger_request_errors", "Answers with an XKS error")?;
    for (name, key_store) in named() {
        for (api, error, count) in key_store.counters.errors().filter(|it| it.2 > 0) {
            let labels = [
                ("key_store", name),
                ("operation", api.name()),
                ("error", error.name()),
                (
                    "retryable",
                    if error.is_retryable() {
                        "true"
                    } else {
                        "false"
                    },
                ),
            ];
            metric.counted(&labels, count)?;
        }
    }
    let mut metric = samples.counter(
        "claviger_requests_abandoned",
        "Requests whose client went away before the answer",
    )?;
    for (name, key_store) in named() {
        metric.counted(&[("key_store", name)], key_store.counters.abandonments())?;
    }
    let mut metric = samples.counter(
        "claviger_requests_throttled",
        "Requests that would have exceeded a limit",
    )?;
    for (name, key_store) in named() {
        for (limit, count) in key_store.counters.throttles() {
            metric.counted(&[("key_store", name), ("limit", limit.name())], count)?;
        }
    }
    let mut metric = samples.gauge(
        "claviger_requests_in_flight",
        "Requests of APIs on keys that are under way",
    )?;
    for (name, key_store) in named() {
        metric.is_count(&[("key_store", name)], key_store.load.in_flight())?;
    }
    let mut metric = samples.histogram(
        "claviger_stage_duration_seconds",
        "Parts of the time of requests",
    )?;
    for (name, key_store) in named() {
        for (stage, times) in key_store.counters.stages() {
            metric.times(&[("key_store", name), ("stage", stage.name())], times)?;
        }
        // The same for all of its plugins.
        if let Some((_, instances)) = key_store.keys.plugins().next() {
            let queue = &instances.counted().queue;
            metric.times(&[("key_store", name), ("stage", "queue")], queue)?;
        }
    }
    Ok(())
}

fn states(samples: &mut Samples<'_>, key_stores: &[&KeyStore]) -> fmt::Result {
    let now = Instant::now();
    let named = || key_stores.iter().map(|it| (&**it.keys.name(), &it.keys));

    let mut metric = samples.gauge(
        "claviger_key_store_enabled",
        "0 while the key store is switched off",
    )?;
    for (name, keys) in named() {
        metric.is_so(&[("key_store", name)], keys.is_enabled())?;
    }
    let mut metric = samples.gauge(
        "claviger_key_store_serving",
        "1 while a key manager of the key store serves",
    )?;
    for (name, keys) in named() {
        metric.is_so(&[("key_store", name)], keys.serves(now))?;
    }
    let mut metric = samples.gauge("claviger_key_managers", "Key managers by state")?;
    for (name, keys) in named() {
        let report = keys.last_report(now);
        for state in KeyManagerState::ALL {
            let managers = report.iter().flat_map(|report| &report.key_managers);
            let count = managers.filter(|manager| manager.state == state).count();
            metric.is_count(&[("key_store", name), ("state", state.name())], count)?;
        }
    }
    Ok(())
}

fn credentials(samples: &mut Samples<'_>, key_stores: &[&KeyStore]) -> fmt::Result {
    let credentials = || {
        key_stores.iter().flat_map(|key_store| {
            let name = &**key_store.keys.name();
            let credentials = key_store.credentials_in_use.iter();
            credentials.map(move |credential| {
                let id = credential.access_key_id.as_str();
                ([("key_store", name), ("access_key_id", id)], credential)
            })
        })
    };
    let mut metric = samples.gauge(
        "claviger_credential_written_timestamp_seconds",
        "When the file of its secret was written",
    )?;
    for (labels, credential) in credentials() {
        if credential.written.is_some() {
            metric.is(&labels, super::host::seconds(credential.written))?;
        }
    }
    let mut metric = samples.gauge(
        "claviger_credential_last_used_timestamp_seconds",
        "When a request was last signed with it; 0: not since the start",
    )?;
    for (labels, credential) in credentials() {
        metric.is(&labels, super::host::seconds(credential.last_used()))?;
    }
    Ok(())
}
