use std::path::{Path, PathBuf};
use std::sync::Arc;

use claviger_config::regular_file::{self, FileFault};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;
use tokio_rustls::TlsAcceptor;
use zeroize::Zeroizing;

/// The largest file of certificates, or of a key, in bytes.
const FILE_LIMIT: usize = 1 << 20;

/// Why TLS is not served.
#[derive(Debug, Error)]
pub enum TlsFault {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: FileFault,
    },
    /// A file has no certificate or key in PEM form.
    #[error("{path}: {source}")]
    Pem {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: pem::Error,
    },
    /// Certificate and key do not go together, or cannot be used.
    #[error("--tls-cert and --tls-key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
}

/// Serves a certificate chain with its key, both in PEM files. The first certificate is
/// that of this service.
pub fn acceptor(
    certificate: &Path,
    key: &Path,
) -> Result<(TlsAcceptor, CertificateDer<'static>), TlsFault> {
    let chain = CertificateDer::pem_slice_iter(&read(certificate)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(at(certificate))?;
    let own = chain.first().cloned();
    let own = own.ok_or_else(|| at(certificate)(pem::Error::NoItemsFound))?;
    let private = read(key)?;
    let private = PrivateKeyDer::from_pem_slice(&private).map_err(at(key))?;
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, private)?;
    Ok((TlsAcceptor::from(Arc::new(config)), own))
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsFault> {
    regular_file::read(path, FILE_LIMIT).map_err(|source| TlsFault::File {
        path: path.to_owned(),
        source,
    })
}

fn at(path: &Path) -> impl Fn(pem::Error) -> TlsFault {
    move |source| TlsFault::Pem {
        path: path.to_owned(),
        source,
    }
}
