//! Key stores that need something that is not there, and their taking up.

use std::collections::BTreeSet;
use std::sync::Arc;

use claviger_config::{Configuration, KeyStore as ConfiguredKeyStore, Name};
use claviger_settings::Fault;

use super::needs;
use crate::resources::Absence;

/// A key store that cannot be served yet.
#[derive(Clone)]
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
pub(super) struct Waiting(Vec<Group>);

/// Key stores that are taken up together: they share a token, and a PIN that is
/// refused must not be tried once for each of them. What is wrong with one group holds
/// up no other.
#[derive(Clone)]
pub(super) struct Group {
    pub(super) key_stores: Vec<AbsentKeyStore>,
    /// Of these key stores and no others.
    pub(super) configuration: Configuration,
    /// What was wrong when it was tried to take them up: there are no more attempts.
    pub(super) given_up: Option<Vec<Fault>>,
}

impl Waiting {
    /// Those that are absent; `None` when none is.
    pub(super) fn new(groups: Vec<Group>) -> Option<Self> {
        (!groups.is_empty()).then_some(Self(groups))
    }

    pub(super) fn groups(&self) -> &[Group] {
        &self.0
    }

    /// Whether not all are given up.
    pub(super) fn is_for_something(&self) -> bool {
        self.0.iter().any(|group| group.given_up.is_none())
    }

    pub(super) fn key_stores(&self) -> impl Iterator<Item = &AbsentKeyStore> {
        self.0.iter().flat_map(|group| &group.key_stores)
    }
}

impl Group {
    /// The groups of these key stores of a configuration.
    pub(super) fn divide(
        configuration: &Configuration,
        key_stores: Vec<AbsentKeyStore>,
    ) -> Vec<Self> {
        let mut groups: Vec<(Vec<AbsentKeyStore>, BTreeSet<&Name>)> = Vec::new();
        for key_store in key_stores {
            let configured = configuration.key_stores.iter();
            let configured = configured.filter(|it| it.table_path == key_store.table_path);
            let mut tokens: BTreeSet<_> = configured
                .flat_map(|configured| needs::tokens(configuration, configured))
                .collect();
            let mut members = vec![key_store];
            let shared = |(_, others): &mut (_, BTreeSet<_>)| !others.is_disjoint(&tokens);
            for (others, theirs) in groups.extract_if(.., shared).collect::<Vec<_>>() {
                members.extend(others);
                tokens.extend(theirs);
            }
            groups.push((members, tokens));
        }
        let group = |(key_stores, _): (Vec<AbsentKeyStore>, _)| {
            let mut configuration = configuration.clone();
            let is_member = |configured: &ConfiguredKeyStore| {
                let mut members = key_stores.iter();
                members.any(|member| member.table_path == configured.table_path)
            };
            configuration.key_stores.retain(is_member);
            Self {
                key_stores,
                configuration,
                given_up: None,
            }
        };
        groups.into_iter().map(group).collect()
    }

    /// Whether another attempt is worth making: for some key store everything may be
    /// there, and nothing else was wrong.
    pub(super) fn may_be_over(&self) -> bool {
        let mut key_stores = self.key_stores.iter();
        self.given_up.is_none()
            && key_stores.any(|key_store| key_store.absences.iter().all(Absence::may_be_over))
    }

    /// What it waits for, or why it is not waited for any more, by key store.
    pub(super) fn reasons(&self) -> impl Iterator<Item = (&str, &Fault)> {
        self.key_stores.iter().flat_map(|key_store| {
            let given_up = self.given_up.iter().flatten();
            let waits = key_store.faults().filter(|_| self.given_up.is_none());
            given_up.chain(waits).map(|fault| (&*key_store.name, fault))
        })
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
