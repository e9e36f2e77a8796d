//! How the host is, for `claviger status`.

use std::time::{Instant, SystemTime};

use humantime::format_rfc3339_seconds;

use super::messages::{
    CertificateStatus, ConfigurationStatus, KeyManagerStatus, KeyStoreStatus, PluginStatus,
    RefusedStatus, Status, Told,
};
use super::serve::Controlled;
use crate::keys::KeyStore;
use crate::server::phase::Phase;
use crate::switches::Switched;
use crate::words::{KeyId, KeyManagerState};

pub(super) fn of(controlled: &Controlled) -> Status {
    let live = &controlled.live;
    let phase = live.phase();
    let snapshot = live.current();
    let history = live.history();
    let reasons = live.unready();
    Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        process: std::process::id(),
        phase: match phase {
            Phase::Serving => "serving",
            Phase::LameDuck => "lame-duck",
            Phase::Draining => "draining",
        }
        .to_owned(),
        ready: phase == Phase::Serving && reasons.is_empty(),
        reasons,
        configuration: ConfigurationStatus {
            generation: live.generation(),
            taken_up: format_rfc3339_seconds(history.taken_up).to_string(),
            refused: history.refused.map(|(at, faults)| RefusedStatus {
                at: format_rfc3339_seconds(at).to_string(),
                faults: faults.iter().map(Told::from).collect(),
            }),
        },
        listening: controlled.listening.api.to_string(),
        certificate: snapshot.certificate().map(|certificate| CertificateStatus {
            serial: certificate.serial.clone(),
            common_name: certificate.common_name.clone(),
            fingerprint: certificate.fingerprint.clone(),
            expires: format_rfc3339_seconds(certificate.chain_not_after).to_string(),
            days_left: certificate
                .seconds_left(SystemTime::now())
                .div_euclid(24 * 60 * 60),
        }),
        key_stores: snapshot
            .key_stores()
            .iter()
            .map(|it| key_store(it))
            .collect(),
        absent: snapshot.absent().map(str::to_owned).collect(),
        switched_off: live.switches().off().iter().map(shown).collect(),
    }
}

fn key_store(key_store: &KeyStore) -> KeyStoreStatus {
    let now = Instant::now();
    let report = key_store.last_report(now);
    let managers = report.iter().flat_map(|report| &report.key_managers);
    KeyStoreStatus {
        name: key_store.name().to_string(),
        enabled: key_store.is_enabled(),
        serves: key_store.serves(now),
        key_managers: managers
            .map(|manager| KeyManagerStatus {
                id: manager.id.clone(),
                model: manager.model.clone(),
                state: match manager.state {
                    KeyManagerState::Active => "ACTIVE",
                    KeyManagerState::Degraded => "DEGRADED",
                    KeyManagerState::Unavailable => "UNAVAILABLE",
                }
                .to_owned(),
            })
            .collect(),
        plugins: key_store
            .plugins()
            .map(|(name, instances)| PluginStatus {
                name: name.to_string(),
                digest: instances.digest().to_owned(),
                broken: instances.is_broken(),
            })
            .collect(),
    }
}

fn shown(switched: &Switched) -> String {
    let Switched { key_store, key } = switched;
    match key.as_ref().map(KeyId::as_str) {
        Some(key) => format!("{key_store}/{key}"),
        None => key_store.clone(),
    }
}
