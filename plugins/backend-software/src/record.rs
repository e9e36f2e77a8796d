//! What `key-storage` holds about a key.
//!
//! | record | value |
//! |---|---|
//! | `key/<id>` | this module's JSON |
//! | `secret/<id>/<version>` | 32 random bytes: the key itself |
//! | `count/<id>/<version>` | how often the version has encrypted |

use claviger_sdk::KeyStatus;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The layout that this plugin writes and reads.
const FORMAT: u32 = 1;

/// Why a key record cannot be used.
#[derive(Debug, Error)]
pub(crate) enum RecordError {
    #[error("the key record is not JSON of a form that this plugin knows")]
    Unreadable,
    #[error("the key record has format {0}; this plugin knows format {FORMAT}")]
    UnknownFormat(u32),
    #[error("the key record has no version {0}, which it names as current")]
    NoCurrentVersion(u32),
    #[error("the key has no version numbers left")]
    Exhausted,
}

/// A key and its versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyRecord {
    format: u32,
    pub(crate) usage: Vec<Usage>,
    pub(crate) status: Status,
    pub(crate) current: u32,
    pub(crate) versions: Vec<Version>,
}

/// A key version and the record that is its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) version: u32,
    pub(crate) secret: String,
}

/// What a key may be used for (XKS-052).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Usage {
    Encrypt,
    Decrypt,
}

impl Usage {
    /// The word of XKS `keyUsage`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Encrypt => claviger_sdk::ENCRYPT,
            Self::Decrypt => claviger_sdk::DECRYPT,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Enabled,
    Disabled,
}

impl From<Status> for KeyStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Enabled => Self::Enabled,
            Status::Disabled => Self::Disabled,
        }
    }
}

impl From<KeyStatus> for Status {
    fn from(status: KeyStatus) -> Self {
        match status {
            KeyStatus::Enabled => Self::Enabled,
            KeyStatus::Disabled => Self::Disabled,
        }
    }
}

impl KeyRecord {
    /// A key with its first version.
    pub(crate) fn new(id: &str, usage: Vec<Usage>) -> Self {
        Self {
            format: FORMAT,
            usage,
            status: Status::Enabled,
            current: 1,
            versions: vec![Version::new(id, 1)],
        }
    }

    /// Reads the value of a `key/<id>` record.
    pub(crate) fn parse(value: &[u8]) -> Result<Self, RecordError> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }

        // First the format alone: another one may have other members.
        let unreadable = |_| RecordError::Unreadable;
        let Format { format } = serde_json::from_slice(value).map_err(unreadable)?;
        if format != FORMAT {
            return Err(RecordError::UnknownFormat(format));
        }
        let record: Self = serde_json::from_slice(value).map_err(unreadable)?;
        match record.version(record.current) {
            Some(_) => Ok(record),
            None => Err(RecordError::NoCurrentVersion(record.current)),
        }
    }

    /// The value of a `key/<id>` record.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, RecordError> {
        serde_json::to_vec(self).map_err(|_| RecordError::Unreadable)
    }

    pub(crate) fn version(&self, version: u32) -> Option<&Version> {
        self.versions.iter().find(|held| held.version == version)
    }

    /// The same key with one version more, which is current.
    pub(crate) fn rotated(mut self, id: &str) -> Result<Self, RecordError> {
        let newest = self.versions.iter().map(|held| held.version).max();
        let next = newest.unwrap_or_default().checked_add(1);
        let next = next.ok_or(RecordError::Exhausted)?;
        self.versions.push(Version::new(id, next));
        self.current = next;
        Ok(self)
    }
}

impl Version {
    fn new(id: &str, version: u32) -> Self {
        Self {
            version,
            secret: format!("secret/{id}/{version}"),
        }
    }
}

/// Where the record of a key is.
pub(crate) fn name(id: &str) -> String {
    format!("{PREFIX}{id}")
}

/// Where the records of all keys are.
pub(crate) const PREFIX: &str = "key/";

#[cfg(test)]
mod tests {
    use super::{KeyRecord, Usage};

    #[test]
    fn a_record_is_read_back_as_it_was_written() {
        let record = KeyRecord::new("demo", vec![Usage::Encrypt, Usage::Decrypt]);
        let record = record.rotated("demo").unwrap();
        let bytes = record.to_bytes().unwrap();
        assert_eq!(
            String::from_utf8(bytes.clone()).unwrap(),
            r#"{"format":1,"usage":["ENCRYPT","DECRYPT"],"status":"enabled","current":2,"#
                .to_owned()
                + r#""versions":[{"version":1,"secret":"secret/demo/1"},"#
                + r#"{"version":2,"secret":"secret/demo/2"}]}"#
        );
        assert_eq!(KeyRecord::parse(&bytes).unwrap(), record);
    }

    #[test]
    fn records_of_unknown_formats_and_damaged_records_are_refused() {
        for (value, problem) in [
            (
                "",
                "the key record is not JSON of a form that this plugin knows",
            ),
            (
                r#"{"format":1}"#,
                "the key record is not JSON of a form that this plugin knows",
            ),
            (
                r#"{"format":2,"keys":[]}"#,
                "the key record has format 2; this plugin knows format 1",
            ),
            (
                r#"{"format":1,"usage":[],"status":"enabled","current":3,"versions":[]}"#,
                "the key record has no version 3, which it names as current",
            ),
        ] {
            let error = KeyRecord::parse(value.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), problem);
        }
    }

    #[test]
    fn version_numbers_do_not_wrap() {
        let mut record = KeyRecord::new("demo", Vec::new());
        record.versions[0].version = u32::MAX;
        assert!(record.rotated("demo").is_err());
    }
}
