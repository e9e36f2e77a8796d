//! K03: values that two key stores cannot share.

use super::Untold;
use super::key_stores::{listed, of_given};
use crate::aws::AwsFiles;
use crate::aws::key_stores::KeyStore;
use crate::becomes::{AwsFault, Becomes};
use crate::catalogue::K03;
use crate::finding::Finding;
use crate::findings::Findings;
use crate::given::Given;

/// Custom key stores in an account and Region.
const MOST: usize = 10;

/// A key store that is there, or one that is about to be made.
#[derive(Clone, Copy)]
struct Values<'a> {
    label: &'a str,
    name: Option<&'a str>,
    endpoint: Option<&'a str>,
    path: Option<&'a str>,
    vpc: Option<bool>,
    service: Option<&'a str>,
}

pub(super) fn judge(given: &Given, files: &AwsFiles, findings: &mut Findings) {
    let key_stores = match listed(files) {
        Ok(key_stores) => key_stores,
        Err(Untold(why)) => return findings.add(Finding::cannot_tell(&K03, "", &why)),
    };
    let external: Vec<_> = key_stores
        .list()
        .iter()
        .filter(|one| one.is_external())
        .collect();
    let mut all: Vec<_> = key_stores.list().iter().map(of_key_store).collect();
    let planned =
        (given.has_proxy() || given.service_name.is_some()) && of_given(given, &external).is_none();
    if planned {
        all.push(of_new(given));
    }

    let mut clashes = Vec::new();
    for (index, one) in all.iter().enumerate() {
        for other in all.iter().skip(index + 1) {
            clashes.extend(clash(*one, *other));
        }
    }
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
    if clashes.is_empty() {
        findings.add(if key_stores.is_complete() {
            let seen = format!("{} key stores share nothing that they cannot", all.len());
            Finding::ok(&K03, "", &seen)
        } else {
            Finding::cannot_tell(&K03, "", "the file does not have all key stores")
        });
    }
    for clash in clashes {
        findings.add(clash);
    }
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
            .map(|connectivity| connectivity == "VPC_ENDPOINT_SERVICE"),
        service: proxy.and_then(|proxy| proxy.vpc_endpoint_service_name.as_deref()),
    }
}

fn of_new(given: &Given) -> Values<'_> {
    Values {
        label: "the new key store",
        name: None,
        endpoint: given.endpoint.as_deref(),
        path: given.uri_path.as_deref(),
        vpc: Some(given.service_name.is_some()),
        service: given.service_name.as_deref(),
    }
}

fn clash(one: Values<'_>, other: Values<'_>) -> Vec<Finding> {
    let subject = format!("{} and {}", one.label, other.label);
    let found = |seen: String, fault, fix: &str| {
        Finding::failure(&K03, &subject, &seen)
            .becomes([Becomes::Aws(fault)])
            .fix(fix)
    };
    let mut clashes = Vec::new();
    if let Some(name) = same(one.name, other.name) {
        let seen = format!("both are called {name}");
        clashes.push(found(seen, AwsFault::NAME_IN_USE, "choose another name"));
    }
    if let Some(service) = same(one.service, other.service) {
        clashes.push(found(
            format!("both use the endpoint service {service}"),
            AwsFault::SERVICE_IN_USE,
            "make an endpoint service for each key store",
        ));
    }
    let Some(endpoint) = one.endpoint.filter(|one| {
        // Host names, whose case does not count.
        other
            .endpoint
            .is_some_and(|other| one.eq_ignore_ascii_case(other))
    }) else {
        return clashes;
    };
    if let Some(path) = same(one.path, other.path) {
        clashes.push(found(
            format!("both have the URI {endpoint}{path}"),
            AwsFault::URI_IN_USE,
            "choose another path prefix, or delete the key store that is not used",
        ));
    } else if one.vpc == Some(true) || other.vpc == Some(true) {
        clashes.push(found(
            format!("both have the endpoint {endpoint}, and not both are public"),
            AwsFault::ENDPOINT_IN_USE,
            "give each key store with VPC connectivity a host name of its own",
        ));
    }
    clashes
}

fn same<'a>(one: Option<&'a str>, other: Option<&'a str>) -> Option<&'a str> {
    one.filter(|_| one == other)
}
