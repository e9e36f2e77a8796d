use std::collections::BTreeMap;

use claviger_xks::uri::ExternalKeyId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Grant, KeyMaterial, RegionState, written};
use crate::moment::Moment;
use crate::names::{AccountId, KeyId, KeyStoreId, Region};

/// A KMS key: symmetric, for one Region.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its id.
    pub id: KeyId,
    /// When it was made.
    pub created: Moment,
    /// What its owner wrote about it.
    pub description: String,
    /// Whether it was not disabled.
    pub enabled: bool,
    /// Its end, if that is planned.
    pub deletion: Option<Deletion>,
    /// Where its key material is.
    pub origin: Origin,
    /// What the inner layer is encrypted with; the last of them encrypts.
    pub materials: Vec<KeyMaterial>,
    /// Its key policy, which is stored and not enforced.
    pub policy: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its grants, which are stored and not enforced.
    pub grants: Vec<Grant>,
    /// Whether it is to be rotated.
    pub rotation: Option<Rotation>,
}

/// When a key is to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deletion {
    /// The day.
    pub date: Moment,
    /// How many days had been asked for.
    pub days: u32,
}

/// Automatic rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// How often, in days.
    pub days: u32,
    /// When it is next.
    pub next: Moment,
}

/// The `Origin` of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Origin {
    /// The key material is here alone.
    AwsKms,
    /// Ciphertexts have an outer layer that an external key manager makes.
    ExternalKeyStore {
        /// The key store.
        key_store: KeyStoreId,
        /// The key in the external key manager.
        #[serde(with = "written::as_text")]
        external_key: ExternalKeyId,
    },
}

impl Origin {
    /// The origin as the API has it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AwsKms => "AWS_KMS",
            Self::ExternalKeyStore { .. } => "EXTERNAL_KEY_STORE",
        }
    }
}

/// The `KeyState` of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It can be used.
    Enabled,
    /// `DisableKey`
    Disabled,
    /// `ScheduleKeyDeletion`
    PendingDeletion,
    /// Its key store is not connected.
    Unavailable,
}

impl KeyState {
    /// The state as the API has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::PendingDeletion => "PendingDeletion",
            Self::Unavailable => "Unavailable",
        }
    }
}

impl Key {
    /// Its state. A key whose deletion is planned stays so while its key store is
    /// disconnected; whether any other is disabled does not show then.
    pub fn state(&self, region: &RegionState) -> KeyState {
        if self.deletion.is_some() {
            return KeyState::PendingDeletion;
        }
        if let Some(id) = self.key_store_id() {
            let key_store = region.key_stores.get(id);
            if !key_store.is_some_and(|key_store| key_store.is_connected()) {
                return KeyState::Unavailable;
            }
        }
        if self.enabled {
            KeyState::Enabled
        } else {
            KeyState::Disabled
        }
    }

    /// Its key store, unless it is a key of AWS KMS itself.
    pub const fn key_store_id(&self) -> Option<&KeyStoreId> {
        match &self.origin {
            Origin::AwsKms => None,
            Origin::ExternalKeyStore { key_store, .. } => Some(key_store),
        }
    }

    /// The `KeyMetadata` of `CreateKey` and `DescribeKey`.
    pub fn to_json(&self, state: KeyState, region: &Region, account: &AccountId) -> Value {
        let mut metadata = json!({
            "AWSAccountId": account.as_str(),
            "KeyId": self.id.to_string(),
            "Arn": self.id.arn(region, account),
            "CreationDate": self.created.to_json(),
            "Enabled": state == KeyState::Enabled,
            "Description": self.description,
            "KeyUsage": "ENCRYPT_DECRYPT",
            "KeyState": state.name(),
            "Origin": self.origin.name(),
            "KeyManager": "CUSTOMER",
            "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "KeySpec": "SYMMETRIC_DEFAULT",
            "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
            "MultiRegion": false,
        });
        let Some(members) = metadata.as_object_mut() else {
            return metadata;
        };
        if let Some(deletion) = &self.deletion {
            members.insert("DeletionDate".to_owned(), deletion.date.to_json());
        }
        match &self.origin {
            Origin::AwsKms => {
                if let Some(material) = self.materials.last() {
                    let id = material.id.to_string();
                    members.insert("CurrentKeyMaterialId".to_owned(), id.into());
                }
            }
            Origin::ExternalKeyStore {
                key_store,
                external_key,
            } => {
                let id = key_store.as_str();
                members.insert("CustomKeyStoreId".to_owned(), id.into());
                let external_key = json!({ "Id": external_key.as_str() });
                members.insert("XksKeyConfiguration".to_owned(), external_key);
            }
        }
        metadata
    }
}
