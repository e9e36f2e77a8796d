//! K01, K02, K04: key stores, their states and their values.

use claviger_xks::credential::AccessKeyId;
use claviger_xks_client::outcome::{ConnectionErrorCode, Outcome};
use claviger_xks_client::target::{Endpoint, UriPath};

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
        None => findings.add(none_like_it(given, key_stores, &external)),
    }
}

/// K02, when no key store has the path or the access key id: it is not made yet, unless
/// one of those there are is meant, or unless not all is known of them.
fn none_like_it(given: &Given, key_stores: &KeyStores, external: &[&KeyStore]) -> Finding {
    if !key_stores.is_complete() {
        return Finding::cannot_tell(&K02, "", "the file does not have all key stores");
    }
    for key_store in external {
        let label = key_store.label();
        let proxy = key_store.xks_proxy_configuration.as_ref();
        let values = (|| {
            let proxy = need(proxy, "XksProxyConfiguration")?;
            let endpoint = need(proxy.uri_endpoint.as_deref(), "UriEndpoint")?;
            let path = need(proxy.uri_path.as_deref(), "UriPath")?;
            let id = need(proxy.access_key_id.as_deref(), "AccessKeyId")?;
            Ok((endpoint, path, id))
        })();
        let (endpoint, path, id) = match values {
            Ok(values) => values,
            Err(Untold(why)) => return Finding::cannot_tell(&K02, label, &why),
        };
        let wanted = given.endpoint.as_deref();
        if wanted.is_some_and(|wanted| wanted.eq_ignore_ascii_case(endpoint)) {
            let seen = format!(
                "it has this endpoint with the path {path} and the access key id {id}: other \
                 values than those given, if it is the key store that is meant"
            );
            return Finding::cannot_tell(&K02, label, &seen);
        }
    }
    let why = "no key store has this endpoint, path or access key id: it is not made yet";
    Finding::skipped(&K02, why)
}

/// K04.
pub(super) fn plan_deletion(files: &AwsFiles, findings: &mut Findings) {
    let key_stores = match listed(files) {
        Ok(key_stores) => key_stores,
        Err(Untold(why)) => return findings.add(Finding::cannot_tell(&K04, "", &why)),
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
        "CONNECTING" | "DISCONNECTING" => {
            Finding::ok(&K01, label, &format!("{state}: look again in five minutes"))
        }
        other => return Err(Untold::value("ConnectionState", other)),
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
    let mut input = vec![format!(r#""CustomKeyStoreId":"{id}""#)];
    for value in values(given, proxy) {
        let Some(wanted) = value.given else { continue };
        let stored = need(value.stored, value.member)?;
        if wanted != stored {
            differing.push(format!(
                "{}: AWS KMS has {stored}, given is {}",
                value.member,
                value.shown(wanted)
            ));
            becomes.push(Becomes::Call(value.outcome));
            input.push(value.input.replace("VALUE", value.shown(wanted)));
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
    // Not as options: version 1 of the AWS CLI fetches values that begin with https://.
    let fix = format!(
        "aws kms update-custom-key-store --cli-input-json '{{{}}}'",
        input.join(",")
    );
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
    /// The member of the input of `UpdateCustomKeyStore`.
    input: &'static str,
}

impl Compared<'_> {
    /// A value that was given, unless it has another form than its member: it may be a
    /// secret in the wrong place then, and would break the command that it is put in.
    fn shown<'w>(&self, wanted: &'w str) -> &'w str {
        let has_its_form = match self.member {
            "UriEndpoint" => wanted.parse::<Endpoint>().is_ok(),
            "UriPath" => wanted.parse::<UriPath>().is_ok(),
            _ => wanted.parse::<AccessKeyId>().is_ok(),
        };
        if has_its_form {
            wanted
        } else {
            "of another form (C01)"
        }
    }
}

fn values<'a>(given: &'a Given, proxy: &'a ProxyConfiguration) -> [Compared<'a>; 3] {
    [
        Compared {
            member: "UriEndpoint",
            given: given.endpoint.as_deref(),
            stored: proxy.uri_endpoint.as_deref(),
            outcome: Outcome::NotReachable,
            input: r#""XksProxyUriEndpoint":"VALUE""#,
        },
        Compared {
            member: "UriPath",
            given: given.uri_path.as_deref(),
            stored: proxy.uri_path.as_deref(),
            outcome: Outcome::InvalidUriPath,
            input: r#""XksProxyUriPath":"VALUE""#,
        },
        Compared {
            member: "AccessKeyId",
            given: given.access_key_id.as_deref(),
            stored: proxy.access_key_id.as_deref(),
            outcome: Outcome::AuthenticationFailed,
            input: r#""XksProxyAuthenticationCredential":{"AccessKeyId":"VALUE","RawSecretAccessKey":"SECRET"}"#,
        },
    ]
}
