use serde::{Deserialize, Serialize};

use crate::moment::Moment;
use crate::names::{AliasName, KeyId};

/// Another name of a KMS key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alias {
    /// Its name.
    pub name: AliasName,
    /// The key that it names.
    pub target: KeyId,
    /// When it was made.
    pub created: Moment,
    /// When it was last given another key.
    pub updated: Moment,
}
