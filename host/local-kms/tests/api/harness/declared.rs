//! Which errors the API model declares of each operation, of those that this service
//! has: SDKs have no class for any other.

/// Errors that may come of any operation, undeclared.
const OF_ALL: [&str; 5] = [
    "ValidationException",
    "SerializationException",
    "UnknownOperationException",
    "IncompleteSignatureException",
    "RequestEntityTooLargeException",
];

/// Whether SDKs know this error of this operation.
pub(crate) fn is_declared(operation: &str, error: &str) -> bool {
    let declared = DECLARED.iter().find(|(name, _)| *name == operation);
    let short = error.strip_suffix("Exception").unwrap_or(error);
    OF_ALL.contains(&error)
        || declared.is_some_and(|(_, errors)| errors.split(' ').any(|name| name == short))
}

/// Without "Exception".
const DECLARED: [(&str, &str); 56] = [
    ("CancelKeyDeletion", "KMSInternal KMSInvalidState NotFound"),
    (
        "ConnectCustomKeyStore",
        "CustomKeyStoreInvalidState CustomKeyStoreNotFound KMSInternal",
    ),
    (
        "CreateAlias",
        "AlreadyExists InvalidAliasName KMSInternal KMSInvalidState LimitExceeded NotFound",
    ),
    (
        "CreateCustomKeyStore",
        "CloudHsmClusterNotFound CustomKeyStoreNameInUse KMSInternal LimitExceeded XksProxyIncorrectAuthenticationCredential XksProxyInvalidConfiguration XksProxyInvalidResponse XksProxyUriEndpointInUse XksProxyUriInUse XksProxyUriUnreachable XksProxyVpcEndpointServiceInUse XksProxyVpcEndpointServiceNotFound",
    ),
    (
        "CreateGrant",
        "Disabled DryRunOperation InvalidGrantToken KMSInternal KMSInvalidState LimitExceeded NotFound",
    ),
    (
        "CreateKey",
        "CustomKeyStoreInvalidState CustomKeyStoreNotFound KMSInternal LimitExceeded MalformedPolicyDocument Tag UnsupportedOperation XksKeyAlreadyInUse XksKeyInvalidConfiguration XksKeyNotFound",
    ),
    (
        "Decapsulate",
        "Disabled DryRunOperation InvalidCiphertext InvalidGrantToken InvalidKeyUsage KMSInternal KMSInvalidState NotFound",
    ),
    (
        "Decrypt",
        "Disabled DryRunOperation IncorrectKey InvalidCiphertext InvalidGrantToken InvalidKeyUsage KMSInternal KMSInvalidState NotFound",
    ),
    ("DeleteAlias", "KMSInternal KMSInvalidState NotFound"),
    (
        "DeleteCustomKeyStore",
        "CustomKeyStoreHasCMKs CustomKeyStoreInvalidState CustomKeyStoreNotFound KMSInternal",
    ),
    (
        "DeleteImportedKeyMaterial",
        "KMSInternal KMSInvalidState NotFound UnsupportedOperation",
    ),
    (
        "DeriveSharedSecret",
        "Disabled DryRunOperation InvalidGrantToken InvalidKeyUsage KMSInternal KMSInvalidState NotFound",
    ),
    (
        "DescribeCustomKeyStores",
        "CustomKeyStoreNotFound InvalidMarker KMSInternal",
    ),
    ("DescribeKey", "KMSInternal NotFound"),
    ("DisableKey", "KMSInternal KMSInvalidState NotFound"),
    (
        "DisableKeyRotation",
        "Disabled KMSInternal KMSInvalidState NotFound UnsupportedOperation",
    ),
    (
        "DisconnectCustomKeyStore",
        "CustomKeyStoreInvalidState CustomKeyStoreNotFound KMSInternal",
    ),
    (
        "EnableKey",
        "KMSInternal KMSInvalidState LimitExceeded NotFound",
    ),
    (
        "EnableKeyRotation",
        "Disabled KMSInternal KMSInvalidState NotFound UnsupportedOperation",
    ),
    (
        "Encapsulate",
        "Disabled DryRunOperation InvalidGrantToken InvalidKeyUsage KMSInternal KMSInvalidState NotFound",
    ),
    (
        "Encrypt",
        "Disabled DryRunOperation InvalidGrantToken InvalidKeyUsage KMSInternal KMSInvalidState NotFound",
    ),
    (
        "GenerateDataKey",
        "Disabled DryRunOperation InvalidGrantToken InvalidKeyUsage KMSInternal KMSInvalidState NotFound",
    ),
    (
        "GenerateDataKeyPair",
        "Disabled DryRunOperation InvalidGrantToken InvalidKeyUsage KMSInternal KMSInvalidState NotFound UnsupportedOperation",
    ),
    (
        "GenerateDataKeyPairWithoutPlaintext",
        "Disabled DryRunOperation InvalidGrantToken InvalidKeyUsage KMSInternal KMSInvalidState NotFound UnsupportedOperation",
    ),
    (
        "GenerateDataKeyWithoutPlaintext",
        "Disabled DryRunOperation InvalidGrantToken InvalidKeyUsage KMSInternal KMSInvalidState NotFound",
    ),
    (
        "GenerateMac",
        "Disabled DryRunOperation InvalidGrantToken InvalidKeyUsage KMSInternal KMSInvalidState NotFound",
    ),
    (
        "GenerateRandom",
        "CustomKeyStoreInvalidState CustomKeyStoreNotFound KMSInternal UnsupportedOperation",
    ),
    ("GetKeyLastUsage", "KMSInternal NotFound"),
    ("GetKeyPolicy", "KMSInternal KMSInvalidState NotFound"),
    (
        "GetKeyRotationStatus",
        "KMSInternal KMSInvalidState NotFound UnsupportedOperation",
    ),
    (
        "GetParametersForImport",
        "KMSInternal KMSInvalidState NotFound UnsupportedOperation",
    ),
    (
        "GetPublicKey",
        "Disabled InvalidGrantToken InvalidKeyUsage KMSInternal KMSInvalidState NotFound UnsupportedOperation",
    ),
    (
        "ImportKeyMaterial",
        "InvalidCiphertext KMSInternal KMSInvalidState NotFound UnsupportedOperation",
    ),
    ("ListAliases", "InvalidMarker KMSInternal NotFound"),
    (
        "ListGrants",
        "InvalidMarker KMSInternal KMSInvalidState NotFound",
    ),
    ("ListKeyPolicies", "KMSInternal KMSInvalidState NotFound"),
    (
        "ListKeyRotations",
        "InvalidMarker KMSInternal KMSInvalidState NotFound UnsupportedOperation",
    ),
    ("ListKeys", "InvalidMarker KMSInternal"),
    ("ListResourceTags", "InvalidMarker KMSInternal NotFound"),
    ("ListRetirableGrants", "InvalidMarker KMSInternal NotFound"),
    (
        "PutKeyPolicy",
        "KMSInternal KMSInvalidState LimitExceeded MalformedPolicyDocument NotFound UnsupportedOperation",
    ),
    (
        "ReEncrypt",
        "Disabled DryRunOperation IncorrectKey InvalidCiphertext InvalidGrantToken InvalidKeyUsage KMSInternal KMSInvalidState NotFound",
    ),
    (
        "ReplicateKey",
        "AlreadyExists Disabled KMSInternal KMSInvalidState LimitExceeded MalformedPolicyDocument NotFound Tag UnsupportedOperation",
    ),
    (
        "RetireGrant",
        "DryRunOperation InvalidGrantToken KMSInternal KMSInvalidState NotFound",
    ),
    (
        "RevokeGrant",
        "DryRunOperation KMSInternal KMSInvalidState NotFound",
    ),
    (
        "RotateKeyOnDemand",
        "Disabled KMSInternal KMSInvalidState LimitExceeded NotFound UnsupportedOperation",
    ),
    (
        "ScheduleKeyDeletion",
        "KMSInternal KMSInvalidState NotFound",
    ),
    (
        "Sign",
        "Disabled DryRunOperation InvalidGrantToken InvalidKeyUsage KMSInternal KMSInvalidState NotFound",
    ),
    (
        "TagResource",
        "KMSInternal KMSInvalidState LimitExceeded NotFound Tag",
    ),
    ("UntagResource", "KMSInternal KMSInvalidState NotFound Tag"),
    (
        "UpdateAlias",
        "KMSInternal KMSInvalidState LimitExceeded NotFound",
    ),
    (
        "UpdateCustomKeyStore",
        "CloudHsmClusterNotFound CustomKeyStoreInvalidState CustomKeyStoreNameInUse CustomKeyStoreNotFound KMSInternal XksProxyIncorrectAuthenticationCredential XksProxyInvalidConfiguration XksProxyInvalidResponse XksProxyUriEndpointInUse XksProxyUriInUse XksProxyUriUnreachable XksProxyVpcEndpointServiceInUse XksProxyVpcEndpointServiceNotFound",
    ),
    (
        "UpdateKeyDescription",
        "KMSInternal KMSInvalidState NotFound",
    ),
    (
        "UpdatePrimaryRegion",
        "Disabled KMSInternal KMSInvalidState NotFound UnsupportedOperation",
    ),
    (
        "Verify",
        "Disabled DryRunOperation InvalidGrantToken InvalidKeyUsage KMSInternal KMSInvalidState NotFound",
    ),
    (
        "VerifyMac",
        "Disabled DryRunOperation InvalidGrantToken InvalidKeyUsage KMSInternal KMSInvalidState NotFound",
    ),
];
