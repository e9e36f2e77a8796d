//! K01 and K04: key stores and their states.

use claviger_xks_client::outcome::ConnectionErrorCode;

use super::{Told, Untold, add, file, need};
use crate::aws::AwsFiles;
use crate::aws::key_stores::{KeyStore, KeyStores};
use crate::catalogue::{K01, K04};
use crate::explain;
use crate::finding::Finding;
use crate::findings::Findings;

pub(super) const FILE: &str = "kms-custom-key-stores";

/// Why nothing is said of any.
pub(super) const NO_KEY_STORE: &str = "there is no custom key store yet";

/// K01.
pub(super) fn judge(files: &AwsFiles, findings: &mut Findings) {
    let key_stores = match listed(files) {
        Ok(key_stores) => key_stores,
        Err(Untold(why)) => return findings.add(Finding::cannot_tell(&K01, "", &why)),
    };
    if key_stores.list().is_empty() {
        findings.add(Finding::skipped(&K01, NO_KEY_STORE));
    }
    for key_store in key_stores.list() {
        add(findings, &K01, key_store.label(), state(key_store));
    }
}

/// K04.
pub(super) fn plan_deletion(files: &AwsFiles, findings: &mut Findings) {
    let key_stores = match listed(files) {
        Ok(key_stores) => key_stores,
        Err(Untold(why)) => return findings.add(Finding::cannot_tell(&K04, "", &why)),
    };
    if key_stores.list().is_empty() {
        findings.add(Finding::skipped(&K04, NO_KEY_STORE));
    }
    for key_store in key_stores.list() {
        let steps = match key_store.connection_state.as_deref() {
            Some("DISCONNECTED") => {
                "it is disconnected: schedule the deletion of its keys, wait until they are gone, \
                 then delete it"
            }
            Some("DISCONNECTING") => {
                "wait until it is disconnected, and until its keys are deleted, then delete it"
            }
            Some("CONNECTED" | "CONNECTING" | "FAILED") => {
                "schedule the deletion of its keys, wait until they are gone, disconnect it, then \
                 delete it"
            }
            other => {
                let why = match other {
                    Some(state) => Untold::value("ConnectionState", state).0,
                    None => Untold::member("ConnectionState").0,
                };
                findings.add(Finding::cannot_tell(&K04, key_store.label(), &why));
                continue;
            }
        };
        findings.add(Finding::ok(&K04, key_store.label(), steps));
    }
}

/// The key stores of the folder.
pub(super) fn listed(files: &AwsFiles) -> Told<&KeyStores> {
    let key_stores = file(files.key_stores.as_ref(), FILE)?;
    need(key_stores.custom_key_stores.as_ref(), "CustomKeyStores")?;
    Ok(key_stores)
}

fn state(key_store: &KeyStore) -> Told<Finding> {
    let label = key_store.label();
    let state = need(key_store.connection_state.as_deref(), "ConnectionState")?;
    let id = key_store.custom_key_store_id.as_deref().unwrap_or("ID");
    let command =
        |verb: &str| format!("aws kms {verb}-custom-key-store --custom-key-store-id {id}");
    Ok(match state {
        "CONNECTED" => Finding::ok(&K01, label, "CONNECTED"),
        "FAILED" => match key_store.connection_error_code.as_deref() {
            None => Finding::failure(&K01, label, "FAILED, without a ConnectionErrorCode")
                .fix(&command("disconnect")),
            Some(code) => {
                let meaning = ConnectionErrorCode::from_name(code)
                    .map_or("a code that is not known here", explain::meaning_of_code);
                let fix = format!(
                    "disconnect it, remove the cause (claviger doctor explain {code}), then \
                     connect it: {}",
                    command("disconnect")
                );
                Finding::failure(&K01, label, &format!("FAILED with {code}: {meaning}")).fix(&fix)
            }
        },
        "DISCONNECTED" => Finding::warning(&K01, label, "DISCONNECTED: its keys cannot be used")
            .fix(&command("connect")),
        "CONNECTING" | "DISCONNECTING" => {
            Finding::ok(&K01, label, &format!("{state}: look again in five minutes"))
        }
        other => return Err(Untold::value("ConnectionState", other)),
    })
}
