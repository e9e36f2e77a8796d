//! Why a key store could not be connected.

use std::fmt;

/// The `ConnectionErrorCode` that `DescribeCustomKeyStores` shows while the
/// `ConnectionState` is `FAILED`; all 18 of the AWS KMS API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConnectionErrorCode {
    /// `INVALID_CREDENTIALS`, of both types of key store.
    InvalidCredentials,
    /// `CLUSTER_NOT_FOUND`, of CloudHSM key stores.
    ClusterNotFound,
    /// `NETWORK_ERRORS`, of both types of key store.
    NetworkErrors,
    /// `INTERNAL_ERROR`, of both types of key store.
    InternalError,
    /// `INSUFFICIENT_CLOUDHSM_HSMS`, of CloudHSM key stores.
    InsufficientCloudHsmHsms,
    /// `USER_LOCKED_OUT`, of CloudHSM key stores.
    UserLockedOut,
    /// `USER_NOT_FOUND`, of CloudHSM key stores.
    UserNotFound,
    /// `USER_LOGGED_IN`, of CloudHSM key stores.
    UserLoggedIn,
    /// `SUBNET_NOT_FOUND`, of CloudHSM key stores.
    SubnetNotFound,
    /// `INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET`, of CloudHSM key stores.
    InsufficientFreeAddressesInSubnet,
    /// `XKS_PROXY_ACCESS_DENIED`
    XksProxyAccessDenied,
    /// `XKS_PROXY_NOT_REACHABLE`
    XksProxyNotReachable,
    /// `XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND`
    XksVpcEndpointServiceNotFound,
    /// `XKS_PROXY_INVALID_RESPONSE`
    XksProxyInvalidResponse,
    /// `XKS_PROXY_INVALID_CONFIGURATION`
    XksProxyInvalidConfiguration,
    /// `XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION`
    XksVpcEndpointServiceInvalidConfiguration,
    /// `XKS_PROXY_TIMED_OUT`
    XksProxyTimedOut,
    /// `XKS_PROXY_INVALID_TLS_CONFIGURATION`
    XksProxyInvalidTlsConfiguration,
}

impl ConnectionErrorCode {
    /// Every code once.
    pub const ALL: [Self; 18] = [
        Self::InvalidCredentials,
        Self::ClusterNotFound,
        Self::NetworkErrors,
        Self::InternalError,
        Self::InsufficientCloudHsmHsms,
        Self::UserLockedOut,
        Self::UserNotFound,
        Self::UserLoggedIn,
        Self::SubnetNotFound,
        Self::InsufficientFreeAddressesInSubnet,
        Self::XksProxyAccessDenied,
        Self::XksProxyNotReachable,
        Self::XksVpcEndpointServiceNotFound,
        Self::XksProxyInvalidResponse,
        Self::XksProxyInvalidConfiguration,
        Self::XksVpcEndpointServiceInvalidConfiguration,
        Self::XksProxyTimedOut,
        Self::XksProxyInvalidTlsConfiguration,
    ];

    /// The code as the API has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidCredentials => "INVALID_CREDENTIALS",
            Self::ClusterNotFound => "CLUSTER_NOT_FOUND",
            Self::NetworkErrors => "NETWORK_ERRORS",
            Self::InternalError => "INTERNAL_ERROR",
            Self::InsufficientCloudHsmHsms => "INSUFFICIENT_CLOUDHSM_HSMS",
            Self::UserLockedOut => "USER_LOCKED_OUT",
            Self::UserNotFound => "USER_NOT_FOUND",
            Self::UserLoggedIn => "USER_LOGGED_IN",
            Self::SubnetNotFound => "SUBNET_NOT_FOUND",
            Self::InsufficientFreeAddressesInSubnet => "INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET",
            Self::XksProxyAccessDenied => "XKS_PROXY_ACCESS_DENIED",
            Self::XksProxyNotReachable => "XKS_PROXY_NOT_REACHABLE",
            Self::XksVpcEndpointServiceNotFound => "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND",
            Self::XksProxyInvalidResponse => "XKS_PROXY_INVALID_RESPONSE",
            Self::XksProxyInvalidConfiguration => "XKS_PROXY_INVALID_CONFIGURATION",
            Self::XksVpcEndpointServiceInvalidConfiguration => {
                "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION"
            }
            Self::XksProxyTimedOut => "XKS_PROXY_TIMED_OUT",
            Self::XksProxyInvalidTlsConfiguration => "XKS_PROXY_INVALID_TLS_CONFIGURATION",
        }
    }

    /// The code of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.name() == name)
    }
}

impl fmt::Display for ConnectionErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
