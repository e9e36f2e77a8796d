//! K01, K02, K04: key stores, their states and their values.

use claviger_xks_client::outcome::{ConnectionErrorCode, Outcome};

use super::{Told, Untold, add, file, need};
use crate::aws::AwsFiles;
use crate::aws::key_stores::{KeyStore, KeyStores, ProxyConfiguration};
use crate::becomes::Becomes;
use crate::catalogue::{K01, K02, K04};
use crate::explain;
use crate::finding::Finding;
use crate::findings::Findings;
use crate::given::Given;

pub(super) const FILE: &str = "kms-custom-key-stores";

/// K01 and K02.
pub(super) fn judge(given: &Given, files: &AwsFiles, findings: &mut Findings) {
    let key_stores = match listed(files) {
        Ok(key_stores) => key_stores,
        Err(Untold(why)) => {
            findings.add(Finding::cannot_tell(&K01, "", &why));
            findings.add(Finding::cannot_tell(&K02, "", &why));
            return;
        }
    };
    let external: Vec<_> = key_stores
        .list()
        .iter()
        .filter(|one| one.is_external())
        .collect();
    if key_stores.list().is_empty() {
        findings.add(Finding::skipped(&K01, "there is no custom key store yet"));
    }
    for key_store in key_stores.list() {
        add(findings, &K01, key_store.label(), state(key_store));
    }
    if !given.has_proxy() {
        let why = "no endpoint, path or credential was given to compare with";
        findings.add(Finding::skipped(&K02, why));
        return;
    }
    match of_given(given, &external) {
        Some(key_store) => add(
            findings,
            &K02,
            key_store.label(),
            compared(given, key_store),
        ),
        None => findings.add(Finding::skipped(
            &K02,
            "no key store has this path or access key id: it is not made yet",
        )),
    }
}

/// K04.
pub(super) fn plan_deletion(files: &AwsFiles, findings: &mut Findings) {
    let Ok(key_stores) = listed(files) else {
        findings.add(Finding::cannot_tell(&K04, "", &Untold::file(FILE).0));
        return;
    };
    for key_store in key_stores.list() {
        let steps = match key_store.connection_state.as_deref() {
            Some("DISCONNECTED") => {
                "it is disconnected: schedule the deletion of its keys, wait until they are gone, \
                 then delete it"
            }
            Some("DISCONNECTING") => {
                "wait until it is disconnected, and until its keys are deleted, then delete it"
            }
            Some(_) => {
                "schedule the deletion of its keys, wait until they are gone, disconnect it, then \
                 delete it"
            }
            None => {
                let why = Untold::member("ConnectionState").0;
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

/// The key store of the values given, if it is made: the one that has most of them,
/// and at least the path or the access key id. Endpoints alone are shared.
pub(super) fn of_given<'k>(given: &Given, external: &[&'k KeyStore]) -> Option<&'k KeyStore> {
    let same = |given: &Option<String>, stored: &Option<String>| {
        given.is_some() && given.as_deref() == stored.as_deref()
    };
    let score = |key_store: &KeyStore| {
        let Some(proxy) = &key_store.xks_proxy_configuration else {
            return 0;
        };
        2 * u8::from(same(&given.uri_path, &proxy.uri_path))
            + 2 * u8::from(same(&given.access_key_id, &proxy.access_key_id))
            + u8::from(same(&given.endpoint, &proxy.uri_endpoint))
    };
    external
        .iter()
        .copied()
        .filter(|key_store| score(key_store) >= 2)
        .max_by_key(|key_store| score(key_store))
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
                Finding::failure(&K01, label, &format!("FAILED with {code}: {meaning}")).fix(
                    &format!(
                        "claviger doctor explain {code}; then {}, fix, update, connect",
                        command("disconnect")
                    ),
                )
            }
        },
        "DISCONNECTED" => Finding::warning(&K01, label, "DISCONNECTED: its keys cannot be used")
            .fix(&command("connect")),
        other => Finding::ok(&K01, label, &format!("{other}: look again in five minutes")),
    })
}

fn compared(given: &Given, key_store: &KeyStore) -> Told<Finding> {
    let proxy = need(
        key_store.xks_proxy_configuration.as_ref(),
        "XksProxyConfiguration",
    )?;
    let id = key_store.custom_key_store_id.as_deref().unwrap_or("ID");
    let mut differing = Vec::new();
    let mut becomes = Vec::new();
    let mut options = String::new();
    for value in values(given, proxy) {
        let Some(wanted) = value.given else { continue };
        let stored = need(value.stored, value.member)?;
        if wanted != stored {
            differing.push(format!(
                "{}: AWS KMS has {stored}, given is {wanted}",
                value.member
            ));
            becomes.push(Becomes::Call(value.outcome));
            options.push_str(&value.option.replace("VALUE", wanted));
        }
    }
    let label = key_store.label();
    if differing.is_empty() {
        return Ok(Finding::ok(
            &K02,
            label,
            "the same values; the secret cannot be compared",
        ));
    }
    let fix = format!("aws kms update-custom-key-store --custom-key-store-id {id}{options}");
    Ok(Finding::failure(&K02, label, &differing.join("; "))
        .becomes(becomes)
        .fix(&fix))
}

/// One value of a key store beside the one that was given.
struct Compared<'a> {
    member: &'static str,
    given: Option<&'a str>,
    stored: Option<&'a str>,
    outcome: Outcome,
    option: &'static str,
}

fn values<'a>(given: &'a Given, proxy: &'a ProxyConfiguration) -> [Compared<'a>; 3] {
    [
        Compared {
            member: "UriEndpoint",
            given: given.endpoint.as_deref(),
            stored: proxy.uri_endpoint.as_deref(),
            outcome: Outcome::NotReachable,
            option: " --xks-proxy-uri-endpoint VALUE",
        },
        Compared {
            member: "UriPath",
            given: given.uri_path.as_deref(),
            stored: proxy.uri_path.as_deref(),
            outcome: Outcome::InvalidUriPath,
            option: " --xks-proxy-uri-path VALUE",
        },
        Compared {
            member: "AccessKeyId",
            given: given.access_key_id.as_deref(),
            stored: proxy.access_key_id.as_deref(),
            outcome: Outcome::AuthenticationFailed,
            option: " --xks-proxy-authentication-credential \
                     AccessKeyId=VALUE,RawSecretAccessKey=SECRET",
        },
    ]
}
