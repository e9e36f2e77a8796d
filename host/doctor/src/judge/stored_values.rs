//! K02: what AWS KMS has of a proxy, against the values given.

use claviger_xks::credential::AccessKeyId;
use claviger_xks_client::outcome::Outcome;
use claviger_xks_client::target::{Endpoint, UriPath};

use super::key_stores::listed;
use super::{Told, Untold, add, need};
use crate::aws::AwsFiles;
use crate::aws::key_stores::{KeyStore, KeyStores, ProxyConfiguration};
use crate::becomes::Becomes;
use crate::catalogue::K02;
use crate::finding::Finding;
use crate::findings::Findings;
use crate::given::Given;

pub(super) fn judge(given: &Given, files: &AwsFiles, findings: &mut Findings) {
    let key_stores = match listed(files) {
        Ok(key_stores) => key_stores,
        Err(Untold(why)) => return findings.add(Finding::cannot_tell(&K02, "", &why)),
    };
    if !given.has_proxy() {
        let why = "no endpoint, path or credential was given to compare with";
        findings.add(Finding::skipped(&K02, why));
        return;
    }
    match of_given(given, key_stores) {
        Some(key_store) => add(
            findings,
            &K02,
            key_store.label(),
            compared(given, key_store),
        ),
        None => findings.add(none_like_it(given, key_stores)),
    }
}

/// K02, when none is the key store of the values given: it is not made yet, unless one of
/// those there are is meant, or unless not all is known of them.
fn none_like_it(given: &Given, key_stores: &KeyStores) -> Finding {
    if !key_stores.is_complete() {
        return Finding::cannot_tell(&K02, "", "the file does not have all key stores");
    }
    let external = || key_stores.list().iter().filter(|one| one.is_external());
    for key_store in external() {
        let proxy = key_store.xks_proxy_configuration.as_ref();
        let values = (|| {
            let proxy = need(proxy, "XksProxyConfiguration")?;
            need(proxy.uri_endpoint.as_deref(), "UriEndpoint")?;
            need(proxy.uri_path.as_deref(), "UriPath")?;
            need(proxy.access_key_id.as_deref(), "AccessKeyId")
        })();
        if let Err(Untold(why)) = values {
            return Finding::cannot_tell(&K02, key_store.label(), &why);
        }
    }
    let there: Vec<&str> = external()
        .filter(|one| has_endpoint(given, one))
        .map(KeyStore::label)
        .collect();
    if there.is_empty() || given.service_name.is_some() {
        let why = "no key store has this endpoint, path or access key id: it is not made yet";
        return Finding::skipped(&K02, why);
    }
    let seen = format!(
        "{} have this endpoint, and none has this path or access key id",
        there.join(", ")
    );
    Finding::cannot_tell(&K02, "", &seen)
}

/// The key store of the values given, if it is made: the one that has most of them, and
/// at least the path or the access key id. Endpoints alone are shared; where only one has
/// the endpoint it is that one, unless a new one is spoken of.
pub(super) fn of_given<'k>(given: &Given, key_stores: &'k KeyStores) -> Option<&'k KeyStore> {
    let same = |given: &Option<String>, stored: &Option<String>| {
        given.is_some() && given.as_deref() == stored.as_deref()
    };
    let score = |key_store: &KeyStore| {
        let Some(proxy) = &key_store.xks_proxy_configuration else {
            return 0;
        };
        2 * u8::from(same(&given.uri_path, &proxy.uri_path))
            + 2 * u8::from(same(&given.access_key_id, &proxy.access_key_id))
            + u8::from(has_endpoint(given, key_store))
    };
    let external = || key_stores.list().iter().filter(|one| one.is_external());
    let best = external()
        .filter(|key_store| score(key_store) >= 2)
        .max_by_key(|key_store| score(key_store));
    if best.is_some() || given.service_name.is_some() || !key_stores.is_complete() {
        return best;
    }
    let mut there = external().filter(|key_store| has_endpoint(given, key_store));
    let only = there.next();
    only.filter(|_| there.next().is_none())
}

