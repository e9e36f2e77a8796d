//! Files of credentials.

use std::io;
use std::path::{Path, PathBuf};

use claviger_xks::credential::{Credential, SecretAccessKey, SecretAccessKeyFault};
use claviger_xks::proxy_configuration::ProxyConfiguration;
use claviger_xks_client::target::UriPath;
use thiserror::Error;
use zeroize::Zeroizing;

/// The largest file, in bytes.
const MAX_BYTES: u64 = 4096;

/// Why a file is not read. Tells nothing of what is in it.
#[derive(Debug, Error)]
pub enum CredentialFileFault {
    /// The operating system refused.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Its reason.
        source: io::Error,
    },
    /// More than a credential has.
    #[error("{path} has more than {MAX_BYTES} bytes")]
    TooLarge {
        /// The file.
        path: PathBuf,
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

/// Unlike the host, this does not judge who else has access to the file: it comes
/// beside a seed, which may have the secret itself, and a checkout of Git knows no
/// mode 0600.
fn read_text(path: &Path) -> Result<Zeroizing<String>, CredentialFileFault> {
    let unreadable = |source| CredentialFileFault::Unreadable {
        path: path.to_owned(),
        source,
    };
    if std::fs::metadata(path).map_err(unreadable)?.len() > MAX_BYTES {
        return Err(CredentialFileFault::TooLarge {
            path: path.to_owned(),
        });
    }
    std::fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(unreadable)
}
