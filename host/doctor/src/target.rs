//! Which proxy is examined, and how it is reached.

use claviger_xks::uri::ExternalKeyId;
use claviger_xks_client::resolve::Resolve;
use claviger_xks_client::target::{Region, Target as KeyStore};
use rustls::pki_types::CertificateDer;

use crate::probe::roots::Roots;

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
    /// Further roots for the chain (`--ca-file`); does not make a root one of AWS's
    /// list.
    pub ca_roots: Vec<CertificateDer<'static>>,
    /// AWS's list of roots, or another one (`--trusted-roots`).
    pub trusted_roots: Roots,
    /// `awsPrincipalArn` of what is sent (`--principal`), which the proxy's policy may
    /// look at.
    pub principal_arn: String,
    /// `kmsKeyArn` of what is sent (`--kms-key-arn`).
    pub kms_key_arn: String,
    /// Load and tampering too (`--thorough`).
    pub thorough: bool,
}

impl Target {
    /// A principal of AWS's account for examples.
    pub const PRINCIPAL_ARN: &str = "arn:aws:iam::123456789012:user/claviger-doctor";

    /// A KMS key of the same account that does not exist.
    pub fn example_key_arn(region: &Region) -> String {
        format!("arn:aws:kms:{region}:123456789012:key/00000000-0000-4000-8000-000000000000")
    }
}
