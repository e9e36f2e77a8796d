//! Key stores that need something that is not there, and their taking up.

use std::sync::Arc;

use claviger_config::{Configuration, KeyStore as ConfiguredKeyStore};
use claviger_settings::Fault;

use crate::resources::Absence;

/// A key store that cannot be served yet.
pub(super) struct AbsentKeyStore {
    /// The operator's name for it.
    pub(super) name: Arc<str>,
    /// Where it stands in the configuration.
    table_path: String,
    /// What it needs, at least one thing.
    absences: Vec<Absence>,
}

impl AbsentKeyStore {
    pub(super) fn new(configured: &ConfiguredKeyStore, absences: Vec<Absence>) -> Self {
        Self {
            name: configured.name.as_str().into(),
            table_path: configured.table_path.clone(),
            absences,
        }
    }

    /// Whether this is what it waits for.
    pub(super) fn waits_for(&self, fault: &Fault) -> bool {
        self.absences.iter().any(|absence| absence.fault == *fault)
    }

    /// What the operator is told of it.
    pub(super) fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.absences.iter().map(|absence| &absence.fault)
    }
}

/// Those of a snapshot. What is known of it does not change; whether it has come is
/// looked at.
pub(super) struct Waiting {
    pub(super) key_stores: Vec<AbsentKeyStore>,
    /// Of these key stores and no others.
    pub(super) configuration: Configuration,
}

impl Waiting {
    /// Those that are absent; `None` when none is.
    pub(super) fn new(
        configuration: &Configuration,
        key_stores: Vec<AbsentKeyStore>,
    ) -> Option<Self> {
        if key_stores.is_empty() {
            return None;
        }
        let mut configuration = configuration.clone();
        let is_absent = |configured: &ConfiguredKeyStore| {
            let mut absent = key_stores.iter();
            absent.any(|absent| absent.table_path == configured.table_path)
        };
        configuration.key_stores.retain(is_absent);
        Some(Self {
            key_stores,
            configuration,
        })
    }

    /// Whether another attempt is worth making: for some key store everything may be
    /// there.
    pub(super) fn may_be_over(&self) -> bool {
        let mut key_stores = self.key_stores.iter();
        key_stores.any(|key_store| key_store.absences.iter().all(Absence::may_be_over))
    }
}

/// Faults of all these key stores, each once.
pub(super) fn faults(key_stores: &[AbsentKeyStore]) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    for fault in key_stores.iter().flat_map(AbsentKeyStore::faults) {
        if !faults.contains(fault) {
            faults.push(fault.clone());
        }
    }
    faults
}

/// The same as warnings, which name the key store.
pub(super) fn warnings(key_stores: &[AbsentKeyStore]) -> Vec<Fault> {
    let of = |key_store: &AbsentKeyStore| {
        let name = Arc::clone(&key_store.name);
        let faults = key_store.faults().map(move |fault| {
            let problem = format!(
                "{}: key store `{name}` waits for it, and its requests get 503",
                fault.problem
            );
            Fault::new(fault.path.clone(), problem, fault.fix.clone())
        });
        faults.collect::<Vec<_>>()
    };
    key_stores.iter().flat_map(of).collect()
}
