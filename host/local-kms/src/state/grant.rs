use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::moment::Moment;

/// A grant of a KMS key. It is stored and listed, but not enforced: this service
/// has no principals to hold it against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Its id: 64 hexadecimal digits.
    pub id: String,
    /// What names it in requests.
    pub token: String,
    /// When it was made.
    pub created: Moment,
    /// The members that `ListGrants` repeats as they were given: name, principals,
    /// operations and constraints.
    pub members: Map<String, Value>,
}
