//! `CreateCustomKeyStore`

use std::sync::Arc;

use claviger_xks::credential::Credential;
use claviger_xks_client::metadata::{KmsOperation, RequestMetadata};
use claviger_xks_client::target::{Endpoint, UriPath};
use serde_json::json;
use tracing::warn;

use super::{Answer, Call};
use crate::exception::{Exception, ExceptionName};
use crate::input::Members;
use crate::input::constraint as rule;
use crate::names::KeyStoreId;
use crate::proxy_failure;
use crate::state::{Change, ConnectionState, Connectivity, Event, KeyStore, RegionState, limits};

/// The proxy members that `CreateCustomKeyStore` and `UpdateCustomKeyStore` have.
#[derive(Debug)]
pub(super) struct ProxyMembers<'c> {
    pub(super) connectivity: Option<&'c str>,
    pub(super) endpoint: Option<Endpoint>,
    pub(super) path: Option<UriPath>,
    pub(super) credential: Option<Credential>,
    pub(super) service_name: Option<&'c str>,
    pub(super) service_owner: Option<&'c str>,
    /// Whether a member is there that only CloudHSM key stores have.
    pub(super) of_cloudhsm: bool,
}

impl<'c> ProxyMembers<'c> {
    pub(super) fn read(members: &Members<'c, '_>) -> Self {
        let of_cloudhsm = [
            "CloudHsmClusterId",
            "TrustAnchorCertificate",
            "KeyStorePassword",
        ];
        Self {
            connectivity: members.choice(
                "XksProxyConnectivity",
                &["PUBLIC_ENDPOINT", "VPC_ENDPOINT_SERVICE"],
            ),
            endpoint: parsed(members.text("XksProxyUriEndpoint", &rule::XKS_PROXY_URI_ENDPOINT)),
            path: parsed(members.text("XksProxyUriPath", &rule::XKS_PROXY_URI_PATH)),
            credential: members
                .structure("XksProxyAuthenticationCredential")
                .and_then(|credential| {
                    let id = credential.required_text("AccessKeyId", &rule::XKS_ACCESS_KEY_ID);
                    let secret = credential
                        .required_text("RawSecretAccessKey", &rule::XKS_RAW_SECRET_ACCESS_KEY);
                    Some(Credential {
                        access_key_id: id.parse().ok()?,
                        secret_access_key: secret.parse().ok()?,
                    })
                }),
            service_name: service_name(members),
            service_owner: members.text("XksProxyVpcEndpointServiceOwner", &rule::ACCOUNT_ID),
            of_cloudhsm: of_cloudhsm.iter().any(|name| members.has(name)),
        }
    }
}

/// An empty name is how a key store says that it has none any more.
fn service_name<'c>(members: &Members<'c, '_>) -> Option<&'c str> {
    let name = "XksProxyVpcEndpointServiceName";
    if members.is_empty_text(name) {
        return None;
    }
    members.text(name, &rule::XKS_PROXY_VPC_ENDPOINT_SERVICE_NAME)
}

/// What the constraints let through can be read.
fn parsed<T: std::str::FromStr>(text: Option<&str>) -> Option<T> {
    text.and_then(|text| text.parse().ok())
}

pub(super) async fn perform(call: &Call<'_>) -> Result<Answer, Exception> {
    let key_store = read(call)?;
    check(&call.state(), call.region().as_str(), &key_store)?;
    // AWS KMS asks the proxy of a VPC endpoint service only when it connects.
    if key_store.connectivity == Connectivity::PublicEndpoint {
        ask(call, &key_store, KmsOperation::CreateCustomKeyStore).await?;
    }
    let id = key_store.id.clone();
    let region = call.region().clone();
    call.service
        .store
        .change(call.region(), move |state| {
            // Others may have come while the proxy was asked.
            check(state, region.as_str(), &key_store)?;
            Ok(((), vec![Change::PutKeyStore(Arc::new(key_store))]))
        })
        .await?;
    if call.service.settings.auto_connect {
        let connecting = call
            .service
            .step(call.region(), &id, Event::Connect, None)
            .await?;
        if let Some(stepped) = connecting {
            call.service
                .go_on(call.region(), stepped.key_store, call.request_id);
        }
    }
    Ok(Answer::Members(json!({ "CustomKeyStoreId": id.as_str() })))
}

