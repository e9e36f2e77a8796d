//! From an external key id to a key of the transit engine.

use crate::Vault;
use crate::api::{Failure, Refused};
use crate::names::{Handle, is_key_name, metadata_of};
use claviger_sdk::http::{HttpError, Method};
use claviger_sdk::{AES_256, DECRYPT, ENCRYPT, Error, ExternalKey, KeyStatus};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What the plugin stands by: how long it really is, the operator says with
/// `lookup_fresh_ms`.
const FRESH_FOR_MS: u32 = 60_000;

/// `data` of `GET keys/NAME`.
#[derive(Debug, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "what the server says")]
pub(crate) struct Key {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    pub(crate) latest_version: u32,
    #[serde(default)]
    derived: bool,
    #[serde(default)]
    soft_deleted: bool,
    #[serde(default)]
    supports_encryption: bool,
    #[serde(default)]
    supports_decryption: bool,
    #[serde(default)]
    keys: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
pub(crate) struct Data<T> {
    pub(crate) data: T,
}

impl Vault {
    /// The key's name on the server; `None` when it cannot have one of this id.
    pub(crate) fn name_of(&self, external_key_id: &str) -> Option<String> {
        let name = format!("{}{external_key_id}", self.settings.key_prefix);
        (is_key_name(&name) && name != self.settings.health_key).then_some(name)
    }

    pub(crate) fn find(&self, external_key_id: &str) -> Result<ExternalKey, Error> {
        let name = self.name_of(external_key_id);
        let key = self.key(&name.ok_or_else(Error::key_not_found)?)?;
        Ok(ExternalKey {
            handle: Handle {
                newest: key.latest_version,
                name: &key.name,
            }
            .to_bytes(),
            key_spec: key.spec(),
            key_usage: self.usage(external_key_id, &key),
            key_status: key.status(),
            ciphertext_metadata: metadata_of(key.latest_version),
            fresh_for_ms: FRESH_FOR_MS,
            requests_at_once: self.settings.batch,
            host_cipher: None,
        })
    }

    /// What the server allows and the settings do not forbid.
    pub(crate) fn usage(&self, external_key_id: &str, key: &Key) -> Vec<String> {
        self.settings.usage.narrow(external_key_id, key.usage())
    }

    /// The key of this name.
    pub(crate) fn key(&self, name: &str) -> Result<Key, Error> {
        let path = format!("/v1/{}/keys/{name}", self.settings.mount);
        let found = self.api.send::<Data<Key>>(Method::Get, &path, Vec::new());
        let key = match found {
            Ok(found) => found.data,
            // Without an explanation it is the engine itself that does not have it;
            // otherwise there is no such engine.
            Err(Failure::Refused(Refused {
                status: 404,
                errors,
            })) if errors.is_empty() => return Err(self.is_missing()?),
            Err(failure) => return Err(failure.into()),
        };
        if key.name != name || key.latest_version == 0 {
            return Err(Error::internal("the server answered with another key"));
        }
        Ok(key)
    }
}

/// `GET sys/leader`. Where there is one node only, it says nothing but that.
#[derive(Deserialize)]
struct Leader {
    ha_enabled: bool,
    #[serde(default)]
    is_self: bool,
    #[serde(default, rename = "leader_address")]
    address: String,
}

impl Vault {
    /// What to say of a key that a node does not have. A standby that is cut off from the
    /// others reads what it had then, and knows nothing of keys that were made since.
    fn is_missing(&self) -> Result<Error, Failure> {
        match self.api.system::<Leader>("/v1/sys/leader") {
            Ok(leader) if leader.ha_enabled && !leader.is_self && leader.address.is_empty() => {
                let text = "a standby that knows no active node does not have the key";
                Ok(Error::dependency_timeout(text))
            }
            // The operator's `paths` do not have it, or the server keeps it to itself.
            Ok(_) | Err(Failure::Http(HttpError::Denied(_)) | Failure::Refused(_)) => {
                Ok(Error::key_not_found())
            }
            Err(failure) => Err(failure),
        }
    }
}

impl Key {
    /// What AWS KMS calls it, or its true name.
    pub(crate) fn spec(&self) -> String {
        match (&*self.kind, self.derived) {
            ("aes256-gcm96", false) => AES_256.to_owned(),
            ("aes128-gcm96", false) => "AES_128".to_owned(),
            (kind, derived) => {
                let visible = kind.chars().filter(char::is_ascii_graphic).take(100);
                let suffix = if derived { "-derived" } else { "" };
                format!("{}{suffix}", visible.collect::<String>())
            }
        }
    }

    fn usage(&self) -> Vec<String> {
        let supported = [
            (self.supports_encryption, ENCRYPT),
            (self.supports_decryption, DECRYPT),
        ];
        let supported = supported.into_iter().filter(|(supports, _)| *supports);
        supported.map(|(_, usage)| usage.to_owned()).collect()
    }

    pub(crate) fn status(&self) -> KeyStatus {
        if self.soft_deleted {
            KeyStatus::Disabled
        } else {
            KeyStatus::Enabled
        }
    }

    /// How many versions are held.
    pub(crate) fn versions(&self) -> u32 {
        u32::try_from(self.keys.len()).unwrap_or(u32::MAX)
    }
}
