//! A host around one plugin, for a trial: a folder of its own with certificates, a
//! credential and a storage, and a configuration that nobody has to write.

mod given;
mod host;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use claviger_config::{Configuration, KeyStore, PluginUse};
use claviger_xks::credential::Credential;
use claviger_xks_client::target::Region;
use tempfile::TempDir;

use super::source;
use crate::assembly::assemble_trial;
use crate::cli::{CommandFailure, compiler, dev, key};
use crate::plugin::trial::{Asked, Subject};
use crate::plugin::{Declaration, Role};
use crate::resources::{ReadComponent, Resources};
use crate::words::KeyId;

use given::Given;
use host::{NAME, Place};

/// Keys that are made where none is given.
const KEYS: [&str; 2] = ["trial-1", "trial-2"];

/// The plugin, and what a host would have to be told.
#[derive(Args)]
pub(super) struct OnTrial {
    /// The component: a file, or builtin:NAME
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The plugin's settings, as TOML
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// What else a host would give it, as TOML: the tables `upstream`, `secret`, `tokens`
    /// and `storage` of a host's configuration, and `settings`, `grants`, `memory_mib`,
    /// `instances`, `isolation` and `compile`
    #[arg(long, value_name = "FILE")]
    with: Option<PathBuf>,
    /// A key that the plugin has, which may encrypt and decrypt; several times. Without
    /// it keys are made where that leaves nothing behind
    #[arg(long = "key", value_name = "ID", value_parser = key::parse_key_id)]
    keys: Vec<KeyId>,
    /// Make, rotate and disable keys also where they stay: on a token, in a storage of
    /// --with, behind an upstream
    #[arg(long)]
    create_keys: bool,
    /// Who calls AWS KMS, for a policy
    #[arg(long, value_name = "ARN", default_value = claviger_doctor::target::Target::PRINCIPAL_ARN)]
    pub(super) principal: String,
    /// The KMS key, for a policy
    #[arg(long, value_name = "ARN")]
    kms_key_arn: Option<String>,
    /// The Region of the KMS key
    #[arg(long, value_name = "REGION", default_value = "us-east-1")]
    pub(super) region: Region,
    /// Keep compiled components in this folder, for the next time
    #[arg(long, value_name = "FOLDER")]
    plugin_cache: Option<PathBuf>,
}

/// The folder and the configuration.
pub(super) struct Workbench {
    /// Removed when the trial is over.
    _folder: TempDir,
    pub(super) configuration: Configuration,
    pub(super) credential: Credential,
    pub(super) role: Role,
    /// Whether keys that are made are gone with the folder.
    leaves_nothing: bool,
}

impl OnTrial {
    pub(super) fn file(&self) -> PathBuf {
        self.file.clone()
    }

    pub(super) fn shown(&self) -> String {
        self.file.display().to_string()
    }

    /// The KMS key of what is sent.
    pub(super) fn kms_key_arn(&self) -> String {
        let arn = self.kms_key_arn.clone();
        arn.unwrap_or_else(|| claviger_doctor::target::Target::example_key_arn(&self.region))
    }

    /// Reads everything, and makes the folder.
    pub(super) fn set_up(&self) -> Result<Workbench, CommandFailure> {
        let file = &self.file;
        let read = ReadComponent::read(NAME, &source(file.clone()));
        let no_plugin = |fault: String| {
            CommandFailure::Plugin(format!("{} is no plugin: {fault}", file.display()))
        };
        let read = read.map_err(|fault| no_plugin(fault.to_string()))?;
        let declaration = Declaration::read(read.bytes());
        let declaration =
            declaration.map_err(|fault| no_plugin(format!("{fault}; {}", fault.fix())))?;
        let given = Given::read(self.with.as_deref(), self.settings.as_deref())?;
        let folder = tempfile::Builder::new()
            .prefix("claviger-plugin-")
            .tempdir();
        let folder = folder.map_err(|source| CommandFailure::File {
            path: std::env::temp_dir(),
            source,
        })?;
        let credential = dev::furnish(folder.path())?;
        let cache = self.plugin_cache.clone();
        let place = Place {
            component: absolute(file)?,
            cache: absolute(&cache.unwrap_or_else(|| folder.path().join("plugin-cache")))?,
            folder: folder.path(),
            access_key_id: credential.access_key_id.as_str(),
        };
        let config = host::configuration(&place, &declaration, &given);
        let configuration = Configuration::parse(&config.to_string(), &given.base);
        let leaves_nothing = host::leaves_nothing(&declaration, &given);
        Ok(Workbench {
            configuration: configuration.map_err(host::told)?,
            _folder: folder,
            credential,
            role: declaration.role,
            leaves_nothing,
        })
    }

    /// What the trial is told, with keys that are made where none is given.
    pub(super) async fn asked(&self, bench: &Workbench, subject: &Subject) -> Asked {
        let makes_keys = self.create_keys || bench.leaves_nothing;
        let mut asked = Asked {
            keys: self.keys.clone(),
            no_keys: "no key is given: --key ID".to_owned(),
            makes_keys,
            caller: Asked::caller(&self.principal, &self.kms_key_arn()),
        };
        if bench.role != Role::Backend || !asked.keys.is_empty() || !makes_keys {
            return asked;
        }
        for name in KEYS {
            let Ok(id) = KeyId::try_from(Arc::from(name)) else {
                continue;
            };
            match subject.create_key(&id).await {
                Ok(()) => asked.keys.push(id),
                Err(why) => {
                    asked.no_keys =
                        format!("no key is given with --key, and none can be made: {why}");
                }
            }
        }
        asked
    }
}

impl Workbench {
    /// The only key store.
    pub(super) fn key_store(&self) -> Result<&KeyStore, CommandFailure> {
        let first = self.configuration.key_stores.first();
        first.ok_or_else(|| CommandFailure::Plugin("there is no key store".to_owned()))
    }

    /// The plugin in it.
    fn usage<'k>(&self, key_store: &'k KeyStore) -> Option<&'k PluginUse> {
        match self.role {
            Role::Backend => Some(&key_store.backend),
            Role::Directory => key_store.directory.as_ref(),
            Role::Policy => key_store.policies.first(),
        }
    }

    /// The plugin, linked with what it is granted.
    pub(super) async fn subject(&self) -> Result<Subject, CommandFailure> {
        let resources = Resources::new(compiler()?);
        let key_store = self.key_store()?;
        let Some(usage) = self.usage(key_store) else {
            return Err(CommandFailure::Plugin("there is no such plugin".to_owned()));
        };
        let subject = assemble_trial(&self.configuration, key_store, usage, &resources).await;
        Ok(subject.map_err(host::told)?)
    }
}

/// A path from the root; `builtin:NAME` stays.
fn absolute(path: &Path) -> Result<String, CommandFailure> {
    let shown = path.display().to_string();
    if shown.starts_with("builtin:") {
        return Ok(shown);
    }
    let path = std::path::absolute(path).map_err(|source| CommandFailure::File {
        path: path.to_owned(),
        source,
    })?;
    Ok(path.display().to_string())
}
