//! What a command is told by name: a key store, and one of its credentials.

use crate::configuration::Configuration;
use crate::key_store::KeyStore;
use crate::secrets::CredentialSource;

impl Configuration {
    /// The key store of this name.
    pub fn key_store(&self, name: &str) -> Option<&KeyStore> {
        self.key_stores.iter().find(|one| one.name.as_str() == name)
    }

    /// The names of all key stores, for whoever named none of them.
    pub fn key_store_names(&self) -> Vec<&str> {
        self.key_stores
            .iter()
            .map(|one| one.name.as_str())
            .collect()
    }
}

impl KeyStore {
    /// The credential with this access key id; without an id, the only one there is.
    pub fn credential(&self, access_key_id: Option<&str>) -> Option<&CredentialSource> {
        match (access_key_id, self.credentials.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(id), all) => all.iter().find(|one| one.access_key_id.as_str() == id),
        }
    }

    /// The access key ids of all credentials, for whoever named none of them.
    pub fn access_key_ids(&self) -> Vec<&str> {
        let ids = self
            .credentials
            .iter()
            .map(|one| one.access_key_id.as_str());
        ids.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::KeyStore;
    use crate::tests::{LEAST, SECOND, parse};

    fn found<'k>(key_store: &'k KeyStore, id: Option<&str>) -> Option<&'k str> {
        let source = key_store.credential(id)?;
        Some(source.access_key_id.as_str())
    }

    #[test]
    fn key_stores_are_found_by_name() {
        let configuration = parse(&format!("{LEAST}{SECOND}")).unwrap();
        assert_eq!(configuration.key_store_names(), ["payments", "invoices"]);
        let found = configuration.key_store("invoices").unwrap();
        assert_eq!(found.table_path, "key_store[1]");
        assert!(configuration.key_store("payment").is_none());
    }

    #[test]
    fn a_credential_has_to_be_named_where_there_are_several() {
        let (one, other) = ("CLAVIGEREXAMPLEKEYID234", "CLAVIGEREXAMPLEKEYID567");
        let mut configuration = parse(LEAST).unwrap();
        let key_store = &mut configuration.key_stores[0];
        assert_eq!(found(key_store, None), Some(one));
        assert_eq!(
            (found(key_store, Some(one)), found(key_store, Some(other))),
            (Some(one), None)
        );

        let mut second = key_store.credentials[0].clone();
        second.access_key_id = other.parse().unwrap();
        key_store.credentials.push(second);
        assert_eq!(key_store.access_key_ids(), [one, other]);
        assert_eq!(
            (found(key_store, None), found(key_store, Some(other))),
            (None, Some(other))
        );
    }
}
