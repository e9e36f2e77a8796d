//! Changes of a folder's configuration.

use toml::{Table, Value};

use super::{Credential, Folder};

impl Folder {
    /// Sets one setting, tables on the way included: `server.deadline_ms`.
    pub(crate) fn set(&mut self, path: &str, value: impl Into<Value>) {
        let (tables, name) = path.rsplit_once('.').expect("no settings at the top level");
        let table = tables.split('.').fold(&mut self.config, |table, part| {
            table
                .entry(part)
                .or_insert_with(|| Table::new().into())
                .as_table_mut()
                .expect("a table")
        });
        table.insert(name.to_owned(), value.into());
    }

    /// The settings of a key store.
    pub(crate) fn key_store(&mut self, name: &str) -> &mut Table {
        self.config["key_store"]
            .as_array_mut()
            .expect("key_store is a list")
            .iter_mut()
            .filter_map(Value::as_table_mut)
            .find(|table| table["name"].as_str() == Some(name))
            .expect("the key store is there")
    }

    /// The settings of the deployment's key store.
    pub(crate) fn main_key_store(&mut self) -> &mut Table {
        self.key_store(self.deployment.key_store)
    }

    /// Adds a key store like the deployment's own one, with a credential of its
    /// own, at `/NAME/kms/xks/v1`. It has no keys yet: on a token that is because
    /// it is another one.
    pub(crate) fn add_key_store(&mut self, name: &str) -> Credential {
        let credential = self.write_credential(name);
        let mut table = self.main_key_store().clone();
        table["name"] = name.into();
        table["uri_path_prefix"] = format!("/{name}").into();
        table["credential"] = vec![credential_table(&credential, name)].into();
        if self.deployment.hsm.is_some() {
            table.remove("directory");
            table["backend"]["grants"]["pkcs11"] = vec!["other"].into();
            table["backend"]["settings"]["tokens"] = vec!["other"].into();
        }
        if let Some(manager) = self.deployment.manager {
            manager.move_away(&mut table);
        }
        let key_stores = self.config["key_store"].as_array_mut();
        key_stores.expect("key_store is a list").push(table.into());
        credential
    }

    /// Adds a credential to the deployment's key store, beside the first one.
    pub(crate) fn add_credential(&mut self, name: &str) -> Credential {
        let credential = self.write_credential(name);
        let table = credential_table(&credential, name);
        let credentials = self.main_key_store()["credential"].as_array_mut();
        credentials.expect("a list").push(table.into());
        credential
    }

    /// Adds a policy of these allow-list statements to the deployment's key store.
    pub(crate) fn add_policy(&mut self, statements: &serde_json::Value) {
        let statements = Value::try_from(statements).expect("no null among them");
        let mut settings = Table::new();
        settings.insert("statements".to_owned(), statements);
        let mut policy = Table::new();
        policy.insert("plugin".to_owned(), "allow-list".into());
        policy.insert("settings".to_owned(), settings.into());
        self.main_key_store()
            .entry("policy")
            .or_insert_with(|| Value::Array(Vec::new()))
            .as_array_mut()
            .expect("policy is a list")
            .push(policy.into());
    }

    fn write_credential(&self, name: &str) -> Credential {
        let letters = name
            .to_uppercase()
            .replace(|c: char| !c.is_ascii_uppercase(), "");
        let credential = Credential {
            access_key_id: format!("{letters:7<24}"),
            secret_access_key: super::base64(super::plaintext())[12..56].to_owned(),
        };
        let file = format!("credentials/{name}.secret");
        self.write_private(&file, &credential.secret_access_key);
        credential
    }
}

fn credential_table(credential: &Credential, name: &str) -> Table {
    let mut table = Table::new();
    let id = credential.access_key_id.clone();
    let file = format!("credentials/{name}.secret");
    table.insert("access_key_id".to_owned(), id.into());
    table.insert("secret_access_key_file".to_owned(), file.into());
    table
}
