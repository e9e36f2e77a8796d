//! Whether a snapshot may take over from another one, when all that it names can be used.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use claviger_certificates::Facts;
use claviger_config::{Configuration, KeyStore as ConfiguredKeyStore, PluginUse};
use claviger_settings::Fault;
use tokio::time::timeout;

use super::snapshot::{FIRST_CHECK, Snapshot};
use crate::keys::{KeyStore, NotServed};

/// How long a new backend has for its first report.
const NEW_BACKEND: Duration = Duration::from_secs(10);

/// Asks every key manager of `successor` how it is, so that readiness does not go while
/// they are well; and refuses what does not serve although what is in force does. One
/// that does not answer at once is asked again in the background.
///
/// # Errors
/// What would be worse than now: most likely it is not what the operator wanted.
pub(crate) async fn may_succeed(
    successor: &Snapshot,
    in_force: &Snapshot,
) -> Result<(), Vec<Fault>> {
    let is_new = new_backends(successor, in_force).next().is_some();
    let limit = if is_new { NEW_BACKEND } else { FIRST_CHECK };
    let _ = timeout(limit, successor.check_health()).await;
    let faults = faults(successor, in_force);
    if faults.is_empty() {
        return Ok(());
    }
    successor.retire();
    Err(faults)
}

fn faults(successor: &Snapshot, in_force: &Snapshot) -> Vec<Fault> {
    let mut faults = of_absent(successor, in_force);
    faults.extend(of_certificate(successor, in_force, SystemTime::now()));
    faults.extend(of_backends(successor, in_force));
    faults
}

/// A key store is served, and something that it needs is not there any more.
fn of_absent(successor: &Snapshot, in_force: &Snapshot) -> Vec<Fault> {
    let served: BTreeMap<_, _> = by_name(in_force).collect();
    let lost = successor
        .waiting()
        .filter(|(name, _)| served.contains_key(name));
    lost.map(|(name, fault)| {
        let problem = format!(
            "{}: key store `{name}` is served, and would wait for it",
            fault.problem
        );
        Fault::new(fault.path.clone(), problem, fault.fix.clone())
    })
    .collect()
}

/// A certificate is valid, and the next one is not yet.
fn of_certificate(successor: &Snapshot, in_force: &Snapshot, now: SystemTime) -> Option<Fault> {
    let [next, before] = [successor, in_force].map(Snapshot::certificate);
    let is_early = |certificate: &Facts| certificate.not_before > now;
    if !is_early(next?) || is_early(before?) {
        return None;
    }
    Some(Fault::new(
        "server.tls.certificate",
        format!(
            "the certificate is not valid before {}, and the one in force is valid",
            humantime::format_rfc3339_seconds(next?.not_before)
        ),
        "take it up when it is valid; or set this machine's clock",
    ))
}

/// Key managers of a new backend do not serve, and those of the one in force do.
fn of_backends(successor: &Snapshot, in_force: &Snapshot) -> Vec<Fault> {
    let now = Instant::now();
    let mut faults = Vec::new();
    for (configured, key_store, before) in new_backends(successor, in_force) {
        if !before.serves(now) {
            continue;
        }
        let what = match key_store.not_served(now) {
            Some(NotServed::KeyManagersAway) => "no key manager serves, says its health report",
            Some(NotServed::Unknown) => "it gives no health report in time",
            Some(NotServed::TokensAway) => "none of its tokens answers",
            _ => continue,
        };
        faults.push(Fault::new(
            format!("{}.backend", configured.table_path),
            format!("{what}, and the backend in force serves: it does not take over"),
            "correct the backend's settings or component; or start the host again, which asks \
             nobody",
        ));
    }
    faults
}

/// Key stores of both, whose backend is another component, has other settings or other
/// resources.
fn new_backends<'s>(
    successor: &'s Snapshot,
    in_force: &'s Snapshot,
) -> impl Iterator<Item = (&'s ConfiguredKeyStore, &'s KeyStore, &'s KeyStore)> {
    let before: BTreeMap<&str, &Arc<KeyStore>> = by_name(in_force).collect();
    by_name(successor).filter_map(move |(name, key_store)| {
        let before = *before.get(name)?;
        let [one, other] = [successor, in_force].map(Snapshot::configuration);
        let [configured, as_before] = [configured(one, name)?, configured(other, name)?];
        let plugin = &configured.backend.plugin;
        let is_same = configured.backend == as_before.backend
            && one.plugins.get(plugin) == other.plugins.get(&as_before.backend.plugin)
            && key_store.backend_identity() == before.backend_identity()
            && resources(one, &configured.backend) == resources(other, &as_before.backend);
        (!is_same).then_some((configured, &**key_store, &**before))
    })
}

fn by_name(snapshot: &Snapshot) -> impl Iterator<Item = (&str, &Arc<KeyStore>)> {
    let key_stores = snapshot.key_stores().iter();
    key_stores.map(|key_store| (&**key_store.name(), key_store))
}

fn configured<'c>(configuration: &'c Configuration, name: &str) -> Option<&'c ConfiguredKeyStore> {
    let mut all = configuration.key_stores.iter();
    all.find(|key_store| key_store.name.as_str() == name)
}

/// What is behind the names that a use is granted.
fn resources<'c>(configuration: &'c Configuration, usage: &'c PluginUse) -> impl PartialEq + 'c {
    let storage = usage.grants.storage();
    let storage = storage.and_then(|name| configuration.storage.get(name));
    let tokens = usage.grants.tokens().iter();
    let tokens: Vec<_> = tokens.map(|name| configuration.tokens.get(name)).collect();
    let upstreams = usage.grants.http().iter().chain(usage.grants.streams());
    let upstreams: Vec<_> = upstreams
        .map(|name| configuration.upstreams.get(name))
        .collect();
    let secrets = usage.grants.secrets().iter();
    let secrets: Vec<_> = secrets
        .map(|name| configuration.secrets.get(name))
        .collect();
    (storage, tokens, upstreams, secrets)
}
