//! What AWS KMS finds without calling the proxy.

/// What AWS KMS finds on its own side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AwsFault {
    /// Exception of `CreateCustomKeyStore` and `UpdateCustomKeyStore`.
    pub create_or_update: Option<&'static str>,
    /// `ConnectionErrorCode` after `ConnectCustomKeyStore`.
    pub connect: Option<&'static str>,
    /// Another operation with its exception.
    pub other: Option<(&'static str, &'static str)>,
}

impl AwsFault {
    const fn of_store(create_or_update: &'static str, connect: Option<&'static str>) -> Self {
        Self {
            create_or_update: Some(create_or_update),
            connect,
            other: None,
        }
    }

    const fn of_other(operation: &'static str, exception: &'static str) -> Self {
        Self {
            create_or_update: None,
            connect: None,
            other: Some((operation, exception)),
        }
    }

    /// A parameter does not have the form of the API model.
    pub const VALIDATION: Self = Self::of_store("ValidationException", None);
    /// No endpoint service of this name that AWS KMS may use.
    pub const SERVICE_NOT_FOUND: Self = Self::of_store(
        "XksProxyVpcEndpointServiceNotFoundException",
        Some("XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND"),
    );
    /// The endpoint service breaks a rule.
    pub const SERVICE_INVALID: Self = Self::of_store(
        "XksProxyVpcEndpointServiceInvalidConfigurationException",
        Some("XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION"),
    );
    /// The endpoint service serves another key store.
    pub const SERVICE_IN_USE: Self =
        Self::of_store("XksProxyVpcEndpointServiceInUseException", None);
    /// Endpoint and path are those of another key store.
    pub const URI_IN_USE: Self = Self::of_store("XksProxyUriInUseException", None);
    /// The endpoint is that of a key store of another connectivity.
    pub const ENDPOINT_IN_USE: Self = Self::of_store("XksProxyUriEndpointInUseException", None);
    /// Another key store has the name.
    pub const NAME_IN_USE: Self = Self::of_store("CustomKeyStoreNameInUseException", None);
    /// Ten key stores in the account and Region.
    pub const TOO_MANY_STORES: Self = Self::of_store("LimitExceededException", None);
    /// The key store still has keys.
    pub const HAS_KEYS: Self =
        Self::of_other("DeleteCustomKeyStore", "CustomKeyStoreHasCMKsException");
    /// The key store is not disconnected.
    pub const NOT_DISCONNECTED: Self = Self::of_other(
        "DeleteCustomKeyStore",
        "CustomKeyStoreInvalidStateException",
    );
    /// A CloudHSM cluster, or a relative of it, backs another key store.
    pub const CLUSTER_IN_USE: Self =
        Self::of_other("CreateCustomKeyStore", "CloudHsmClusterInUseException");
    /// A CloudHSM cluster is not active.
    pub const CLUSTER_NOT_ACTIVE: Self = Self::of_store("CloudHsmClusterNotActiveException", None);
}
