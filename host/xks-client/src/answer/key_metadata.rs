//! The answer to `GetKeyMetadata`.

use claviger_xks::json::Object;
use claviger_xks::response::{KeyMetadataResponse, KeyStatus};

use super::member::{array, required_string, string};
use super::{Failure, MalformedAnswer};

/// What a proxy knows about an external key (XKS-050).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyMetadata {
    /// `keySpec`
    pub key_spec: String,
    /// `keyUsage`: at most 10 values (XKS-053).
    pub key_usage: Vec<String>,
    /// `keyStatus`
    pub key_status: KeyStatus,
}

impl KeyMetadata {
    /// Reads the body of a 200.
    pub fn read(object: &Object<'_>) -> Result<Self, MalformedAnswer> {
        let key_spec = required_string(object, "keySpec")?.to_owned();
        let usages = array(object, "keyUsage")?;
        if usages.len() > KeyMetadataResponse::MAX_KEY_USAGES {
            return Err(MalformedAnswer::Count {
                member: "keyUsage",
                count: usages.len(),
                expected: "at most 10",
            });
        }
        let key_usage = usages
            .iter()
            .map(|usage| string(usage, "keyUsage").map(str::to_owned))
            .collect::<Result<_, _>>()?;
        let key_status = match required_string(object, "keyStatus")? {
            "ENABLED" => KeyStatus::Enabled,
            "DISABLED" => KeyStatus::Disabled,
            _ => {
                return Err(MalformedAnswer::Value {
                    member: "keyStatus",
                    expected: "ENABLED or DISABLED",
                });
            }
        };
        Ok(Self {
            key_spec,
            key_usage,
            key_status,
        })
    }

    /// What `CreateKey` wants of an external key; in the order of the guide.
    pub fn require_usable(&self) -> Result<(), Failure> {
        let has = |wanted: &str| self.key_usage.iter().any(|usage| usage == wanted);
        if self.key_spec != "AES_256" {
            Err(Failure::KeySpec(self.key_spec.clone()))
        } else if self.key_status != KeyStatus::Enabled {
            Err(Failure::KeyDisabled)
        } else if !has("ENCRYPT") || !has("DECRYPT") {
            Err(Failure::KeyUsage(self.key_usage.join(", ")))
        } else {
            Ok(())
        }
    }
}