/// Host names, whose case does not count.
fn has_endpoint(given: &Given, key_store: &KeyStore) -> bool {
    let proxy = key_store.xks_proxy_configuration.as_ref();
    let stored = proxy.and_then(|proxy| proxy.uri_endpoint.as_deref());
    match (given.endpoint.as_deref(), stored) {
        (Some(given), Some(stored)) => given.eq_ignore_ascii_case(stored),
        _ => false,
    }
}

fn compared(given: &Given, key_store: &KeyStore) -> Told<Finding> {
    let proxy = need(
        key_store.xks_proxy_configuration.as_ref(),
        "XksProxyConfiguration",
    )?;
    let mut same = Vec::new();
    let mut differing = Vec::new();
    for value in values(given, proxy) {
        let Some(wanted) = value.given else { continue };
        let stored = need(value.stored, value.member)?;
        let equal = match value.member {
            "UriEndpoint" => wanted.eq_ignore_ascii_case(stored),
            _ => wanted == stored,
        };
        if equal {
            same.push(value.member);
        } else {
            differing.push((value, wanted, stored));
        }
    }
    let label = key_store.label();
    if differing.is_empty() {
        let seen = format!(
            "the same {}; the secret cannot be compared",
            same.join(", ")
        );
        return Ok(Finding::ok(&K02, label, &seen));
    }
    let seen: Vec<String> = differing
        .iter()
        .map(|(value, wanted, stored)| {
            let (member, shown) = (value.member, value.shown(wanted));
            format!("{member}: AWS KMS has {stored}, given is {shown}")
        })
        .collect();
    let becomes = differing.iter().map(|(value, ..)| value.outcome);
    Ok(Finding::failure(&K02, label, &seen.join("; "))
        .becomes(becomes.map(Becomes::Call))
        .fix(&update(key_store, &differing)))
}

/// The command that gives AWS KMS the values that it has otherwise.
fn update(key_store: &KeyStore, differing: &[(Compared<'_>, &str, &str)]) -> String {
    if !differing
        .iter()
        .all(|(value, wanted, _)| value.fits(wanted))
    {
        return "correct the values given: see C01".to_owned();
    }
    let id = key_store.custom_key_store_id.as_deref().unwrap_or("ID");
    let mut command = format!("aws kms update-custom-key-store --custom-key-store-id {id}");
    let mut moves = false;
    for (value, wanted, _) in differing {
        command.push(' ');
        command += &value.option.replace("VALUE", wanted);
        moves |= value.member == "UriEndpoint";
    }
    // The endpoint cannot be changed otherwise.
    match key_store.connection_state.as_deref() {
        Some("DISCONNECTED") => command,
        _ if moves => format!("once the key store is disconnected: {command}"),
        _ => command,
    }
}

/// One value of a key store beside the one that was given.
struct Compared<'a> {
    member: &'static str,
    given: Option<&'a str>,
    stored: Option<&'a str>,
    outcome: Outcome,
    /// The option of `update-custom-key-store`.
    option: &'static str,
}

impl Compared<'_> {
    /// Whether a value has the form of its member.
    fn fits(&self, wanted: &str) -> bool {
        match self.member {
            "UriEndpoint" => wanted.parse::<Endpoint>().is_ok(),
            "UriPath" => wanted.parse::<UriPath>().is_ok(),
            _ => wanted.parse::<AccessKeyId>().is_ok(),
        }
    }

    /// A value that was given, unless it has another form than its member: it may be a
    /// secret in the wrong place then.
    fn shown<'w>(&self, wanted: &'w str) -> &'w str {
        if self.fits(wanted) {
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
            // Version 1 of the AWS CLI fetches options that begin with https://.
            option: r#"--cli-input-json '{"XksProxyUriEndpoint":"VALUE"}'"#,
        },
        Compared {
            member: "UriPath",
            given: given.uri_path.as_deref(),
            stored: proxy.uri_path.as_deref(),
            outcome: Outcome::InvalidUriPath,
            option: "--xks-proxy-uri-path VALUE",
        },
        Compared {
            member: "AccessKeyId",
            given: given.access_key_id.as_deref(),
            stored: proxy.access_key_id.as_deref(),
            outcome: Outcome::AuthenticationFailed,
            // A file, so that the secret does not get into the history of the shell.
            option: "--xks-proxy-authentication-credential file://credential.json",
        },
    ]
}
