//! The key, its status, its usage: what comes of them is a key that may [`seal`], or
//! one that may [`open`].

mod open;
mod seal;

use std::marker::PhantomData;
use std::sync::Arc;

use super::request::{Decrypt, Encrypt};
use super::{Authorized, KeyFault, KeyStore};
use crate::plugin::backend::{BackendSession, ExternalKey};
use crate::words::{Deadline, FaultKind, KeyId};

/// The key spec of a 256-bit AES key (XKS-051).
const AES_256: &str = "AES_256";

/// A key that was found for an authorized caller, and the backend that found it.
/// Only [`Authorized::find`] makes one.
pub(crate) struct FoundKey<'k, A> {
    session: BackendSession<'k>,
    key: Arc<ExternalKey>,
    enabled: bool,
    api: PhantomData<A>,
}

/// A key that may encrypt for an authorized caller. Only [`FoundKey::into_sealing`]
/// makes one.
pub(crate) struct SealingKey<'k> {
    session: BackendSession<'k>,
    key: Arc<ExternalKey>,
    verified: bool,
}

/// A key that may decrypt for an authorized caller. Only [`FoundKey::into_opening`]
/// makes one.
pub(crate) struct OpeningKey<'k> {
    session: BackendSession<'k>,
    key: Arc<ExternalKey>,
}

impl<'k, A> Authorized<'k, A> {
    /// Asks the directory, if there is one, and then the backend.
    pub(crate) async fn find(self, deadline: Deadline) -> Result<FoundKey<'k, A>, KeyFault> {
        let context = &self.context;
        let key_id = &context.key_id;
        let entry = match self.key_store.directory() {
            Some(directory) => {
                let resolved = directory.resolve(key_id, Some(context), deadline);
                Some(Box::pin(resolved).await?)
            }
            None => None,
        };
        let id = entry.as_ref().map_or(key_id, |entry| &entry.backend_key_id);
        let request = Some(Arc::clone(context));
        let mut session = self.key_store.backend().session(request, deadline);
        let key = session.lookup(id).await?;
        // The host's own switch, whatever backend and directory remember.
        let enabled = !self.key_store.is_switched_off(key_id)
            && key.enabled
            && entry.is_none_or(|entry| entry.enabled);
        Ok(FoundKey {
            session,
            key,
            enabled,
            api: PhantomData,
        })
    }
}

impl KeyStore {
    /// Whether callers would find a key by this id: for the operator, who asks nobody's
    /// permission and is given nothing of it.
    pub(crate) async fn has_key(&self, id: &KeyId, deadline: Deadline) -> Result<bool, KeyFault> {
        let entry = match self.directory() {
            Some(directory) => directory.resolve(id, None, deadline).await.map(Some),
            None => Ok(None),
        };
        let found = match entry {
            Ok(entry) => {
                let id = entry.as_ref().map_or(id, |entry| &entry.backend_key_id);
                let mut session = self.backend().session(None, deadline);
                session.lookup(id).await.map(drop)
            }
            Err(fault) => Err(fault),
        };
        match found.map_err(KeyFault::from) {
            Ok(()) => Ok(true),
            Err(fault) if fault.kind() == FaultKind::KeyNotFound => Ok(false),
            Err(fault) => Err(fault),
        }
    }
}

impl<A> FoundKey<'_, A> {
    /// `AES_256`, or the true name of what it is.
    pub(crate) fn key_spec(&self) -> &str {
        &self.key.key_spec
    }

    /// `ENCRYPT`, `DECRYPT`, and other upper-case words.
    pub(crate) fn key_usage(&self) -> impl Iterator<Item = &str> {
        self.key.key_usage.iter().map(String::as_str)
    }

    /// False also when the directory has disabled it, or the operator has switched it
    /// off.
    pub(crate) fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// Checks the status first, then the key spec.
    fn check_state(&self) -> Result<(), KeyFault> {
        if !self.enabled {
            return Err(KeyFault::Disabled);
        }
        if self.key.key_spec != AES_256 {
            return Err(KeyFault::NotAes256);
        }
        Ok(())
    }
}

impl<'k> FoundKey<'k, Encrypt> {
    /// For encryption. With `verified` the ciphertext is decrypted before it is
    /// handed out, which the key has to permit as well (XKS-080).
    pub(crate) fn into_sealing(self, verified: bool) -> Result<SealingKey<'k>, KeyFault> {
        self.check_state()?;
        check_usage(true, verified, |usage| self.key.permits(usage))?;
        Ok(SealingKey {
            session: self.session,
            key: self.key,
            verified,
        })
    }
}

impl<'k> FoundKey<'k, Decrypt> {
    /// For decryption.
    pub(crate) fn into_opening(self) -> Result<OpeningKey<'k>, KeyFault> {
        self.check_state()?;
        check_usage(false, true, |usage| self.key.permits(usage))?;
        Ok(OpeningKey {
            session: self.session,
            key: self.key,
        })
    }
}

fn check_usage(
    encrypt: bool,
    decrypt: bool,
    permits: impl Fn(&str) -> bool,
) -> Result<(), KeyFault> {
    if encrypt && !permits("ENCRYPT") {
        return Err(KeyFault::MayNotEncrypt);
    }
    if decrypt && !permits("DECRYPT") {
        return Err(KeyFault::MayNotDecrypt);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xks_080_an_integrity_value_needs_decrypt_as_well() {
        let encrypt_only = |usage: &str| usage == "ENCRYPT";
        assert!(check_usage(true, false, encrypt_only).is_ok());
        assert!(check_usage(true, true, encrypt_only).is_err());
        assert!(check_usage(false, true, encrypt_only).is_err());
    }
}
