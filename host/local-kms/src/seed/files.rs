//! Files of credentials.

use std::path::{Path, PathBuf};

use claviger_config::access::{self, AccessFault, Use};
use claviger_config::regular_file::{self, FileFault};
use claviger_xks::credential::{Credential, SecretAccessKey, SecretAccessKeyFault};
use claviger_xks::proxy_configuration::ProxyConfiguration;
use claviger_xks_client::target::UriPath;
use thiserror::Error;
use tracing::warn;
use zeroize::Zeroizing;

/// The largest file, in bytes.
const MAX_BYTES: usize = 4096;

/// Why a file is not read. Tells nothing of what is in it.
#[derive(Debug, Error)]
pub enum CredentialFileFault {
    /// It cannot be read, or has more than a credential.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: FileFault,
    },
    /// Not JSON with the two members of such a file.
    #[error("{path} is not a proxy configuration file")]
    NotAProxyConfiguration {
        /// The file.
        path: PathBuf,
    },
    /// Not a secret access key.
    #[error("{path} {fault}")]
    NotASecret {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: SecretAccessKeyFault,
    },
}

/// The path and the credential of a key store, from a file that is made for the
/// console of AWS KMS.
pub fn read_proxy_configuration(path: &Path) -> Result<(UriPath, Credential), CredentialFileFault> {
    let text = read_text(path)?;
    parse(&text).ok_or_else(|| CredentialFileFault::NotAProxyConfiguration {
        path: path.to_owned(),
    })
}

/// A secret access key and nothing else, but for a line break at the end.
pub(super) fn read_secret(path: &Path) -> Result<SecretAccessKey, CredentialFileFault> {
    let text = read_text(path)?;
    let secret = text.strip_suffix('\n').unwrap_or(&text);
    secret
        .parse()
        .map_err(|fault| CredentialFileFault::NotASecret {
            path: path.to_owned(),
            fault,
        })
}

fn parse(text: &str) -> Option<(UriPath, Credential)> {
    let file: ProxyConfiguration = serde_json::from_str(text).ok()?;
    let raw = file.xks_proxy_authentication_credential;
    let credential = Credential {
        access_key_id: raw.access_key_id.parse().ok()?,
        secret_access_key: raw.raw_secret_access_key.parse().ok()?,
    };
    Some((file.xks_proxy_uri_path.parse().ok()?, credential))
}

fn read_text(path: &Path) -> Result<Zeroizing<String>, CredentialFileFault> {
    let text = regular_file::read_text(path, MAX_BYTES).map_err(|source| {
        CredentialFileFault::Unreadable {
            path: path.to_owned(),
            source,
        }
    })?;
    warn_of_others(path);
    Ok(text)
}

/// Says that others have access to a file with a secret. Unlike the host, this does not
/// refuse it: a checkout of Git knows no mode 0600, and these secrets are for tests.
pub(super) fn warn_of_others(path: &Path) {
    let judged = std::fs::metadata(path).map(|one| access::judge(&one, path, Use::Secret));
    if let Ok(Err(AccessFault { problem, fix })) = judged {
        warn!("a secret is in it, and {problem}; fix: {fix}");
    }
}
