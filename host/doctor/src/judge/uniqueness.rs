//! K03: values that two key stores cannot share.

use std::collections::{BTreeMap, BTreeSet};

use super::key_stores::{NO_KEY_STORE, listed};
use super::stored_values::of_given;
use super::{Told, Untold, need};
use crate::aws::AwsFiles;
use crate::aws::key_stores::KeyStore;
use crate::becomes::{AwsFault, Becomes};
use crate::catalogue::K03;
use crate::finding::Finding;
use crate::findings::Findings;
use crate::given::Given;

/// Custom key stores in an account and Region.
const MOST: usize = 10;

const PUBLIC: &str = "PUBLIC_ENDPOINT";
const VPC: &str = "VPC_ENDPOINT_SERVICE";

/// A key store that is there, or one that is about to be made.
struct Values<'a> {
    label: &'a str,
    name: Option<&'a str>,
    endpoint: Option<&'a str>,
    path: Option<&'a str>,
    vpc: bool,
    service: Option<&'a str>,
    /// Why not all of these are known.
    missing: Option<String>,
}

pub(super) fn judge(given: &Given, files: &AwsFiles, findings: &mut Findings) {
    let key_stores = match listed(files) {
        Ok(key_stores) => key_stores,
        Err(Untold(why)) => return findings.add(Finding::cannot_tell(&K03, "", &why)),
    };
    let mut all: Vec<_> = key_stores.list().iter().map(of_key_store).collect();
    let planned = (given.has_proxy() || given.service_name.is_some())
        && of_given(given, key_stores).is_none();
    if planned {
        all.push(of_new(given));
    }

    let mut clashes = Vec::new();
    if all.len() > MOST {
        let seen = format!(
            "{} custom key stores, of which an account may have {MOST}",
            all.len()
        );
        clashes.push(
            Finding::failure(&K03, "", &seen)
                .becomes([Becomes::Aws(AwsFault::TOO_MANY_STORES)])
                .fix("delete a key store (see K04), or ask AWS for a higher quota"),
        );
    }
    clashes.extend(clashes_of(&all));
    let untold = if key_stores.is_complete() {
        missing(&all)
    } else {
        Some("the file does not have all key stores".to_owned())
    };
    match untold {
        Some(why) => findings.add(Finding::cannot_tell(&K03, "", &why)),
        None if clashes.is_empty() => findings.add(match all.len() {
            0 => Finding::skipped(&K03, NO_KEY_STORE),
            1 => Finding::ok(&K03, "", "one key store, and none to share anything with"),
            count => {
                let seen = format!("{count} key stores, each with values of its own");
                Finding::ok(&K03, "", &seen)
            }
        }),
        None => {}
    }
    for clash in clashes {
        findings.add(clash);
    }
}

/// What would have to be known, too, when there is more than one key store.
fn missing(all: &[Values<'_>]) -> Option<String> {
    if all.len() < 2 {
        return None;
    }
    let mut lacking = all
        .iter()
        .filter_map(|one| Some((one.label, one.missing.as_ref()?)));
    let (label, why) = lacking.next()?;
    Some(match lacking.count() {
        0 => format!("{label}: {why}"),
        more => format!("{label}: {why}; {more} more lack something"),
    })
}

fn of_key_store(key_store: &KeyStore) -> Values<'_> {
    let proxy = key_store.xks_proxy_configuration.as_ref();
    Values {
        label: key_store.label(),
        name: key_store.custom_key_store_name.as_deref(),
        endpoint: proxy.and_then(|proxy| proxy.uri_endpoint.as_deref()),
        path: proxy.and_then(|proxy| proxy.uri_path.as_deref()),
        vpc: proxy
            .and_then(|proxy| proxy.connectivity.as_deref())
            .is_some_and(|connectivity| connectivity == VPC),
        service: proxy.and_then(|proxy| proxy.vpc_endpoint_service_name.as_deref()),
        missing: complete(key_store).err().map(|Untold(why)| why),
    }
}

