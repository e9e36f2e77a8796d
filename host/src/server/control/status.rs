//! How the host is, for `claviger status`.

use std::time::{Instant, SystemTime};

use humantime::format_rfc3339_seconds;

use super::messages::{
    CertificateStatus, ConfigurationStatus, CredentialStatus, KeyManagerStatus, KeyStoreStatus,
    PluginStatus, RefusedStatus, ResourceStatus, Status, Told,
};
use crate::front::xks::{CredentialInUse, KeyStore};
use crate::server::Listening;
use crate::server::live::Live;
use crate::server::phase::Phase;
use crate::switches::Switched;
use crate::words::{COMMIT, KeyId, VERSION};

pub(in crate::server) fn of(live: &Live, listening: Listening) -> Status {
    let phase = live.phase();
    let snapshot = live.current();
    let history = live.history();
    let reasons = live.unready();
    Status {
        version: VERSION.to_owned(),
        commit: COMMIT.map(str::to_owned),
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
        listening: listening.api.to_string(),
        certificate: snapshot.certificate().map(|certificate| CertificateStatus {
            serial: certificate.serial.clone(),
            common_name: certificate.common_name.clone(),
            fingerprint: certificate.fingerprint.clone(),
            expires: format_rfc3339_seconds(certificate.chain_not_after).to_string(),
            days_left: certificate.days_left(SystemTime::now()),
        }),
        key_stores: snapshot
            .xks
            .key_stores()
            .into_iter()
            .map(key_store)
            .collect(),
        absent: snapshot.absent().map(str::to_owned).collect(),
        waits_for: snapshot.waiting().map(|(_, fault)| fault.into()).collect(),
        switched_off: live.switches().off().iter().map(shown).collect(),
        tokens: live.tokens().into_iter().map(resource).collect(),
        storages: live.storages().into_iter().map(resource).collect(),
    }
}

fn resource((name, up): (String, bool)) -> ResourceStatus {
    ResourceStatus { name, up }
}

fn credential(credential: &CredentialInUse) -> CredentialStatus {
    let age = credential
        .written
        .and_then(|written| written.elapsed().ok());
    let last_used = credential.last_used();
    CredentialStatus {
        access_key_id: credential.access_key_id.as_str().to_owned(),
        age_seconds: age.map(|age| age.as_secs()),
        last_used: last_used.map(|at| format_rfc3339_seconds(at).to_string()),
    }
}

fn key_store(of: &KeyStore) -> KeyStoreStatus {
    let now = Instant::now();
    let key_store = &of.keys;
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
                state: manager.state.name().to_owned(),
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
        credentials: of.credentials_in_use.iter().map(credential).collect(),
    }
}

fn shown(switched: &Switched) -> String {
    let Switched { key_store, key } = switched;
    match key.as_ref().map(KeyId::as_str) {
        Some(key) => format!("{key_store}/{key}"),
        None => key_store.clone(),
    }
}
