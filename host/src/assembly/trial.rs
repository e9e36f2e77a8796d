//! One plugin of a configuration, for a trial of it alone.

use std::sync::Arc;

use claviger_config::{Configuration, KeyStore, PluginUse};
use claviger_settings::Fault;

use super::needs::Needs;
use super::shared::Shared;
use super::start::Start;
use crate::plugin::trial::Subject;
use crate::resources::{MissingStorage, Opening, Resources};
use crate::storage::StorageUser;

/// Opens what `usage`, of this key store, is granted. A storage that is not there is made.
pub(crate) async fn assemble_trial(
    configuration: &Configuration,
    key_store: &KeyStore,
    usage: &PluginUse,
    resources: &Resources,
) -> Result<Subject, Vec<Fault>> {
    let needs = Needs::of_use(configuration, usage);
    let (mut faults, unread) = (Vec::new(), &mut Vec::new());
    let opening = Opening {
        missing: MissingStorage::IsMade,
        user: StorageUser::Command,
    };
    let shared = Shared::open(
        configuration,
        resources,
        needs,
        opening,
        &mut faults,
        unread,
    );
    let shared = shared.await?;
    let absences = shared.absences_of([usage].into_iter());
    faults.extend(absences.into_iter().map(|it| it.fault));
    faults.extend_from_slice(shared.tokens.unlisted());
    let start = Start::new(&shared, key_store);
    match start.binding(usage) {
        Some(binding) if faults.is_empty() => {
            Ok(Subject::new(binding, Arc::from(key_store.name.as_str())))
        }
        _ => Err(faults),
    }
}
