//! Which proxy is examined, and how it is reached.

use std::net::SocketAddr;

use claviger_xks::credential::Credential;
use claviger_xks::uri::{ExternalKeyId, UriPathPrefix};

/// The proxy as AWS KMS would be told it, and what only this program needs to know.
#[derive(Debug, Clone)]
pub struct Target {
    /// The host name of `XksProxyUriEndpoint`: `xks.example.com`. AWS KMS adds port 443.
    pub host: String,
    /// What stands before `/kms/xks/v1` in `XksProxyUriPath`.
    pub uri_path_prefix: UriPathPrefix,
    /// What AWS KMS would sign with.
    pub credential: Credential,
    /// Keys that may be used for encrypting and decrypting.
    pub keys: Vec<ExternalKeyId>,
    /// Where `host` really is, instead of what the name resolves to and port 443
    /// (`--resolve`).
    pub resolve: Option<SocketAddr>,
    /// PEM: further roots for the chain (`--ca-file`); does not make a root one of
    /// AWS's list.
    pub ca_file: Option<Vec<u8>>,
    /// The text of another list of roots instead of AWS's (`--trusted-roots`).
    pub trusted_roots: Option<String>,
    /// The Region of the key store, for the scope of signatures: `eu-central-1`.
    pub region: String,
    /// Load and tampering too (`--thorough`).
    pub thorough: bool,
}
