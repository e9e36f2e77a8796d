//! What commands and the host say to each other, in JSON.

use claviger_settings::Fault;
use serde::{Deserialize, Serialize};

/// Where the answers are.
pub(crate) const STATUS: &str = "/status";
pub(crate) const RELOAD: &str = "/reload";
pub(crate) const SWITCH: &str = "/switch";

/// A key store, or one key of it, is to be switched.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Switch {
    /// The operator's name for it.
    pub(crate) key_store: String,
    /// The id that callers use; `None` for the whole key store.
    pub(crate) key: Option<String>,
    pub(crate) on: bool,
}

/// What came of it.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Switched {
    /// Whether it was the other way before.
    pub(crate) changed: bool,
    /// Whether callers would find the key, if somebody knows.
    pub(crate) known: Option<bool>,
    /// Whether its audit record is written.
    pub(crate) recorded: bool,
    /// The process id of the host that confirms it.
    pub(crate) host: u32,
}

/// The configuration was taken up.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Reloaded {
    pub(crate) generation: u64,
    pub(crate) warnings: Vec<Told>,
}

/// Nothing was done.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Refused {
    pub(crate) faults: Vec<Told>,
}

/// What the operator is told of one setting.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Told {
    pub(crate) path: String,
    pub(crate) problem: String,
    pub(crate) fix: String,
}

impl From<&Fault> for Told {
    fn from(fault: &Fault) -> Self {
        Self {
            path: fault.path.clone(),
            problem: fault.problem.clone(),
            fix: fault.fix.clone(),
        }
    }
}

impl From<Told> for Fault {
    fn from(told: Told) -> Self {
        Self::new(told.path, told.problem, told.fix)
    }
}

/// How a host is, at one moment.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Status {
    pub(crate) version: String,
    /// Of the source, if whoever built the host said so.
    pub(crate) commit: Option<String>,
    pub(crate) process: u32,
    /// `serving`, `lame-duck` or `draining`.
    pub(crate) phase: String,
    pub(crate) ready: bool,
    /// Why not, or why soon not.
    pub(crate) reasons: Vec<String>,
    pub(crate) configuration: ConfigurationStatus,
    pub(crate) listening: String,
    pub(crate) certificate: Option<CertificateStatus>,
    pub(crate) key_stores: Vec<KeyStoreStatus>,
    /// Key stores that wait for something that is not there.
    pub(crate) absent: Vec<String>,
    /// For what, each with the setting that names it.
    pub(crate) waits_for: Vec<Told>,
    /// `KEY_STORE` or `KEY_STORE/KEY`.
    pub(crate) switched_off: Vec<String>,
    pub(crate) tokens: Vec<ResourceStatus>,
    pub(crate) storages: Vec<ResourceStatus>,
}

/// A token or a storage.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct ResourceStatus {
    pub(crate) name: String,
    /// Whether it answers, or can be read and written.
    pub(crate) up: bool,
}

/// A credential of a key store.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct CredentialStatus {
    pub(crate) access_key_id: String,
    /// Since the file of its secret was written, if it is in one.
    pub(crate) age_seconds: Option<u64>,
    /// RFC 3339; `None`: not since the host began.
    pub(crate) last_used: Option<String>,
}

/// The configuration in force.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct ConfigurationStatus {
    /// 1 for that of the start.
    pub(crate) generation: u64,
    /// RFC 3339.
    pub(crate) taken_up: String,
    /// What was wrong with a later one.
    pub(crate) refused: Option<RefusedStatus>,
}

/// A configuration that was not taken up.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct RefusedStatus {
    /// RFC 3339.
    pub(crate) at: String,
    pub(crate) faults: Vec<Told>,
}

/// The server's certificate.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct CertificateStatus {
    pub(crate) common_name: Option<String>,
    /// In hexadecimal.
    pub(crate) serial: String,
    /// SHA-256, in hexadecimal.
    pub(crate) fingerprint: String,
    /// Of the certificate of its chain that expires first; RFC 3339.
    pub(crate) expires: String,
    /// Whole days until then; negative when it is over.
    pub(crate) days_left: i64,
}

/// One key store that is served.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct KeyStoreStatus {
    pub(crate) name: String,
    /// False while it is switched off, here or in the configuration.
    pub(crate) enabled: bool,
    /// Whether some key manager of it serves.
    pub(crate) serves: bool,
    pub(crate) key_managers: Vec<KeyManagerStatus>,
    pub(crate) plugins: Vec<PluginStatus>,
    pub(crate) credentials: Vec<CredentialStatus>,
}

/// One of its key managers, by the last check.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct KeyManagerStatus {
    pub(crate) id: String,
    pub(crate) model: String,
    /// `ACTIVE`, `DEGRADED` or `UNAVAILABLE`.
    pub(crate) state: String,
}

/// One plugin of a key store.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct PluginStatus {
    pub(crate) name: String,
    /// SHA-256 of the component, in hexadecimal.
    pub(crate) digest: String,
    /// It failed so often that it is not asked for the time being.
    pub(crate) broken: bool,
}
