//! `claviger key`

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand, ValueEnum};
use claviger_config::{Configuration, Control, Log, LogLevel};
use claviger_xks::uri::{ExternalKeyId, ExternalKeyIdFault};

use super::console_file::find_key_store;
use super::key_store::switch;
use super::{CommandFailure, ConfigOption, HostOption, block_on, compiler, logging, print};
use crate::assembly::assemble_backend;
use crate::plugin::backend::{Backend, KeyCommand, KeyList, KeySummary, ManagementFault};
use crate::resources::MissingStorage;
use crate::switches::Switches;
use crate::words::{Deadline, KeyId};

/// A key manager may take its time to make a key.
const PATIENCE: Duration = Duration::from_secs(30);

/// Manage the keys of a key store
///
/// Works on the backend's keys directly. A running host sees a change within a
/// second. Nothing of this can be reached over the network.
#[derive(Subcommand)]
#[command(
    after_help = "Example:\n  claviger key create --config claviger.toml --key-store payments billing-2026"
)]
pub(super) enum Key {
    /// Make a key
    #[command(
        after_help = "Example:\n  claviger key create --config claviger.toml --key-store payments billing-2026 \\\n    --usage encrypt,decrypt"
    )]
    Create {
        #[command(flatten)]
        target: Target,
        /// What the key may be used for
        #[arg(
            long,
            value_delimiter = ',',
            default_value = "encrypt,decrypt",
            value_name = "USAGE"
        )]
        usage: Vec<Usage>,
    },
    /// List all keys
    #[command(
        after_help = "Example:\n  claviger key list --config claviger.toml --key-store payments"
    )]
    List(Place),
    /// Show one key
    #[command(
        after_help = "Example:\n  claviger key show --config claviger.toml --key-store payments billing-2026"
    )]
    Show(Target),
    /// Refuse to use a key, until it is enabled again
    ///
    /// The host itself refuses, from the next request on, where its configuration has
    /// [control]; otherwise the backend does, within a second.
    #[command(
        after_help = "Example:\n  claviger key disable --config claviger.toml --key-store payments billing-2026"
    )]
    Disable(SwitchTarget),
    /// Use a disabled key again
    #[command(
        after_help = "Example:\n  claviger key enable --config claviger.toml --key-store payments billing-2026"
    )]
    Enable(SwitchTarget),
    /// Add a key version for new ciphertexts; earlier ones keep decrypting
    #[command(
        after_help = "Example:\n  claviger key rotate --config claviger.toml --key-store payments billing-2026"
    )]
    Rotate(Target),
}

/// Which key store.
#[derive(Args)]
pub(super) struct Place {
    #[command(flatten)]
    config: ConfigOption,
    /// The key store, by its name in the configuration
    #[arg(long, value_name = "NAME")]
    key_store: String,
}

/// Which key of which key store.
#[derive(Args)]
pub(super) struct Target {
    #[command(flatten)]
    place: Place,
    /// The backend's key id: the external key id, unless a directory maps it
    #[arg(value_name = "KEY_ID", value_parser = parse_key_id)]
    key_id: KeyId,
}

/// Which key, and who is to remember.
#[derive(Args)]
pub(super) struct SwitchTarget {
    #[command(flatten)]
    host: HostOption,
    /// The key store, by its name in the configuration
    #[arg(long, value_name = "NAME")]
    key_store: String,
    /// The external key id, which callers use; with --in-backend the backend's key id
    #[arg(value_name = "KEY_ID", value_parser = parse_key_id)]
    key_id: KeyId,
    /// Let the backend remember it, for all hosts that share its keys
    #[arg(long)]
    in_backend: bool,
}

/// What a key may be used for.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Usage {
    /// For Encrypt
    Encrypt,
    /// For Decrypt, and for Encrypt with an integrity value
    Decrypt,
    /// For nothing; stands alone
    None,
}

impl Key {
    pub(super) fn run(self) -> Result<(), CommandFailure> {
        let (place, command, missing) = match self {
            Self::Create {
                target: Target { place, key_id },
                usage,
            } => {
                let command = KeyCommand::Create(key_id, usage_words(&usage)?);
                (place, Some(command), MissingStorage::IsMade)
            }
            Self::List(place) => (place, None, MissingStorage::IsAFault),
            Self::Show(target) => existing(target, KeyCommand::Show),
            Self::Disable(target) => match target.by_the_host(false)? {
                None => return Ok(()),
                Some(target) => existing(target, |id| KeyCommand::SetEnabled(id, false)),
            },
            Self::Enable(target) => match target.by_the_host(true)? {
                None => return Ok(()),
                Some(target) => existing(target, |id| KeyCommand::SetEnabled(id, true)),
            },
            Self::Rotate(target) => existing(target, KeyCommand::Rotate),
        };
        let configuration = Configuration::load(&place.config.config)?;
        let key_store = find_key_store(&configuration, &place.key_store)?;
        // What plugins and tokens warn of is part of the answer.
        logging::start(&Log {
            level: LogLevel::Warn,
            ..configuration.log.clone()
        })
        .map_err(CommandFailure::Runtime)?;
        let list = block_on(async {
            let compiler = compiler()?;
            let backend = assemble_backend(&configuration, key_store, missing, compiler).await?;
            manage(&backend, command).await
        })??;
        print(&table(&list.keys))?;
        print(&switched_off(&configuration, &place.key_store)?)?;
        if list.damaged.is_empty() {
            Ok(())
        } else {
            Err(CommandFailure::DamagedKeys(list.damaged))
        }
    }
}

