//! The words that every interface of the contract shares.

// A shared word of the contract as well, for the generated code.
#[cfg(target_arch = "wasm32")]
pub(crate) use crate::pkcs11::KeyReference;
use std::fmt;
use thiserror::Error;

/// Whether a URI can name this key: 1 to 128 characters of `[A-Za-z0-9._-]`
/// (XKS-005), and neither `.` nor `..` (XKS-007).
pub fn is_external_key_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(allowed) && text != "." && text != ".."
}

/// The XKS API that is being served. `GetHealthStatus` never reaches a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum XksOperation {
    /// `POST …/keys/{id}/metadata`.
    GetKeyMetadata,
    /// `POST …/keys/{id}/encrypt`.
    Encrypt,
    /// `POST …/keys/{id}/decrypt`.
    Decrypt,
}

/// What is known about a request once its signature has been verified.
///
/// The strings are as AWS KMS sent them, at most 64 KiB together, and opaque: a
/// principal may be a service name such as `ec2.amazonaws.com` (XKS-048).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestContext {
    /// The time of the host's clock, UTC, in milliseconds since 1970.
    pub now: u64,
    /// The name of the key store, from the operator's configuration.
    pub key_store: String,
    /// The XKS API called.
    pub operation: XksOperation,
    /// 1 to 128 characters of `[A-Za-z0-9._-]` (XKS-005).
    pub external_key_id: String,
    /// The access key id, never the secret, that signed the request.
    pub access_key_id: String,
    /// Who called AWS KMS; up to 2048 characters (XKS-047).
    pub aws_principal_arn: String,
    /// For example `GenerateDataKey`; unknown values must be expected (XKS-045).
    pub kms_operation: String,
    /// Opaque, may be empty (XKS-046).
    pub kms_request_id: String,
    /// Absent when AWS KMS asks for a key's metadata (XKS-043, XKS-115).
    pub kms_key_arn: Option<String>,
    /// For callers behind a VPC endpoint (XKS-044).
    pub aws_source_vpc: Option<String>,
    /// For callers behind a VPC endpoint (XKS-044).
    pub aws_source_vpce: Option<String>,
    /// For example `ebs` (XKS-044).
    pub kms_via_service: Option<String>,
    /// Members of requestMetadata that contract 0.1 does not know: name and
    /// value as JSON text (XKS-049).
    pub unknown_fields: Vec<(String, String)>,
}

/// Whether an external key may be used (XKS `keyStatus`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum KeyStatus {
    /// `ENABLED`.
    Enabled,
    /// `DISABLED`: every use is answered `InvalidStateException` (XKS-070).
    Disabled,
}

/// The output of AES-GCM, its three parts apart (XKS-067).
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// As many bytes as the plaintext.
    pub ciphertext: Vec<u8>,
    /// 12 or 16 bytes, made for this one encryption.
    pub initialization_vector: Vec<u8>,
    /// 16 bytes.
    pub authentication_tag: Vec<u8>,
}

/// Lengths only: a ciphertext in a log helps nobody.
impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed")
            .field("ciphertext", &self.ciphertext.len())
            .field("initialization_vector", &self.initialization_vector.len())
            .field("authentication_tag", &self.authentication_tag.len())
            .finish()
    }
}

/// What a plugin is told of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// The time of the host's clock, UTC, in milliseconds since 1970.
    pub now: u64,
    /// Until the answer has to be there.
    pub milliseconds_left: u32,
    /// On whose behalf; `None` where the host asks by itself.
    pub request: Option<CallRequest>,
}

/// The request of AWS KMS that a call belongs to, as AWS KMS sent it. With it a key
/// manager's log can be joined with CloudTrail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRequest {
    /// The XKS API called.
    pub operation: XksOperation,
    /// Opaque, may be empty (XKS-046).
    pub kms_request_id: String,
    /// Who called AWS KMS; up to 2048 characters (XKS-047).
    pub aws_principal_arn: String,
    /// For example `GenerateDataKey`; unknown values must be expected (XKS-045).
    pub kms_operation: String,
    /// Absent when AWS KMS asks for a key's metadata (XKS-043).
    pub kms_key_arn: Option<String>,
}

