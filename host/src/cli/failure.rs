//! What an operator reads when a command fails.

use std::io;
use std::path::PathBuf;

use claviger_config::{ConfigurationFault, Fault, report};
use claviger_xks::credential::NoRandomness;
use thiserror::Error;

use crate::plugin::backend::ManagementFault;
use crate::resources::ChildFault;
use crate::server::control::client::ControlFault;
use crate::switches::SwitchFault;
use crate::words::KeyId;

/// A command failed.
#[derive(Debug, Error)]
pub(crate) enum CommandFailure {
    /// The configuration file cannot be read as one.
    #[error(transparent)]
    Configuration(#[from] ConfigurationFault),
    /// What the configuration names cannot be used.
    #[error("{}", report(.0))]
    Faults(Vec<Fault>),
    /// A component is no plugin, or does not start.
    #[error("{0}")]
    Plugin(String),
    /// `--key-store` names none.
    #[error("there is no key store `{name}`; there are: {known}")]
    NoSuchKeyStore { name: String, known: String },
    /// Where the host's socket is cannot be read.
    #[error("{0}\nor name the host's socket with --socket")]
    NoSocket(ConfigurationFault),
    /// `--in-backend` with `--socket`.
    #[error("--in-backend needs --config: the host's socket does not reach the backend")]
    NoBackend,
    /// A key is switched that nobody has.
    #[error(
        "no key of key store {key_store} has the id {key_id}: that id is switched, and whatever \
         key you meant is not; give the id that callers use, which a directory maps to the \
         backend's"
    )]
    UnknownKey { key_store: String, key_id: String },
    /// The host cannot be reached.
    #[error("{} has no [control] table: add it, and start the host again", path.display())]
    NoControl { path: PathBuf },
    /// The host ended without them.
    #[error("{0} audit records could not be written and are lost")]
    LostRecords(u64),
    /// An audit log is not as it was written.
    #[error("{0} findings: the audit log is not as it was written")]
    Tampered(usize),
    /// `claviger status` of a host that is better not sent requests.
    #[error("not ready: {}", .0.join("; "))]
    NotReady(Vec<String>),
    /// The host did not do it.
    #[error(transparent)]
    Control(#[from] ControlFault),
    /// A switch is not set.
    #[error(transparent)]
    Switch(#[from] SwitchFault),
    /// `--access-key-id` is missing or names none.
    #[error("say which credential with --access-key-id; there are: {known}")]
    WhichCredential { known: String },
    /// The backend did not do what was asked.
    #[error("{}{fault}", key_id.as_ref().map(|id| format!("{}: ", id.as_str())).unwrap_or_default())]
    KeyManagement {
        /// The key that it was asked about.
        key_id: Option<KeyId>,
        fault: ManagementFault,
    },
    /// The others were listed.
    #[error("{}", damaged_keys(.0))]
    DamagedKeys(Vec<(String, String)>),
    /// A file cannot be made.
    #[error("{path}: {source}")]
    File { path: PathBuf, source: io::Error },
    /// A component is not compiled.
    #[error(transparent)]
    Compile(#[from] ChildFault),
    /// The state folder is not one.
    #[error("{path} has files but no claviger.toml: choose another folder, or empty it")]
    NotAStateFolder { path: PathBuf },
    /// Certificates cannot be made.
    #[error("the certificates cannot be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// `claviger local-kms` does not start.
    #[error(transparent)]
    LocalKms(#[from] claviger_local_kms::StartFault),
    /// Its demo is not made.
    #[error(transparent)]
    Demo(#[from] claviger_local_kms::demo::DemoFault),
    /// The file that is made for the console of AWS KMS is not one.
    #[error(transparent)]
    ProxyConfiguration(#[from] claviger_local_kms::seed::CredentialFileFault),
    /// No entropy.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// Standard output is closed or full.
    #[error("standard output: {0}")]
    Output(io::Error),
    /// Threads cannot be started.
    #[error("the runtime does not start: {0}")]
    Runtime(io::Error),
}

fn damaged_keys(keys: &[(String, String)]) -> String {
    let lines = keys.iter().map(|(id, problem)| format!("{id}: {problem}"));
    let lines: Vec<_> = lines.collect();
    format!(
        "Keys that cannot be used, put back a copy of the storage's file:\n{}",
        lines.join("\n")
    )
}

impl From<ManagementFault> for CommandFailure {
    fn from(fault: ManagementFault) -> Self {
        Self::KeyManagement {
            key_id: None,
            fault,
        }
    }
}

impl From<Vec<Fault>> for CommandFailure {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Faults(faults)
    }
}
