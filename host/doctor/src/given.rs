//! The values that AWS KMS is, or would be, told, as they were given.

use zeroize::Zeroizing;

/// As given, in whatever form. [`crate::judge::values`] judges the form.
#[derive(Clone, Default)]
pub struct Given {
    /// `XksProxyUriEndpoint`
    pub endpoint: Option<String>,
    /// `XksProxyUriPath`
    pub uri_path: Option<String>,
    /// `XksProxyAuthenticationCredential`, `AccessKeyId`
    pub access_key_id: Option<String>,
    /// `XksProxyAuthenticationCredential`, `RawSecretAccessKey`
    pub secret_access_key: Option<Zeroizing<String>>,
    /// `XksProxyVpcEndpointServiceName` of a key store that is not made yet.
    pub service_name: Option<String>,
    /// `XksProxyVpcEndpointServiceOwner` of it.
    pub service_owner: Option<String>,
    /// `XksKeyId`, each.
    pub keys: Vec<String>,
    /// The Region of the key store.
    pub region: Option<String>,
}

impl std::fmt::Debug for Given {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the secret, and without what it may have been swapped with.
        formatter
            .debug_struct("Given")
            .field("endpoint", &self.endpoint)
            .field("uri_path", &self.uri_path)
            .field("service_name", &self.service_name)
            .field("service_owner", &self.service_owner)
            .field("keys", &self.keys)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

impl Given {
    /// Whether values of a proxy are among them.
    pub fn has_proxy(&self) -> bool {
        self.endpoint.is_some() || self.uri_path.is_some() || self.access_key_id.is_some()
    }
}
