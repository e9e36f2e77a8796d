//! `claviger console-file`

use std::path::PathBuf;

use clap::Args;
use claviger_config::secrets::CredentialSource;
use claviger_config::{Configuration, KeyStore};
use claviger_xks::proxy_configuration::proxy_configuration;

use super::{CommandFailure, ConfigOption, credential};

/// Write the proxy configuration file that the AWS KMS console takes (XKS-127)
///
/// It holds the secret access key: upload it, then delete it.
#[derive(Args)]
#[command(
    after_help = "Example:\n  claviger console-file --config claviger.toml --key-store payments \\\n    --output xks-proxy-configuration.json"
)]
pub(super) struct ConsoleFile {
    #[command(flatten)]
    config: ConfigOption,
    /// The key store, by its name in the configuration
    #[arg(long, value_name = "NAME")]
    key_store: String,
    /// Which of the key store's credentials, when it has several
    #[arg(long, value_name = "ID")]
    access_key_id: Option<String>,
    /// Write to a new file of mode 0600 instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl ConsoleFile {
    pub(super) fn run(self) -> Result<(), CommandFailure> {
        let configuration = Configuration::load(&self.config.config)?;
        let key_store = find_key_store(&configuration, &self.key_store)?;
        let source = find_credential(key_store, self.access_key_id.as_deref())?;
        let credential = source.read().map_err(|fault| vec![fault])?;
        let text = proxy_configuration(&key_store.uri_path_prefix, &credential);
        credential::deliver(&text, self.output)
    }
}

/// The key store of this name.
pub(super) fn find_key_store<'c>(
    configuration: &'c Configuration,
    name: &str,
) -> Result<&'c KeyStore, CommandFailure> {
    let key_stores = &configuration.key_stores;
    key_stores
        .iter()
        .find(|key_store| key_store.name.as_str() == name)
        .ok_or_else(|| {
            let known: Vec<_> = key_stores
                .iter()
                .map(|key_store| key_store.name.as_str())
                .collect();
            CommandFailure::NoSuchKeyStore {
                name: name.to_owned(),
                known: known.join(", "),
            }
        })
}

fn find_credential<'c>(
    key_store: &'c KeyStore,
    id: Option<&str>,
) -> Result<&'c CredentialSource, CommandFailure> {
    let credentials = &key_store.credentials;
    let found = match (id, credentials.as_slice()) {
        (None, [only]) => Some(only),
        (None, _) => None,
        (Some(id), _) => credentials
            .iter()
            .find(|source| source.access_key_id.as_str() == id),
    };
    found.ok_or_else(|| {
        let known: Vec<_> = credentials
            .iter()
            .map(|source| source.access_key_id.as_str())
            .collect();
        CommandFailure::WhichCredential {
            known: known.join(", "),
        }
    })
}