/// The kinds of failure: what AWS KMS will see, or what the host is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum FailureKind {
    /// 404 `KeyNotFoundException`. Only when the key manager said for certain that
    /// the key does not exist: KMS users act on it.
    KeyNotFound,
    /// 400 `InvalidStateException`: the key or its manager is disabled.
    InvalidState,
    /// 400 `InvalidKeyUsageException`: the key does not permit the operation.
    InvalidKeyUsage,
    /// 400 `InvalidCiphertextException`, decrypt only: the tag does not match, or
    /// the metadata names no key version that is held (XKS-091). Never for a
    /// fault of the key manager (XKS-109).
    InvalidCiphertext,
    /// 429 `ThrottlingException`: the key manager is overloaded.
    Throttling,
    /// 503 `DependencyTimeoutException`: the key manager did not answer in time, or
    /// cannot be reached.
    DependencyTimeout,
    /// 501 `UnsupportedOperationException`.
    UnsupportedOperation,
    /// 500 `InternalException`: any other fault.
    Internal,
    /// Nothing yet: the host has [`upkeep`](crate::KeyBackend::upkeep) called, once for
    /// all calls that wait for it, and then makes this call once more.
    UpkeepFirst,
    /// 503 `DependencyTimeoutException`, encrypt and decrypt only: what
    /// [`lookup`](crate::KeyBackend::lookup) said of the key is not true any more. The
    /// host forgets it, so that the next request looks it up.
    StaleKey,
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KeyNotFound => "the key does not exist",
            Self::InvalidState => "disabled",
            Self::InvalidKeyUsage => "not permitted by the key's usage",
            Self::InvalidCiphertext => "the ciphertext is not authentic",
            Self::Throttling => "overloaded",
            Self::DependencyTimeout => "no answer in time",
            Self::UnsupportedOperation => "not supported",
            Self::Internal => "internal fault",
            Self::UpkeepFirst => "not ready",
            Self::StaleKey => "the key has changed",
        })
    }
}

/// Why an operation failed.
///
/// Kind and code always reach the operator's log and audit record. The text does,
/// up to 512 bytes, but not while a plaintext is in the plugin's hands; it must
/// never hold a plaintext or a secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{kind}{}{text}", if text.is_empty() { "" } else { ": " })]
pub struct Error {
    /// What AWS KMS will see.
    pub kind: FailureKind,
    /// The key manager's own number for it, for example an HTTP status or a
    /// `CK_RV`; 0 for none.
    pub code: u32,
    /// What the operator should know.
    pub text: String,
}

/// The contract's name for it.
#[cfg(target_arch = "wasm32")]
pub(crate) type Failure = Error;

impl Error {
    /// Of this kind, without a code.
    pub fn new(kind: FailureKind, text: impl fmt::Display) -> Self {
        Self {
            kind,
            code: 0,
            text: text.to_string(),
        }
    }

    /// [`FailureKind::KeyNotFound`]
    pub fn key_not_found() -> Self {
        Self::new(FailureKind::KeyNotFound, "")
    }

    /// [`FailureKind::InvalidState`]
    pub fn invalid_state(text: impl fmt::Display) -> Self {
        Self::new(FailureKind::InvalidState, text)
    }

    /// [`FailureKind::InvalidKeyUsage`]
    pub fn invalid_key_usage(text: impl fmt::Display) -> Self {
        Self::new(FailureKind::InvalidKeyUsage, text)
    }

    /// [`FailureKind::InvalidCiphertext`]
    pub fn invalid_ciphertext() -> Self {
        Self::new(FailureKind::InvalidCiphertext, "")
    }

    /// [`FailureKind::Throttling`]
    pub fn throttling(text: impl fmt::Display) -> Self {
        Self::new(FailureKind::Throttling, text)
    }

    /// [`FailureKind::DependencyTimeout`]
    pub fn dependency_timeout(text: impl fmt::Display) -> Self {
        Self::new(FailureKind::DependencyTimeout, text)
    }

    /// [`FailureKind::UnsupportedOperation`]
    pub fn unsupported_operation(text: impl fmt::Display) -> Self {
        Self::new(FailureKind::UnsupportedOperation, text)
    }

    /// [`FailureKind::Internal`]
    pub fn internal(text: impl fmt::Display) -> Self {
        Self::new(FailureKind::Internal, text)
    }

    /// [`FailureKind::UpkeepFirst`]
    pub fn upkeep_first(text: impl fmt::Display) -> Self {
        Self::new(FailureKind::UpkeepFirst, text)
    }

    /// [`FailureKind::StaleKey`]
    pub fn stale_key(text: impl fmt::Display) -> Self {
        Self::new(FailureKind::StaleKey, text)
    }

    /// The same with the key manager's own number for it.
    #[must_use]
    pub fn with_code(mut self, code: u32) -> Self {
        self.code = code;
        self
    }
}

/// How the generated code reads an enumeration off the wire.
#[cfg(target_arch = "wasm32")]
mod lift {
    use super::{KeyStatus, XksOperation};

    impl XksOperation {
        #[doc(hidden)]
        pub fn _lift(value: u8) -> Self {
            match value {
                0 => Self::GetKeyMetadata,
                1 => Self::Encrypt,
                _ => Self::Decrypt,
            }
        }
    }

    impl KeyStatus {
        #[doc(hidden)]
        pub fn _lift(value: u8) -> Self {
            match value {
                0 => Self::Enabled,
                _ => Self::Disabled,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_external_key_id;

    #[test]
    fn xks_005_external_key_ids_have_1_to_128_characters() {
        assert!(is_external_key_id(&"aZ09._-".repeat(18)));
        for wrong in ["", ".", "..", "a/b", "a b", "é", &"x".repeat(129)] {
            assert!(!is_external_key_id(wrong), "{wrong}");
        }
    }
}
