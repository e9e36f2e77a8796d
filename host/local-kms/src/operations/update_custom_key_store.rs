//! `UpdateCustomKeyStore`

use std::sync::Arc;

use claviger_xks_client::metadata::KmsOperation;
use serde_json::json;

use super::create_custom_key_store::{
    ProxyMembers, ask, check, of_cloudhsm_only, of_vpc_endpoint_services_only,
};
use super::{Answer, Call, custom_key_stores, texts};
use crate::exception::Exception;
use crate::input::constraint as rule;
use crate::state::{Change, ConnectionState, Connectivity, KeyStore};

pub(super) async fn perform(call: &Call<'_>) -> Result<Answer, Exception> {
    let (id, name, proxy) = call.read(|members| {
        (
            members.required_text("CustomKeyStoreId", &rule::CUSTOM_KEY_STORE_ID),
            members.text("NewCustomKeyStoreName", &rule::CUSTOM_KEY_STORE_NAME),
            ProxyMembers::read(members),
        )
    })?;
    let before = Arc::clone(custom_key_stores::find(&call.state(), id)?);
    if proxy.of_cloudhsm {
        return Err(of_cloudhsm_only());
    }
    let asks = proxy.connectivity.is_some()
        || proxy.endpoint.is_some()
        || proxy.path.is_some()
        || proxy.credential.is_some()
        || proxy.service_name.is_some()
        || proxy.service_owner.is_some();
    let moves = asks && moves(&proxy);
    allow(&before, moves, call.operation.name())?;
    let after = with_values(&before, name, proxy)?;
    check(&call.state(), call.region().as_str(), &after)?;
    if asks {
        ask(call, &after, KmsOperation::UpdateCustomKeyStore).await?;
    }
    let (region, operation) = (call.region().clone(), call.operation.name());
    call.service
        .store
        .change(call.region(), move |state| {
            // It may have been connected, or another made, while the proxy was asked.
            let now = custom_key_stores::find(state, after.id.as_str())?;
            allow(now, moves, operation)?;
            check(state, region.as_str(), &after)?;
            let after = KeyStore {
                connection: now.connection,
                attempt: now.attempt,
                ..after
            };
            Ok(((), vec![Change::PutKeyStore(Arc::new(after))]))
        })
        .await?;
    Ok(Answer::Members(json!({})))
}

/// Whether the key store is to be found elsewhere then.
const fn moves(proxy: &ProxyMembers<'_>) -> bool {
    proxy.connectivity.is_some()
        || proxy.endpoint.is_some()
        || proxy.service_name.is_some()
        || proxy.service_owner.is_some()
}

/// Name, path and credential can be changed while the key store is connected.
fn allow(key_store: &KeyStore, moves: bool, operation: &str) -> Result<(), Exception> {
    match key_store.connection {
        ConnectionState::Disconnected => Ok(()),
        ConnectionState::Connected if !moves => Ok(()),
        other => Err(texts::key_store_state(
            &key_store.id,
            other.name(),
            operation,
        )),
    }
}

fn with_values(
    before: &KeyStore,
    name: Option<&str>,
    proxy: ProxyMembers<'_>,
) -> Result<KeyStore, Exception> {
    let (old_name, old_owner) = match &before.connectivity {
        Connectivity::PublicEndpoint => (None, None),
        Connectivity::VpcEndpointService { name, owner } => (Some(name), owner.as_ref()),
    };
    let connectivity = proxy.connectivity.unwrap_or(before.connectivity.as_str());
    let connectivity = if connectivity == "VPC_ENDPOINT_SERVICE" {
        let name = proxy.service_name.or(old_name.map(String::as_str));
        let name = name.ok_or_else(|| {
            Exception::validation(
                "XksProxyVpcEndpointServiceName is required to change to VPC_ENDPOINT_SERVICE.",
            )
        })?;
        let owner = proxy.service_owner.or(old_owner.map(String::as_str));
        Connectivity::VpcEndpointService {
            name: name.to_owned(),
            owner: owner.map(str::to_owned),
        }
    } else if proxy.service_name.is_some() || proxy.service_owner.is_some() {
        return Err(of_vpc_endpoint_services_only());
    } else {
        Connectivity::PublicEndpoint
    };
    let changes_connectivity = connectivity.as_str() != before.connectivity.as_str();
    if changes_connectivity && proxy.endpoint.is_none() {
        return Err(Exception::validation(
            "XksProxyUriEndpoint is required to change XksProxyConnectivity.",
        ));
    }
    Ok(KeyStore {
        name: name.unwrap_or(&before.name).to_owned(),
        connectivity,
        endpoint: proxy.endpoint.unwrap_or_else(|| before.endpoint.clone()),
        path: proxy.path.unwrap_or_else(|| before.path.clone()),
        credential: proxy
            .credential
            .unwrap_or_else(|| before.credential.clone()),
        ..before.clone()
    })
}
