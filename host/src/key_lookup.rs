//! Steps 10 to 12 of the order of checks: the key, its status, its usage.

use std::sync::Arc;

use claviger_xks::error::XksError;

use crate::audit::AuditRecord;
use crate::authorize::Authorized;
use crate::deadline::Deadline;
use crate::failure::Failure;
use crate::plugin::backend::{BackendSession, ExternalKey};

/// What GetKeyMetadata calls a 256-bit AES key (XKS-051).
const AES_256: &str = "AES_256";

/// A key that the caller may use, and the backend that found it.
pub(crate) struct FoundKey<'h> {
    pub(crate) session: BackendSession<'h>,
    pub(crate) key: Arc<ExternalKey>,
    /// False also when the directory has disabled it.
    pub(crate) enabled: bool,
}

/// What a request wants to do with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Usage {
    Encrypt,
    /// Encryption with an integrity value decrypts as well (XKS-080).
    EncryptAndVerify,
    Decrypt,
}

/// Asks the directory, if there is one, and then the backend.
pub(crate) async fn find<'h>(
    authorized: &Authorized<'h>,
    deadline: Deadline,
    audit: &mut AuditRecord<'h>,
) -> Result<FoundKey<'h>, Failure> {
    let key_store = authorized.key_store();
    audit.line().backend = Some(&key_store.backend.name);
    let entry = match &key_store.directory {
        Some(directory) => {
            Some(Box::pin(directory.resolve(authorized.external_key_id(), deadline)).await?)
        }
        None => None,
    };
    let id = entry
        .as_ref()
        .map_or(authorized.external_key_id(), |entry| &entry.backend_key_id);
    let mut session = key_store.backend.session(deadline);
    let key = session.lookup(id).await?;
    let enabled = key.enabled && entry.is_none_or(|entry| entry.enabled);
    Ok(FoundKey {
        session,
        key,
        enabled,
    })
}

/// A key in a state and of a kind that permits `usage`: status before usage.
pub(crate) async fn find_usable<'h>(
    authorized: &Authorized<'h>,
    usage: Usage,
    deadline: Deadline,
    audit: &mut AuditRecord<'h>,
) -> Result<FoundKey<'h>, Failure> {
    let found = find(authorized, deadline, audit).await?;
    let key = &found.key;
    if !found.enabled {
        return Err(Failure::new(
            XksError::InvalidState,
            "the external key is disabled",
        ));
    }
    if key.key_spec != AES_256 {
        let reason = "the external key is not a 256-bit AES key";
        return Err(Failure::new(XksError::InvalidKeyUsage, reason));
    }
    if let Some(missing) = missing(usage, |usage| key.permits(usage)) {
        return Err(Failure::new(XksError::InvalidKeyUsage, missing));
    }
    Ok(found)
}

/// Why the key cannot do what is wanted.
fn missing(usage: Usage, permits: impl Fn(&str) -> bool) -> Option<&'static str> {
    let encrypt = matches!(usage, Usage::Encrypt | Usage::EncryptAndVerify);
    let decrypt = matches!(usage, Usage::Decrypt | Usage::EncryptAndVerify);
    if encrypt && !permits("ENCRYPT") {
        Some("the external key does not permit ENCRYPT")
    } else if decrypt && !permits("DECRYPT") {
        Some("the external key does not permit DECRYPT")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xks_080_an_integrity_value_needs_decrypt_as_well() {
        let encrypt_only = |usage: &str| usage == "ENCRYPT";
        assert_eq!(missing(Usage::Encrypt, encrypt_only), None);
        assert!(missing(Usage::EncryptAndVerify, encrypt_only).is_some());
        assert!(missing(Usage::Decrypt, encrypt_only).is_some());
    }
}
