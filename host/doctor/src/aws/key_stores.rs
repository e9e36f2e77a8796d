//! `aws kms describe-custom-key-stores`, `aws sts get-caller-identity`

use serde::Deserialize;

/// The answer of `DescribeCustomKeyStores`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct KeyStores {
    /// The key stores of the account in the Region.
    pub custom_key_stores: Option<Vec<KeyStore>>,
    /// There is more that is not in this file.
    pub truncated: Option<bool>,
    /// Likewise.
    pub next_marker: Option<String>,
    /// Likewise, as the CLI writes it.
    pub next_token: Option<String>,
}

/// One custom key store.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct KeyStore {
    /// `cks-…`
    pub custom_key_store_id: Option<String>,
    /// The friendly name.
    pub custom_key_store_name: Option<String>,
    /// `AWS_CLOUDHSM` or `EXTERNAL_KEY_STORE`.
    pub custom_key_store_type: Option<String>,
    /// Of a key store in a CloudHSM cluster.
    pub cloud_hsm_cluster_id: Option<String>,
    /// CONNECTED, FAILED …
    pub connection_state: Option<String>,
    /// Only in the state FAILED.
    pub connection_error_code: Option<String>,
    /// Of an external key store.
    pub xks_proxy_configuration: Option<ProxyConfiguration>,
}

/// How AWS KMS reaches a proxy.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProxyConfiguration {
    /// `PUBLIC_ENDPOINT` or `VPC_ENDPOINT_SERVICE`.
    pub connectivity: Option<String>,
    /// Of the credential; the secret is never shown.
    pub access_key_id: Option<String>,
    /// `https://…`
    pub uri_endpoint: Option<String>,
    /// `/…/kms/xks/v1`
    pub uri_path: Option<String>,
    /// Of `VPC_ENDPOINT_SERVICE`.
    pub vpc_endpoint_service_name: Option<String>,
    /// The account that owns the service, when it is another one.
    pub vpc_endpoint_service_owner: Option<String>,
}

/// The answer of `GetCallerIdentity`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CallerIdentity {
    /// 12 digits.
    pub account: Option<String>,
}

impl KeyStores {
    /// Whether the file has all key stores.
    pub fn is_complete(&self) -> bool {
        self.truncated != Some(true) && self.next_marker.is_none() && self.next_token.is_none()
    }

    /// The key stores, none where the list is missing.
    pub fn list(&self) -> &[KeyStore] {
        self.custom_key_stores.as_deref().unwrap_or_default()
    }
}

impl KeyStore {
    /// Whether it is an external key store. Without a type it is one when it has a
    /// proxy.
    pub fn is_external(&self) -> bool {
        match self.custom_key_store_type.as_deref() {
            Some(kind) => kind == "EXTERNAL_KEY_STORE",
            None => self.xks_proxy_configuration.is_some(),
        }
    }

    /// What it is called in findings: its name, or else its id.
    pub fn label(&self) -> &str {
        self.custom_key_store_name
            .as_deref()
            .or(self.custom_key_store_id.as_deref())
            .unwrap_or("a key store without a name")
    }
}
