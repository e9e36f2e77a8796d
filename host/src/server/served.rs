//! What is served: for the line of the log at the start, and for audit records (FLT-95).

use std::collections::BTreeSet;
use std::time::SystemTime;

use tracing::info;

use crate::assembly::Snapshot;
use crate::audit::InForce;
use crate::words::{COMMIT, VERSION};

/// At one moment.
pub(super) struct Served {
    generation: u64,
    key_stores: String,
    absent: String,
    plugins: String,
    switched_off: usize,
    certificate_days: Option<i64>,
    tokens: String,
    storages: String,
}

impl Served {
    /// With the names of tokens and storages in use.
    pub(super) fn by(
        snapshot: &Snapshot,
        generation: u64,
        tokens: impl Iterator<Item = String>,
        storages: impl Iterator<Item = String>,
    ) -> Self {
        let key_stores = snapshot.key_stores().iter();
        let plugins = key_stores.clone().flat_map(|key_store| {
            let plugins = key_store.plugins();
            plugins.map(|(name, instances)| format!("{name}@sha256:{}", instances.digest()))
        });
        let certificate = snapshot.certificate();
        Self {
            generation,
            key_stores: list(key_stores.map(|it| it.name().to_string())),
            absent: list(snapshot.absent().map(str::to_owned)),
            plugins: list(plugins),
            switched_off: snapshot.switches().off().len(),
            certificate_days: certificate.map(|it| it.days_left(SystemTime::now())),
            tokens: list(tokens),
            storages: list(storages),
        }
    }

    /// Says it in the log.
    pub(super) fn log(&self) {
        info!(
            version = VERSION,
            commit = COMMIT,
            generation = self.generation,
            key_stores = self.key_stores,
            absent = self.absent,
            plugins = self.plugins,
            tokens = self.tokens,
            storages = self.storages,
            certificate_days = self.certificate_days,
            switched_off = self.switched_off,
            "the configuration in force"
        );
    }

    /// For an audit record.
    pub(super) fn in_force(&self) -> InForce<'_> {
        InForce {
            generation: self.generation,
            version: VERSION,
            commit: COMMIT,
            key_stores: &self.key_stores,
            plugins: &self.plugins,
            switched_off: u64::try_from(self.switched_off).unwrap_or(u64::MAX),
        }
    }
}

/// Each once, in order, with a space between them: none has one inside.
fn list(names: impl Iterator<Item = String>) -> String {
    let names: BTreeSet<_> = names.collect();
    Vec::from_iter(names).join(" ")
}
