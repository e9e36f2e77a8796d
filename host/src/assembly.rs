//! From a configuration and the resources to a [`Snapshot`]: files are read,
//! plugins compiled and started. All faults are found before any is reported.

mod absent;
mod access;
mod examination;
mod needs;
mod rehearsal;
mod shared;
mod snapshot;
mod start;
mod successor;
mod trial;

use std::sync::Arc;

use claviger_config::secrets::CredentialSource;
use claviger_config::{Configuration, KeyStore as ConfiguredKeyStore, Server};
use claviger_settings::Fault;
use futures_util::future::join_all;

use crate::front::admission::Limits;
use crate::front::{Ledger, xks};
use crate::keys::KeyStore;
use crate::plugin::backend::Backend;
use crate::resources::{Compiler, MissingStorage, Opening, Resources};
use crate::storage::StorageUser;
use crate::switches::Switches;

use absent::AbsentKeyStore;
use needs::Needs;
use shared::Shared;
pub use snapshot::Checked;
pub(crate) use snapshot::{Completed, FIRST_CHECK, Snapshot};
use start::Start;
pub(crate) use successor::may_succeed;
pub(crate) use trial::assemble_trial;

/// The key stores of a configuration, and how the front door reaches them.
#[derive(Default)]
struct Assembled {
    key_stores: Vec<Arc<KeyStore>>,
    xks: xks::KeyStores,
    /// Records of storages that do not open. The rest can be served.
    damaged: Vec<Fault>,
    /// Those that need something that is not there.
    absent: Vec<AbsentKeyStore>,
    /// Records of key stores that the configuration does not have.
    unclaimed: Vec<Fault>,
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
    ledger: &Ledger,
    switches: &Switches,
    warnings: &mut Vec<Fault>,
) -> Result<Assembled, Vec<Fault>> {
    let needs = Needs::of_all(configuration);
    let mut faults = Vec::new();
    let shared = Shared::open(
        configuration,
        resources,
        needs,
        Opening::HOST,
        &mut faults,
        warnings,
    );
    let shared = shared.await?;
    let mut assembled = Assembled {
        unclaimed: shared.storages.unclaimed(configuration),
        damaged: shared.storages.damaged(&configuration.storage),
        ..Assembled::default()
    };
    let mut starting = Vec::new();
    for configured in &configuration.key_stores {
        let absent = shared.absences(configured);
        if absent.is_empty() {
            let switch = switches.of(configured.name.as_str());
            let started = Start::new(&shared, configured).key_store(switch);
            starting.push(async move { (configured, started.await) });
            continue;
        }
        // What else is wrong with it is no reason to wait.
        let told = |fault: &Fault| absent.iter().any(|it| it.fault.path == fault.path);
        let read = configured.credentials.iter().map(CredentialSource::read);
        faults.extend(read.filter_map(Result::err).filter(|fault| !told(fault)));
        let absent = AbsentKeyStore::new(configured, absent);
        let prefix = configured.uri_path_prefix.as_str();
        assembled.xks.insert_absent(prefix, &absent.name);
        assembled.absent.push(absent);
    }
    // All at the same time: one whose plugins are slow to start holds up nobody more
    // than its own time.
    for (configured, started) in join_all(starting).await {
        match started {
            Ok((keys, credentials)) => {
                let counters = ledger.counters.key_store(keys.name());
                let in_use = configured.credentials.iter().map(|credential| {
                    let id = credential.access_key_id.clone();
                    counters.credential(id, credential.written())
                });
                let key_store = xks::KeyStore {
                    credentials_in_use: in_use.collect(),
                    counters,
                    load: ledger.admission.key_store(keys.name()),
                    limits: limits(&configuration.server, configured),
                    keys: Arc::clone(&keys),
                    credentials,
                    aad_conventions: configured.aad_conventions,
                };
                let prefix = configured.uri_path_prefix.as_str();
                assembled.xks.insert(prefix, key_store);
                assembled.key_stores.push(keys);
            }
            Err(found) => faults.extend(found),
        }
    }
    let storages = shared.storages.absent().map(|absence| &absence.fault);
    let unused = shared.tokens.unlisted().iter().chain(storages);
    let held_up = |fault: &&Fault| !assembled.absent.iter().any(|it| it.waits_for(fault));
    assembled.unused = unused.filter(held_up).cloned().collect();
    if faults.is_empty() {
        Ok(assembled)
    } else {
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
    let mut faults = Vec::new();
    let shared = Shared::open(
        configuration,
        &resources,
        needs,
        opening,
        &mut faults,
        unread,
    );
    let shared = shared.await?;
    // And so it does of one that is not there.
    let absences = shared.absences_of([&key_store.backend].into_iter());
    faults.extend(absences.into_iter().map(|it| it.fault));
    faults.extend_from_slice(shared.tokens.unlisted());
    match Start::new(&shared, key_store).backend().await {
        Ok(backend) if faults.is_empty() => Ok(backend),
        Ok(_) => Err(faults),
        Err(found) => {
            faults.extend(found);
            Err(faults)
        }
    }
}

fn limits(server: &Server, key_store: &ConfiguredKeyStore) -> Limits {
    Limits {
        whole: server.requests_in_flight,
        key_store: key_store.requests_in_flight,
        per_second: key_store.requests_per_second,
    }
}