impl SwitchTarget {
    /// Has the host switch the key; the target when the backend is to do it.
    fn by_the_host(self, on: bool) -> Result<Option<Target>, CommandFailure> {
        let by_backend = match &self.host.config {
            Some(file) if !self.in_backend => Control::of_file(file)
                .map_err(CommandFailure::NoSocket)?
                .is_none(),
            _ => self.in_backend,
        };
        if !by_backend {
            switch(&self.host, self.key_store, Some(&self.key_id), on)?;
            return Ok(None);
        }
        let config = self.host.config.ok_or(CommandFailure::NoBackend)?;
        Ok(Some(Target {
            place: Place {
                config: ConfigOption { config },
                key_store: self.key_store,
            },
            key_id: self.key_id,
        }))
    }
}

fn existing(
    target: Target,
    command: impl FnOnce(KeyId) -> KeyCommand,
) -> (Place, Option<KeyCommand>, MissingStorage) {
    (
        target.place,
        Some(command(target.key_id)),
        MissingStorage::IsAFault,
    )
}

/// Does one command; without one, lists.
pub(super) async fn manage(
    backend: &Backend,
    command: Option<KeyCommand>,
) -> Result<KeyList, CommandFailure> {
    let deadline = Deadline::after(Instant::now(), PATIENCE);
    let Some(command) = command else {
        return Ok(backend.list_keys(deadline).await?);
    };
    let key_id = Some(command.key_id().clone());
    let key = backend.manage(command, deadline).await;
    match key {
        Ok(key) => Ok(KeyList {
            keys: vec![key],
            damaged: Vec::new(),
        }),
        Err(fault) => Err(CommandFailure::KeyManagement { key_id, fault }),
    }
}

/// A key is named as AWS KMS will name it; the error says how to write it.
pub(super) fn parse_key_id(text: &str) -> Result<KeyId, String> {
    let id: ExternalKeyId = text
        .parse()
        .map_err(|fault: ExternalKeyIdFault| fault.to_string())?;
    KeyId::try_from(Arc::from(id)).map_err(|fault| fault.to_string())
}

fn usage_words(usage: &[Usage]) -> Result<Vec<String>, ManagementFault> {
    if usage == [Usage::None] {
        return Ok(Vec::new());
    }
    let word = |usage: &Usage| match usage {
        Usage::Encrypt => Ok("ENCRYPT".to_owned()),
        Usage::Decrypt => Ok("DECRYPT".to_owned()),
        Usage::None => Err(ManagementFault::Invalid(
            "--usage none cannot be combined with another usage".to_owned(),
        )),
    };
    usage.iter().map(word).collect()
}

/// What the host refuses whatever the backend says; nothing when that is nothing.
fn switched_off(configuration: &Configuration, key_store: &str) -> Result<String, CommandFailure> {
    let Some(control) = &configuration.control else {
        return Ok(String::new());
    };
    let off = Switches::read(&control.switches).map_err(|fault| vec![fault])?;
    let of_this = off.into_iter().filter(|it| it.key_store == key_store);
    let lines = of_this.map(|switched| match switched.key {
        Some(key) => format!("switched off by the host: {}\n", key.as_str()),
        None => "switched off by the host: the whole key store\n".to_owned(),
    });
    Ok(lines.collect())
}

/// One line a key, aligned for the eye and still easy to cut.
fn table(keys: &[KeySummary]) -> String {
    let width = keys
        .iter()
        .map(|key| key.external_key_id.len())
        .max()
        .unwrap_or_default();
    let mut text = String::new();
    for key in keys {
        let usage = if key.key_usage.is_empty() {
            "NONE".to_owned()
        } else {
            key.key_usage.join(",")
        };
        let status = if key.enabled { "ENABLED" } else { "DISABLED" };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:width$}  {}  {usage:15}  {status:8}  version {} of {}",
            key.external_key_id, key.key_spec, key.current_version, key.versions
        );
    }
    text
}
