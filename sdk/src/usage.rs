//! The setting with which an operator forbids uses that the key manager allows.

use crate::backend::{DECRYPT, ENCRYPT};
use crate::settings::Table;
use crate::types::is_external_key_id;
use std::collections::BTreeMap;

/// What keys may be used for by their external key ids, where it is less than the key
/// manager allows: `{ old = ["DECRYPT"] }`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsageLimits(BTreeMap<String, Vec<String>>);

impl UsageLimits {
    /// Reads the whole table, with all its faults.
    pub fn read(table: Table<'_>) -> Self {
        let mut limits = BTreeMap::new();
        for id in table.keys() {
            if !is_external_key_id(id) {
                let fix = "use letters, digits, `.`, `_` and `-`";
                table.fault(id, "not an external key id", fix);
            }
            let words = table.texts(id).unwrap_or_default();
            for (index, word) in words.iter().enumerate() {
                if ![ENCRYPT, DECRYPT].contains(word) {
                    let fix = "write \"ENCRYPT\", \"DECRYPT\", both or neither";
                    table.fault_at(id, index, "not a usage of an external key", fix);
                }
            }
            let words = words.into_iter().map(str::to_owned);
            limits.insert(id.to_owned(), words.collect());
        }
        table.finish();
        Self(limits)
    }

    /// What is left of this usage.
    pub fn narrow(&self, external_key_id: &str, mut usage: Vec<String>) -> Vec<String> {
        if let Some(allowed) = self.0.get(external_key_id) {
            usage.retain(|word| allowed.contains(word));
        }
        usage
    }
}

#[cfg(test)]
mod tests {
    use super::UsageLimits;
    use crate::settings;

    #[test]
    fn a_limit_takes_away_and_adds_nothing() {
        let read = |text| settings::read(text, |table| table.table("usage").map(UsageLimits::read));
        let limits = read(r#"{"usage":{"old":["DECRYPT"],"none":[]}}"#).unwrap();
        let narrow = |id: &str, usage: &[&str]| {
            limits.narrow(id, usage.iter().map(|&word| word.to_owned()).collect())
        };
        assert_eq!(narrow("old", &["ENCRYPT", "DECRYPT"]), ["DECRYPT"]);
        assert!(narrow("old", &["ENCRYPT"]).is_empty());
        assert!(narrow("none", &["ENCRYPT"]).is_empty());
        assert_eq!(narrow("other", &["ENCRYPT"]), ["ENCRYPT"]);
        let faults = read(r#"{"usage":{"a/b":["SIGN"]}}"#).unwrap_err();
        assert_eq!(faults.len(), 2);
    }
}
