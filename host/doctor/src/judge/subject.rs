//! Which key stores have VPC endpoint service connectivity.

use super::key_stores::listed;
use super::stored_values::of_given;
use super::{Told, Untold, need};
use crate::aws::AwsFiles;
use crate::aws::key_stores::KeyStore;
use crate::aws::names::EndpointServiceName;
use crate::given::Given;

/// A key store with VPC endpoint service connectivity, made or planned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    /// Its name.
    pub(super) label: &'a str,
    /// `cks-…`, when it is made.
    pub(super) id: Option<&'a str>,
    /// The Region that was given.
    pub(super) given_region: Option<&'a str>,
    pub(super) endpoint: Option<&'a str>,
    pub(super) service_name: Option<&'a str>,
    /// The account that it says the service belongs to.
    pub(super) owner: Option<&'a str>,
}

impl<'a> Subject<'a> {
    /// The Region given, or else that of the endpoint service.
    pub(super) fn region(&self) -> Option<&'a str> {
        self.given_region.or_else(|| Some(self.name()?.region))
    }

    /// The parts of the service's name, when it has the right form.
    pub(super) fn name(&self) -> Option<EndpointServiceName<'a>> {
        EndpointServiceName::parse(self.service_name?)
    }
}

/// Those that AWS KMS has, and the one of the values given when it has none like it.
pub(super) fn subjects<'a>(given: &'a Given, files: &'a AwsFiles) -> Vec<Subject<'a>> {
    let key_stores = listed(files)
        .map(super::super::aws::key_stores::KeyStores::list)
        .unwrap_or_default();
    let external: Vec<_> = key_stores.iter().filter(|one| one.is_external()).collect();
    let given_region = given.region.as_deref();
    let mut subjects: Vec<_> = external
        .iter()
        .filter_map(|key_store| {
            let proxy = key_store.xks_proxy_configuration.as_ref()?;
            let service_name = proxy.vpc_endpoint_service_name.as_deref();
            let vpc = match proxy.connectivity.as_deref() {
                Some(connectivity) => connectivity == "VPC_ENDPOINT_SERVICE",
                None => service_name.is_some(),
            };
            vpc.then_some(Subject {
                label: key_store.label(),
                id: key_store.custom_key_store_id.as_deref(),
                given_region,
                endpoint: proxy.uri_endpoint.as_deref(),
                service_name,
                owner: proxy.vpc_endpoint_service_owner.as_deref(),
            })
        })
        .collect();
    let planned = given
        .service_name
        .as_deref()
        .filter(|_| listed(files).map_or(true, |all| of_given(given, all).is_none()));
    subjects.extend(planned.map(|service_name| Subject {
        label: "the new key store",
        id: None,
        given_region,
        endpoint: given.endpoint.as_deref(),
        service_name: Some(service_name),
        owner: given.service_owner.as_deref(),
    }));
    subjects
}

/// The key stores of which it is not known whether they are such, with the reason.
pub(super) fn undecided(files: &AwsFiles) -> Vec<(&str, String)> {
    let key_stores = match listed(files) {
        Ok(key_stores) => key_stores,
        Err(Untold(why)) => return vec![("", why)],
    };
    let mut all = Vec::new();
    if !key_stores.is_complete() {
        all.push(("", "the file does not have all key stores".to_owned()));
    }
    for key_store in key_stores.list().iter().filter(|one| one.is_external()) {
        if let Err(Untold(why)) = connectivity(key_store) {
            all.push((key_store.label(), why));
        }
    }
    all
}

fn connectivity(key_store: &KeyStore) -> Told<()> {
    let proxy = key_store.xks_proxy_configuration.as_ref();
    let proxy = need(proxy, "XksProxyConfiguration")?;
    match need(proxy.connectivity.as_deref(), "Connectivity")? {
        "PUBLIC_ENDPOINT" | "VPC_ENDPOINT_SERVICE" => Ok(()),
        other => Err(Untold::value("Connectivity", other)),
    }
}
