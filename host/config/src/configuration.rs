use crate::access::{self, AccessFault, Use};
use crate::audit::Audit;
use crate::available::Available;
use crate::control::Control;
use crate::declared::Declared;
use crate::examined::Examined;
use crate::key_store::{self, KeyStore};
use crate::log::Log;
use crate::name::Name;
use crate::plugin::{self, Plugin};
use crate::scalar;
use crate::secret::{self, Secret};
use crate::server::Server;
use crate::storage::{self, Storage};
use crate::token::{self, Token};
use crate::upstream::{self, Upstream};
use crate::{document, report, warning};
use claviger_settings::{Fault, Table, read_map};
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The largest configuration file, in bytes.
const FILE_LIMIT: u64 = 1024 * 1024;

/// Everything an operator decides about one host.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// `[server]`: where and how AWS KMS is answered.
    pub server: Server,
    /// `[log]`: what is written about it.
    pub log: Log,
    /// `[audit]`: how audit records are written.
    pub audit: Audit,
    /// `[control]`: how commands reach the host, if they may.
    pub control: Option<Control>,
    /// `[plugin_cache]`: the directory where compiled plugins are kept.
    pub plugin_cache: Option<PathBuf>,
    /// `[storage.NAME]`: what the `key-storage` capability can be granted on.
    pub storage: BTreeMap<Name, Storage>,
    /// `[tokens.NAME]`: what the `pkcs11` capability can be granted on, and what
    /// can open a storage; those nobody uses are kept too.
    pub tokens: BTreeMap<Name, Token>,
    /// `[upstream.NAME]`: what the `http` and `streams` capabilities can be granted on;
    /// those nobody uses are kept too.
    pub upstreams: BTreeMap<Name, Upstream>,
    /// `[secret.NAME]`: what the `secrets` capability can be granted on, and headers of
    /// upstreams can hold; those nobody uses are kept too.
    pub secrets: BTreeMap<Name, Secret>,
    /// `[plugin.NAME]`: the components; those no key store uses are kept too.
    pub plugins: BTreeMap<Name, Plugin>,
    /// `[[key_store]]`, in the order of the file; at least one.
    pub key_stores: Vec<KeyStore>,
}

impl Configuration {
    /// Reads the text of a configuration file that lies in the directory `base`,
    /// which relative paths start from. Opens no file.
    pub fn parse(text: &str, base: &Path) -> Result<Self, Vec<Fault>> {
        read_map(&document::parse(text)?, |root| Self::read(root, base))
    }

    /// Reads the configuration file at `path`; relative paths in it start from
    /// its directory.
    pub fn load(path: &Path) -> Result<Self, ConfigurationFault> {
        let text = Self::read_text(path)?;
        Self::parse(&text, path.parent().unwrap_or(Path::new(""))).map_err(|faults| {
            ConfigurationFault::Faulty {
                path: path.to_owned(),
                faults,
            }
        })
    }

    /// Reads the configuration file at `path` to find all its faults.
    pub fn examine(path: &Path) -> Result<Examined, ConfigurationFault> {
        let text = Self::read_text(path)?;
        Ok(Examined::of(&text, path.parent().unwrap_or(Path::new(""))))
    }

    /// The text of a configuration file, which only its owner may write.
    pub(crate) fn read_text(path: &Path) -> Result<String, ConfigurationFault> {
        let unreadable = |source| ConfigurationFault::Unreadable {
            path: path.to_owned(),
            source,
        };
        let file = access::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        access::judge(&metadata, path, Use::Trusted)?;
        let mut bytes = Vec::new();
        file.take(FILE_LIMIT + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length > FILE_LIMIT) {
            return Err(ConfigurationFault::TooLarge {
                path: path.to_owned(),
            });
        }
        String::from_utf8(bytes).map_err(|_| ConfigurationFault::NotText {
            path: path.to_owned(),
        })
    }

    /// Warnings, of what is allowed and probably not meant: for the log at start-up and for
    /// `claviger check`.
    pub fn warnings(&self) -> Vec<Fault> {
        warning::of(self)
    }

    /// What has faults is left out, except that without `[server]` nothing is returned.
    pub(crate) fn read(root: &Table<'_>, base: &Path) -> Option<Self> {
        // What key stores refer to first; storages refer to tokens, and secrets and
        // upstreams to each other.
        let tokens = Declared::read(root, "tokens", |table| token::read(table, base));
        token::refuse_shared_tokens(root, &tokens);
        let storage = Declared::read(root, "storage", |table| storage::read(table, base, &tokens));
        storage::refuse_shared_files(root, &storage);
        let upstreams = Declared::read(root, "upstream", |table| upstream::read(table, base));
        let secrets = Declared::read(root, "secret", |table| {
            secret::read(table, base, &upstreams)
        });
        upstream::refuse_unknown_secrets(root, &upstreams, &secrets);
        let plugins = Declared::read(root, "plugin", |table| plugin::read(table, base));
        let available = Available {
            plugins: &plugins,
            storage: &storage,
            tokens: &tokens,
            upstreams: &upstreams,
            secrets: &secrets,
        };
        let key_stores = key_store::read_all(root, base, available);
        let server = root
            .require(
                "server",
                "add a [server] table with `listen` and a [server.tls] table",
            )
            .table("server")
            .and_then(|table| Server::read(table, base));
        let log = root
            .table("log")
            .map(|table| Log::read(table, base))
            .unwrap_or_default();
        let audit = root
            .table("audit")
            .map(|audit| Audit::read(audit, base))
            .unwrap_or_default();
        let control = root
            .table("control")
            .and_then(|control| Control::read(control, base));
        let plugin_cache = root.table("plugin_cache").and_then(|table| {
            table.require("directory", "name a directory, or remove [plugin_cache]");
            let directory = scalar::path(&table, "directory", base);
            table.finish();
            directory
        });
        Some(Self {
            server: server?,
            log,
            audit,
            control,
            plugin_cache,
            storage: storage.into_values(),
            tokens: tokens.into_values(),
            upstreams: upstreams.into_values(),
            secrets: secrets.into_values(),
            plugins: plugins.into_values(),
            key_stores,
        })
    }
}

/// Why a configuration file is not taken. The operator is to blame for all of
/// them.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationFault {
    /// The file is not there or not ours to read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The configuration file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file is longer than 1 MiB.
    #[error("{} is larger than 1 MiB: this is no configuration file", path.display())]
    TooLarge {
        /// The configuration file.
        path: PathBuf,
    },
    /// The file is not UTF-8, which TOML asks for.
    #[error("{} is not UTF-8 text", path.display())]
    NotText {
        /// The configuration file.
        path: PathBuf,
    },
    /// Somebody else can change it.
    #[error("{}; fix: {}", .0.problem, .0.fix)]
    Access(AccessFault),
    /// The file's settings are wrong.
    #[error("{} is refused:\n\n{}", path.display(), report(faults))]
    Faulty {
        /// The configuration file.
        path: PathBuf,
        /// All faults of it, never empty.
        faults: Vec<Fault>,
    },
}

impl From<AccessFault> for ConfigurationFault {
    fn from(fault: AccessFault) -> Self {
        Self::Access(fault)
    }
}
