//! Maps each external key id to the same one with a prefix: the keys of one team in a key
//! manager that many use.

use claviger_sdk::settings::Table;
use claviger_sdk::{Call, DirectoryEntry, Error, KeyDirectory, KeyStatus, is_external_key_id};

struct Prefix(String);

claviger_sdk::key_directory!(Prefix);

impl KeyDirectory for Prefix {
    fn configure(settings: &Table<'_>) -> Option<Self> {
        let prefix = settings.required_text("prefix", "write prefix = \"team-a.\"")?;
        if !is_external_key_id(prefix) {
            settings.fault(
                "prefix",
                "a backend's key id cannot begin like this",
                "write 1 to 127 letters, digits, `.`, `_` and `-`",
            );
        }
        Some(Self(prefix.to_owned()))
    }

    fn resolve(&self, _: &Call, external_key_id: &str) -> Result<DirectoryEntry, Error> {
        let backend_key_id = format!("{}{external_key_id}", self.0);
        // No backend has a key of such a long id.
        if !is_external_key_id(&backend_key_id) {
            return Err(Error::key_not_found());
        }
        Ok(DirectoryEntry {
            backend_key_id,
            key_status: KeyStatus::Enabled,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_sdk::settings;

    #[test]
    fn an_id_has_the_prefix_in_front_as_long_as_that_is_an_id() {
        let prefix = settings::read(r#"{"prefix":"team-a."}"#, Prefix::configure).ok().unwrap();
        let resolve = |id: &str| prefix.resolve(&Call::default(), id);
        assert_eq!(resolve("orders").unwrap().backend_key_id, "team-a.orders");
        assert_eq!(resolve(&"x".repeat(122)), Err(Error::key_not_found()));
        assert!(settings::read(r#"{"prefix":"a/b"}"#, Prefix::configure).is_err());
    }
}
