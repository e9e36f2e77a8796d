//! `claviger console-file`

use std::path::PathBuf;

use clap::Args;
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
        let source = key_store
            .credential(self.access_key_id.as_deref())
            .ok_or_else(|| CommandFailure::WhichCredential {
                known: key_store.access_key_ids().join(", "),
            })?;
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
    configuration
        .key_store(name)
        .ok_or_else(|| CommandFailure::NoSuchKeyStore {
            name: name.to_owned(),
            known: configuration.key_store_names().join(", "),
        })
}
