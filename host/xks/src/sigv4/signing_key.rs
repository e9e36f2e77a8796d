//! The credentials of one key store, and the signing keys derived from them.

use std::sync::{Mutex, PoisonError};

use aws_sigv4::sign::v4::generate_signing_key;
use thiserror::Error;
use zeroize::Zeroizing;

use super::SERVICE;
use super::authorization_header::CredentialScope;
use super::timestamp::Timestamp;
use crate::credential::{AccessKeyId, Credential, SecretAccessKey};

/// The credentials that are valid for one key store, several at once so that
/// they can be replaced without a gap (XKS-122). Another key store's are not
/// among them (XKS-011).
#[derive(Debug)]
pub struct Credentials(Vec<SigningCredential>);

impl Credentials {
    /// Takes credentials whose access key ids differ (XKS-034). With none at
    /// all, every request is refused.
    pub fn new(
        credentials: impl IntoIterator<Item = Credential>,
    ) -> Result<Self, DuplicateAccessKeyId> {
        let mut unique: Vec<SigningCredential> = Vec::new();
        for Credential {
            access_key_id,
            secret_access_key,
        } in credentials
        {
            if unique
                .iter()
                .any(|known| known.access_key_id == access_key_id)
            {
                return Err(DuplicateAccessKeyId(access_key_id));
            }
            unique.push(SigningCredential {
                access_key_id,
                secret_access_key,
                last_used: Mutex::new(None),
            });
        }
        Ok(Self(unique))
    }

    /// The ids, in the order given.
    pub fn access_key_ids(&self) -> impl Iterator<Item = &AccessKeyId> {
        self.0.iter().map(|credential| &credential.access_key_id)
    }

    pub(super) fn find(&self, access_key_id: &str) -> Option<&SigningCredential> {
        self.0
            .iter()
            .find(|known| known.access_key_id.as_str() == access_key_id)
    }
}

/// Two credentials of one key store have the same id, so that the id would not
/// tell which secret to use (XKS-034).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the access key id {0} is there twice: every credential of a key store needs its own")]
pub struct DuplicateAccessKeyId(pub AccessKeyId);

#[derive(Debug)]
pub(super) struct SigningCredential {
    access_key_id: AccessKeyId,
    secret_access_key: SecretAccessKey,
    /// Deriving a key takes four HMACs, and AWS KMS uses the same one all day.
    last_used: Mutex<Option<SigningKey>>,
}

impl SigningCredential {
    pub(super) const fn access_key_id(&self) -> &AccessKeyId {
        &self.access_key_id
    }

    /// The key for a scope: the one used last, or a new one.
    pub(super) fn signing_key(
        &self,
        timestamp: Timestamp<'_>,
        scope: CredentialScope<'_>,
    ) -> SigningKey {
        let last_used = self
            .last_used
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = last_used.as_ref().filter(|key| key.is_for(scope)) {
            return key.clone();
        }
        drop(last_used);
        let mut bytes = Zeroizing::new([0; 32]);
        let derived = generate_signing_key(
            self.secret_access_key.reveal(),
            timestamp.time(),
            scope.region(),
            SERVICE,
        );
        for (to, from) in bytes.iter_mut().zip(derived.as_ref()) {
            *to = *from;
        }
        SigningKey {
            date: scope.date().into(),
            region: scope.region().into(),
            bytes,
        }
    }

    /// Keeps a key for the next request. Only for one that a good signature was
    /// made with: otherwise anybody who knows the access key id could push the
    /// useful key out.
    pub(super) fn remember(&self, key: SigningKey) {
        let mut last_used = self
            .last_used
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if last_used.as_ref() != Some(&key) {
            *last_used = Some(key);
        }
    }
}

#[derive(Clone)]
pub(super) struct SigningKey {
    date: Box<str>,
    region: Box<str>,
    bytes: Zeroizing<[u8; 32]>,
}

impl SigningKey {
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.as_slice()
    }

    fn is_for(&self, scope: CredentialScope<'_>) -> bool {
        *self.date == *scope.date() && *self.region == *scope.region()
    }
}

/// Two keys of one credential are the same when their scopes are.
impl PartialEq for SigningKey {
    fn eq(&self, other: &Self) -> bool {
        self.date == other.date && self.region == other.region
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SigningKey([redacted])")
    }
}