/// Whether all is there that two key stores cannot share.
fn complete(key_store: &KeyStore) -> Told<()> {
    need(
        key_store.custom_key_store_name.as_deref(),
        "CustomKeyStoreName",
    )?;
    match key_store.custom_key_store_type.as_deref() {
        Some("AWS_CLOUDHSM") => return Ok(()),
        Some("EXTERNAL_KEY_STORE") => {}
        Some(other) => return Err(Untold::value("CustomKeyStoreType", other)),
        None if key_store.xks_proxy_configuration.is_some() => {}
        None => return Err(Untold::member("CustomKeyStoreType")),
    }
    let proxy = key_store.xks_proxy_configuration.as_ref();
    let proxy = need(proxy, "XksProxyConfiguration")?;
    need(proxy.uri_endpoint.as_deref(), "UriEndpoint")?;
    need(proxy.uri_path.as_deref(), "UriPath")?;
    match need(proxy.connectivity.as_deref(), "Connectivity")? {
        PUBLIC => {}
        VPC => {
            let name = proxy.vpc_endpoint_service_name.as_deref();
            need(name, "VpcEndpointServiceName")?;
        }
        other => return Err(Untold::value("Connectivity", other)),
    }
    Ok(())
}

/// Nobody says the name of a new key store here.
fn of_new(given: &Given) -> Values<'_> {
    let missing = match (&given.endpoint, &given.uri_path) {
        (None, _) => Some("its endpoint was not given"),
        (_, None) => Some("its path was not given"),
        _ => None,
    };
    Values {
        label: "the new key store",
        name: None,
        endpoint: given.endpoint.as_deref(),
        path: given.uri_path.as_deref(),
        vpc: given.service_name.is_some(),
        service: given.service_name.as_deref(),
        missing: missing.map(str::to_owned),
    }
}

/// One finding for each value that is shared, however many share it.
fn clashes_of(all: &[Values<'_>]) -> Vec<Finding> {
    let found = |sharing: &[&Values<'_>], seen: String, fault, fix: &str| {
        Finding::failure(&K03, &labels(sharing), &seen)
            .becomes([Becomes::Aws(fault)])
            .fix(fix)
    };
    let mut clashes = Vec::new();
    for (name, sharing) in shared(all, |one| one.name.map(str::to_owned)) {
        let seen = format!("{} are called {name}", both(&sharing));
        let fix = "choose another name";
        clashes.push(found(&sharing, seen, AwsFault::NAME_IN_USE, fix));
    }
    for (service, sharing) in shared(all, |one| one.service.map(str::to_owned)) {
        let seen = format!("{} use the endpoint service {service}", both(&sharing));
        let fix = "make an endpoint service for each key store";
        clashes.push(found(&sharing, seen, AwsFault::SERVICE_IN_USE, fix));
    }
    // Host names, whose case does not count.
    let endpoint = |one: &Values<'_>| Some(one.endpoint?.to_ascii_lowercase());
    let uri = |one: &Values<'_>| Some(endpoint(one)? + one.path?);
    for (uri, sharing) in shared(all, uri) {
        let seen = format!("{} have the URI {uri}", both(&sharing));
        let fix = "choose another path prefix, or delete the key store that is not used";
        clashes.push(found(&sharing, seen, AwsFault::URI_IN_USE, fix));
    }
    for (endpoint, sharing) in shared(all, endpoint) {
        let paths: BTreeSet<_> = sharing.iter().map(|one| one.path).collect();
        if paths.len() > 1 && sharing.iter().any(|one| one.vpc) {
            let both = both(&sharing);
            let seen = format!("{both} have the endpoint {endpoint}, and not {both} are public");
            let fix = "give each key store with VPC connectivity a host name of its own";
            clashes.push(found(&sharing, seen, AwsFault::ENDPOINT_IN_USE, fix));
        }
    }
    clashes
}

/// The values that more than one has, with those that have them.
fn shared<'v, 'a>(
    all: &'v [Values<'a>],
    value: impl Fn(&Values<'a>) -> Option<String>,
) -> impl Iterator<Item = (String, Vec<&'v Values<'a>>)> {
    let mut by_value: BTreeMap<String, Vec<&Values<'a>>> = BTreeMap::new();
    for one in all {
        if let Some(value) = value(one) {
            by_value.entry(value).or_default().push(one);
        }
    }
    by_value
        .into_iter()
        .filter(|(_, sharing)| sharing.len() > 1)
}

const fn both(sharing: &[&Values<'_>]) -> &'static str {
    if sharing.len() == 2 { "both" } else { "all" }
}

fn labels(sharing: &[&Values<'_>]) -> String {
    match sharing {
        [one, other] => format!("{} and {}", one.label, other.label),
        [one, other, rest @ ..] => {
            format!("{}, {} and {} more", one.label, other.label, rest.len())
        }
        _ => String::new(),
    }
}