fn read(call: &Call<'_>) -> Result<KeyStore, Exception> {
    let (name, kind, proxy) = call.read(|members| {
        (
            members.required_text("CustomKeyStoreName", &rule::CUSTOM_KEY_STORE_NAME),
            members.choice(
                "CustomKeyStoreType",
                &["AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"],
            ),
            ProxyMembers::read(members),
        )
    })?;
    if kind != Some("EXTERNAL_KEY_STORE") {
        return Err(Exception::new(
            ExceptionName::CloudHsmClusterNotFound,
            "local-kms has no CloudHSM clusters: it serves key stores of CustomKeyStoreType \
             EXTERNAL_KEY_STORE only. Without a CustomKeyStoreType, AWS_CLOUDHSM is meant.",
        ));
    }
    if proxy.of_cloudhsm {
        return Err(of_cloudhsm_only());
    }
    let required = |member: &str| {
        Exception::validation(format!("{member} is required for an external key store."))
    };
    let connectivity = match (proxy.connectivity, proxy.service_name) {
        (None, _) => return Err(required("XksProxyConnectivity")),
        (Some("VPC_ENDPOINT_SERVICE"), None) => {
            return Err(required("XksProxyVpcEndpointServiceName"));
        }
        (Some("VPC_ENDPOINT_SERVICE"), Some(name)) => Connectivity::VpcEndpointService {
            name: name.to_owned(),
            owner: proxy.service_owner.map(str::to_owned),
        },
        (Some(_), Some(_)) => return Err(of_vpc_endpoint_services_only()),
        (Some(_), None) if proxy.service_owner.is_some() => {
            return Err(of_vpc_endpoint_services_only());
        }
        (Some(_), None) => Connectivity::PublicEndpoint,
    };
    Ok(KeyStore {
        id: KeyStoreId::random(),
        name: name.to_owned(),
        created: call.service.now(),
        connectivity,
        endpoint: proxy
            .endpoint
            .ok_or_else(|| required("XksProxyUriEndpoint"))?,
        path: proxy.path.ok_or_else(|| required("XksProxyUriPath"))?,
        credential: proxy
            .credential
            .ok_or_else(|| required("XksProxyAuthenticationCredential"))?,
        connection: ConnectionState::Disconnected,
        attempt: 0,
    })
}

/// Fails where a new key store, or the new values of one, get in the way of
/// another.
pub fn check(state: &RegionState, region: &str, key_store: &KeyStore) -> Result<(), Exception> {
    let is_new = !state.key_stores.contains_key(&key_store.id);
    if is_new && state.key_stores.len() >= limits::KEY_STORES {
        return Err(Exception::limit(format!(
            "An account has at most {} custom key stores in a Region.",
            limits::KEY_STORES
        )));
    }
    let taken = |name, what: &str| Err(Exception::new(name, format!("{what} in this Region.")));
    let service = key_store.connectivity.service_name();
    // The Region is a part of the name.
    if service.is_some_and(|service| service.split('.').nth(3) != Some(region)) {
        return Err(Exception::new(
            ExceptionName::XksProxyVpcEndpointServiceNotFound,
            "The VPC endpoint service is not in the Region of the external key store.",
        ));
    }
    let others = state.key_stores.values();
    for other in others.filter(|other| other.id != key_store.id) {
        if other.name == key_store.name {
            return taken(
                ExceptionName::CustomKeyStoreNameInUse,
                "Another custom key store of this account has this name",
            );
        }
        let same_endpoint = host(other).eq_ignore_ascii_case(host(key_store));
        let is_public =
            |key_store: &KeyStore| key_store.connectivity == Connectivity::PublicEndpoint;
        if same_endpoint && !(is_public(other) && is_public(key_store)) {
            return taken(
                ExceptionName::XksProxyUriEndpointInUse,
                "Another external key store uses this proxy URI endpoint, and one of the two has \
                 the connectivity VPC_ENDPOINT_SERVICE",
            );
        }
        if same_endpoint && other.path == key_store.path {
            return taken(
                ExceptionName::XksProxyUriInUse,
                "Another external key store uses this proxy URI endpoint with this path",
            );
        }
        if service.is_some() && other.connectivity.service_name() == service {
            return taken(
                ExceptionName::XksProxyVpcEndpointServiceInUse,
                "Another external key store uses this VPC endpoint service",
            );
        }
    }
    Ok(())
}

fn host(key_store: &KeyStore) -> &str {
    key_store.endpoint.host()
}

/// Asks a proxy how it is, with values that are not in force yet.
pub(super) async fn ask(
    call: &Call<'_>,
    key_store: &KeyStore,
    operation: KmsOperation,
) -> Result<(), Exception> {
    let client = call.service.proxies.client(call.region(), key_store);
    let metadata = RequestMetadata::health(operation, call.request_id);
    match client.get_health_status(&metadata).await {
        Ok(_) => Ok(()),
        Err(failure) => {
            let said = proxy_failure::said(&failure);
            warn!(request_id = call.request_id, cause = %failure, said, "GetHealthStatus");
            Err(proxy_failure::of_create_or_update(&failure))
        }
    }
}

pub(super) fn of_cloudhsm_only() -> Exception {
    Exception::validation(
        "CloudHsmClusterId, TrustAnchorCertificate and KeyStorePassword are for custom key \
         stores of type AWS_CLOUDHSM.",
    )
}

pub(super) fn of_vpc_endpoint_services_only() -> Exception {
    Exception::validation(
        "XksProxyVpcEndpointServiceName and XksProxyVpcEndpointServiceOwner are for \
         XksProxyConnectivity VPC_ENDPOINT_SERVICE.",
    )
}
