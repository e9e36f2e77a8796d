use claviger_xks::credential::Credential;
use claviger_xks_client::target::{Endpoint, UriPath};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{ConnectionState, written};
use crate::moment::Moment;
use crate::names::KeyStoreId;

/// A custom key store of type `EXTERNAL_KEY_STORE`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyStore {
    /// Its id.
    pub id: KeyStoreId,
    /// Its friendly name.
    pub name: String,
    /// When it was made.
    pub created: Moment,
    /// How AWS KMS would reach the proxy.
    pub connectivity: Connectivity,
    /// `https://` and the host name of the proxy. The port is 443.
    #[serde(with = "written::as_text")]
    pub endpoint: Endpoint,
    /// The path of the proxy's API, `/kms/xks/v1` included.
    #[serde(with = "written::as_text")]
    pub path: UriPath,
    /// What requests to the proxy are signed with.
    #[serde(with = "written::credential")]
    pub credential: Credential,
    /// Whether it is connected.
    pub connection: ConnectionState,
    /// Counts the connections and disconnections of this process, so that the
    /// end of an earlier one is not taken for that of a later one.
    #[serde(skip)]
    pub attempt: u64,
}

/// The `XksProxyConnectivity` of a key store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Connectivity {
    /// Over the internet.
    PublicEndpoint,
    /// Over AWS `PrivateLink`. No such service is looked for here: the name is
    /// stored, and the proxy is reached like any other.
    VpcEndpointService {
        /// The name of the VPC endpoint service.
        name: String,
        /// The account that owns it, if that was said.
        owner: Option<String>,
    },
}

impl Connectivity {
    /// The connectivity as the API has it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::PublicEndpoint => "PUBLIC_ENDPOINT",
            Self::VpcEndpointService { .. } => "VPC_ENDPOINT_SERVICE",
        }
    }

    /// The name of the VPC endpoint service.
    pub fn service_name(&self) -> Option<&str> {
        match self {
            Self::PublicEndpoint => None,
            Self::VpcEndpointService { name, .. } => Some(name),
        }
    }
}

impl KeyStore {
    /// Whether its keys can be used.
    pub fn is_connected(&self) -> bool {
        self.connection == ConnectionState::Connected
    }

    /// The entry of `DescribeCustomKeyStores`.
    pub fn to_json(&self) -> Value {
        let mut proxy = Map::new();
        proxy.insert("Connectivity".to_owned(), self.connectivity.as_str().into());
        proxy.insert(
            "AccessKeyId".to_owned(),
            self.credential.access_key_id.as_str().into(),
        );
        proxy.insert("UriEndpoint".to_owned(), self.endpoint.as_str().into());
        proxy.insert("UriPath".to_owned(), self.path.as_str().into());
        if let Connectivity::VpcEndpointService { name, owner } = &self.connectivity {
            proxy.insert("VpcEndpointServiceName".to_owned(), name.as_str().into());
            if let Some(owner) = owner {
                proxy.insert("VpcEndpointServiceOwner".to_owned(), owner.as_str().into());
            }
        }
        let mut entry = json!({
            "CustomKeyStoreId": self.id.as_str(),
            "CustomKeyStoreName": self.name,
            "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
            "ConnectionState": self.connection.name(),
            "CreationDate": self.created.to_json(),
            "XksProxyConfiguration": proxy,
        });
        if let (Some(code), Some(entry)) = (self.connection.error_code(), entry.as_object_mut()) {
            entry.insert("ConnectionErrorCode".to_owned(), code.name().into());
        }
        entry
    }
}
