//! Which proxy is examined, and how it is reached.

use std::path::PathBuf;

use claviger_xks::uri::ExternalKeyId;
use claviger_xks_client::resolve::Resolve;
use claviger_xks_client::target::Target as KeyStore;

/// The proxy as AWS KMS would be told it, and what only this program needs to know.
#[derive(Debug, Clone)]
pub struct Target {
    /// Endpoint, path, credential and Region of the key store.
    pub key_store: KeyStore,
    /// Keys that may be used for encrypting and decrypting.
    pub keys: Vec<ExternalKeyId>,
    /// Where hosts really are, instead of what their names resolve to and port 443
    /// (`--resolve`).
    pub resolve: Resolve,
    /// PEM: further roots for the chain (`--ca-file`); does not make a root one of
    /// AWS's list.
    pub ca_file: Option<PathBuf>,
    /// The text of another list of roots instead of AWS's (`--trusted-roots`).
    pub trusted_roots: Option<String>,
    /// Load and tampering too (`--thorough`).
    pub thorough: bool,
}
