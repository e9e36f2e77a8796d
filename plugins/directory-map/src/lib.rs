//! Maps external key ids to a backend's key ids, by a table in the settings.
//!
//! ```toml
//! settings = { keys = { "billing-2026" = "hsm-key-17" }, disabled = ["billing-2026"] }
//! ```
//!
//! An id that is not in `keys` does not exist. An id in `disabled` is there, but
//! every use of it is refused, whatever the backend says of the key.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        reason = "a test that meets the unexpected should panic"
    )
)]

use claviger_sdk::settings::Table;
use claviger_sdk::{Call, DirectoryEntry, Error, KeyDirectory, KeyStatus, is_external_key_id};
use std::collections::BTreeMap;

/// The entries by external key id.
#[derive(Debug)]
struct DirectoryMap(BTreeMap<String, DirectoryEntry>);

claviger_sdk::key_directory!(DirectoryMap);

impl KeyDirectory for DirectoryMap {
    const VENDOR: &'static str = "Claviger";
    const SETTINGS_SCHEMA: Option<&'static str> = Some(include_str!("../settings.schema.json"));

    fn configure(settings: &Table<'_>) -> Option<Self> {
        settings.require(
            "keys",
            "write keys = { \"external-key-id\" = \"backend-key-id\" }",
        );
        let mut entries = BTreeMap::new();
        if let Some(keys) = settings.table("keys") {
            if keys.keys().is_empty() {
                settings.fault("keys", "there are no keys", "name at least one");
            }
            entries = read_keys(&keys);
        }
        for (index, id) in settings.texts("disabled").iter().flatten().enumerate() {
            match entries.get_mut(*id) {
                Some(entry) => entry.key_status = KeyStatus::Disabled,
                None => settings.fault_at(
                    "disabled",
                    index,
                    "there is no such key in `keys`",
                    "name one of `keys`, or remove it",
                ),
            }
        }
        Some(Self(entries))
    }

    fn resolve(&self, _: &Call, external_key_id: &str) -> Result<DirectoryEntry, Error> {
        self.0
            .get(external_key_id)
            .cloned()
            .ok_or_else(Error::key_not_found)
    }
}

fn read_keys(keys: &Table<'_>) -> BTreeMap<String, DirectoryEntry> {
    let mut entries = BTreeMap::new();
    let mut named: BTreeMap<&str, &str> = BTreeMap::new();
    for external_key_id in keys.keys() {
        if !is_external_key_id(external_key_id) {
            keys.fault(external_key_id, "not an external key id", KEY_ID);
        }
        let Some(backend_key_id) = keys.text(external_key_id) else {
            continue;
        };
        if !is_external_key_id(backend_key_id) {
            keys.fault(external_key_id, "its value is not a backend key id", KEY_ID);
        }
        // KMS cannot see that two ids are one key, and would use it twice (XKS-012).
        if let Some(other) = named.insert(backend_key_id, external_key_id) {
            keys.fault(
                external_key_id,
                format!("`{other}` stands for the same backend key"),
                "give each backend key one external key id",
            );
        }
        let entry = DirectoryEntry {
            backend_key_id: backend_key_id.to_owned(),
            key_status: KeyStatus::Enabled,
        };
        entries.insert(external_key_id.to_owned(), entry);
    }
    entries
}

const KEY_ID: &str = "write 1 to 128 letters, digits, `.`, `_` and `-`";

#[cfg(test)]
mod tests {
    use super::DirectoryMap;
    use claviger_sdk::settings::{self, Fault};
    use claviger_sdk::{Call, DirectoryEntry, Error, KeyDirectory, KeyStatus};

    fn read(text: &str) -> Result<DirectoryMap, Vec<Fault>> {
        settings::read(text, DirectoryMap::configure)
    }

    #[test]
    fn ids_are_mapped_and_disabled_as_the_settings_say() {
        let map = read(r#"{"keys":{"a":"hsm-1","b":"hsm-2"},"disabled":["b"]}"#).unwrap();
        let entry = |backend_key_id: &str, key_status| DirectoryEntry {
            backend_key_id: backend_key_id.to_owned(),
            key_status,
        };
        assert_eq!(
            map.resolve(&Call::default(), "a"),
            Ok(entry("hsm-1", KeyStatus::Enabled))
        );
        assert_eq!(
            map.resolve(&Call::default(), "b"),
            Ok(entry("hsm-2", KeyStatus::Disabled))
        );
    }

    #[test]
    fn xks_056_an_id_that_is_not_in_the_map_does_not_exist() {
        let map = read(r#"{"keys":{"a":"hsm-1"}}"#).unwrap();
        for id in ["hsm-1", "A", "", "aa"] {
            assert_eq!(
                map.resolve(&Call::default(), id),
                Err(Error::key_not_found())
            );
        }
    }

    #[test]
    fn xks_012_two_ids_for_one_key_are_refused_with_all_other_faults() {
        let text = format!(
            r#"{{"keys":{{"a":"k","b":"k","c/d":"x","e":"","f":7,"{}":"y","..":"z"}},
                "disabled":["a","z"],"key":1}}"#,
            "g".repeat(129)
        );
        let faults: Vec<_> = read(&text)
            .unwrap_err()
            .iter()
            .map(Fault::to_string)
            .collect();
        let long = "g".repeat(129);
        let id = "write 1 to 128 letters, digits, `.`, `_` and `-`";
        assert_eq!(
            faults,
            [
                format!("keys.\"..\": not an external key id; {id}"),
                "keys.b: `a` stands for the same backend key; \
                 give each backend key one external key id"
                    .into(),
                format!("keys.\"c/d\": not an external key id; {id}"),
                format!("keys.e: its value is not a backend key id; {id}"),
                "keys.f: a whole number, where a string belongs; write it in double quotes".into(),
                format!("keys.{long}: not an external key id; {id}"),
                "disabled[1]: there is no such key in `keys`; name one of `keys`, or remove it"
                    .into(),
                "key: no such setting; did you mean `keys`?".into(),
            ]
        );
    }

    #[test]
    fn a_map_without_keys_is_refused() {
        for text in ["{}", r#"{"keys":{}}"#] {
            assert_eq!(read(text).unwrap_err().len(), 1, "{text}");
        }
    }
}
