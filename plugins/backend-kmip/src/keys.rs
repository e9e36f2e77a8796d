//! From an external key id to a key of the server.

use crate::Kmip;
use crate::names::{Handle, metadata_of};
use crate::server::Known;
use crate::session::Trouble;
use crate::settings::Keys;
use claviger_kmip::{
    AES, Attributes, GetAttributes, Locate, SYMMETRIC_KEY, Version, operation, state,
};
use claviger_sdk::{AES_256, DECRYPT, ENCRYPT, Error, ExternalKey, FailureKind, KeyStatus};

/// What the plugin stands by: how long it really is, the operator says with
/// `lookup_fresh_ms`.
const FRESH_FOR_MS: u32 = 60_000;

/// Keys of one name that are looked at, to see which of them are destroyed.
const SEVERAL: u16 = 8;

/// A key of the server.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) identifier: String,
    attributes: Attributes,
}

impl Kmip {
    /// The operations without which nothing can be done.
    pub(crate) fn needed(&self) -> impl Iterator<Item = (u32, &'static str)> {
        let names = matches!(self.settings.keys, Keys::Names { .. });
        let locate = names.then_some((operation::LOCATE, "Locate"));
        let needed = [
            (operation::GET_ATTRIBUTES, "Get Attributes"),
            (operation::ENCRYPT, "Encrypt"),
            (operation::DECRYPT, "Decrypt"),
        ];
        locate.into_iter().chain(needed)
    }

    /// The key's name or identifier on the server; `None` when it cannot have one of this
    /// id.
    pub(crate) fn name_of(&self, external_key_id: &str) -> Option<String> {
        let name = match &self.settings.keys {
            Keys::Names { prefix } => format!("{prefix}{external_key_id}"),
            Keys::Identifiers => external_key_id.to_owned(),
        };
        (name != self.settings.health_key).then_some(name)
    }

    pub(crate) fn find(&self, external_key_id: &str) -> Result<ExternalKey, Error> {
        let name = self.name_of(external_key_id);
        let name = name.ok_or_else(Error::key_not_found)?;
        let profile = Known::read().profile()?;
        let key = self.key(profile.version, &name)?;
        Ok(ExternalKey {
            handle: Handle {
                external_key_id,
                identifier: &key.identifier,
            }
            .to_bytes(),
            key_spec: key.spec(),
            key_usage: self.usage(external_key_id, &key),
            key_status: key.status(),
            ciphertext_metadata: metadata_of(&key.identifier),
            fresh_for_ms: FRESH_FOR_MS,
            requests_at_once: if profile.batches {
                self.settings.batch
            } else {
                1
            },
            host_cipher: None,
        })
    }

    /// What the server allows and the settings do not forbid.
    pub(crate) fn usage(&self, external_key_id: &str, key: &Key) -> Vec<String> {
        self.settings.usage.narrow(external_key_id, key.usage())
    }

    /// The one key of this name or identifier.
    pub(crate) fn key(&self, version: Version, name: &str) -> Result<Key, Error> {
        let key = |identifier: String| {
            let attributes = self.attributes(version, &identifier)?;
            Ok(Key {
                identifier,
                attributes,
            })
        };
        if self.settings.keys == Keys::Identifiers {
            return key(name.to_owned());
        }
        let mut found = self.located(version, name)?;
        if found.len() < 2 {
            // Keys of another client are not found either.
            let identifier = found.pop().ok_or_else(Error::key_not_found)?;
            return key(identifier).and_then(|key| key.called(name));
        }
        let many = found.len();
        let mut left = Vec::new();
        for identifier in found {
            match key(identifier) {
                Ok(key) if !key.is_destroyed() => left.push(key),
                Ok(_) => {}
                Err(error) if error.kind == FailureKind::KeyNotFound => {}
                Err(error) => return Err(error),
            }
        }
        match (left.pop(), left.len()) {
            (Some(key), 0) => key.called(name),
            // XKS-006
            _ => Err(Error::internal(format!(
                "{many} keys of the server have this name: give one of them another, or write \
                 keys = \"identifiers\""
            ))),
        }
    }

    fn located(&self, version: Version, name: &str) -> Result<Vec<String>, Error> {
        let locate = Locate {
            name: Some(name),
            most: SEVERAL,
        };
        match self.session.one(version, locate) {
            Err(Trouble::Refused(refusal)) if refusal.reason.is_not_found() => Ok(Vec::new()),
            found => Ok(found?),
        }
    }

    pub(crate) fn attributes(
        &self,
        version: Version,
        identifier: &str,
    ) -> Result<Attributes, Error> {
        Ok(self.session.one(version, GetAttributes { identifier })?)
    }
}

impl Key {
    pub(crate) fn new(identifier: String, attributes: Attributes) -> Self {
        Self {
            identifier,
            attributes,
        }
    }

    /// A server may find names by less than all their letters.
    fn called(self, name: &str) -> Result<Self, Error> {
        let names = &self.attributes.names;
        if names.is_empty() || names.iter().any(|it| it == name) {
            return Ok(self);
        }
        Err(Error::key_not_found())
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.attributes.names
    }

    fn is_destroyed(&self) -> bool {
        let destroyed = [state::DESTROYED, state::DESTROYED_COMPROMISED];
        let state = self.attributes.state;
        state.is_some_and(|state| destroyed.contains(&state))
    }

    pub(crate) fn is_active(&self) -> bool {
        self.attributes.state == Some(state::ACTIVE)
    }

    /// What AWS KMS calls it, or its true name.
    pub(crate) fn spec(&self) -> String {
        let Attributes {
            object_type,
            algorithm,
            length,
            ..
        } = self.attributes;
        let length = length.unwrap_or_default();
        match (object_type, algorithm) {
            (Some(SYMMETRIC_KEY), Some(AES)) if length == 256 => AES_256.to_owned(),
            (Some(SYMMETRIC_KEY), Some(AES)) => format!("AES_{length}"),
            (Some(SYMMETRIC_KEY), algorithm) => {
                format!("kmip-algorithm-{}", algorithm.unwrap_or_default())
            }
            (object_type, _) => format!("kmip-object-type-{}", object_type.unwrap_or_default()),
        }
    }

    /// By its usage mask, and by its state: one that was deactivated encrypts nothing
    /// more, and decrypts where the server permits it.
    fn usage(&self) -> Vec<String> {
        let is_retired = self.attributes.state == Some(state::DEACTIVATED);
        let permitted = [
            (claviger_kmip::ENCRYPT, ENCRYPT, !is_retired),
            (claviger_kmip::DECRYPT, DECRYPT, true),
        ];
        let permitted = permitted
            .into_iter()
            .filter(|(bit, _, may)| *may && self.attributes.permits(*bit));
        permitted.map(|(_, usage, _)| usage.to_owned()).collect()
    }

    pub(crate) fn status(&self) -> KeyStatus {
        match self.attributes.state {
            Some(state::ACTIVE | state::DEACTIVATED) => KeyStatus::Enabled,
            _ => KeyStatus::Disabled,
        }
    }

    /// Whether it can serve as the key for health checks.
    pub(crate) fn is_usable(&self) -> bool {
        self.is_active() && self.spec() == AES_256 && self.usage().len() == 2
    }
}
