//! Whose certificates are believed, and with which versions and suites.

use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{self, cipher_suite};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;

/// The longest file of CA certificates that is worth reading, in bytes.
pub const CA_FILE_LIMIT: usize = 4 << 20;

/// TLS as AWS KMS speaks it: versions 1.2 and 1.3, the four suites of the XKS
/// specification, HTTP/1.1 by ALPN.
#[derive(Debug, Clone)]
pub struct Trust(Arc<ClientConfig>);

impl Trust {
    /// Believes certificates of the roots in a text of PEM, and no others.
    pub fn pem(text: &[u8]) -> Result<Self, TrustFault> {
        Self::roots(ca_certificates(text)?)
    }

    /// Believes certificates of the operating system's roots.
    pub fn system() -> Result<Self, TrustFault> {
        Self::roots(system_roots())
    }

    /// Believes certificates of these roots. Those that cannot be read as roots
    /// are passed over, as long as one can.
    pub fn roots(
        certificates: impl IntoIterator<Item = CertificateDer<'static>>,
    ) -> Result<Self, TrustFault> {
        let mut store = RootCertStore::empty();
        let (added, _) = store.add_parsable_certificates(certificates);
        if added == 0 {
            return Err(TrustFault::NoRoots);
        }
        let config = ClientConfig::builder_with_provider(kms_provider())
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_root_certificates(store)
            .with_no_client_auth();
        Ok(Self::new(config))
    }

    /// Leaves it to `verifier` whose certificates are believed. One that believes
    /// everybody is for looking at a server, not for talking to it.
    pub fn dangerously(verifier: Arc<dyn ServerCertVerifier>) -> Result<Self, TrustFault> {
        let config = ClientConfig::builder_with_provider(kms_provider())
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        Ok(Self::new(config))
    }

    /// Any configuration, used as it is.
    pub fn config(config: Arc<ClientConfig>) -> Self {
        Self(config)
    }

    pub(crate) fn client_config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.0)
    }

    fn new(mut config: ClientConfig) -> Self {
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self(Arc::new(config))
    }
}

/// The suites that the XKS specification names, and the key exchange groups of
/// the library.
pub fn kms_provider() -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider {
        cipher_suites: vec![
            cipher_suite::TLS13_AES_256_GCM_SHA384,
            cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
            cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        ],
        ..aws_lc_rs::default_provider()
    })
}

/// The operating system's roots, as far as they can be read; none where it has none.
pub fn system_roots() -> Vec<CertificateDer<'static>> {
    rustls_native_certs::load_native_certs().certs
}

/// The certificates in a text of PEM, at least one. Whoever has a file reads it: this
/// crate reads none.
pub fn ca_certificates(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, TrustFault> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(text).collect::<Result<_, _>>()?;
    if certificates.is_empty() {
        return Err(TrustFault::NoRoots);
    }
    Ok(certificates)
}

/// Why nobody can be believed.
#[derive(Debug, Error)]
pub enum TrustFault {
    /// Not PEM.
    #[error("is not in PEM form: {0}")]
    NotPem(#[from] pem::Error),
    /// No certificate that can be a root.
    #[error("has no CA certificate")]
    NoRoots,
    /// The TLS library refuses the configuration.
    #[error("cannot be used: {0}")]
    Tls(#[from] rustls::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_are_the_four_of_the_specification() {
        let mut names: Vec<String> = kms_provider()
            .cipher_suites
            .iter()
            .map(|suite| format!("{:?}", suite.suite()))
            .collect();
        names.sort();
        assert_eq!(
            names,
            [
                "TLS13_AES_256_GCM_SHA384",
                "TLS13_CHACHA20_POLY1305_SHA256",
                "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            ]
        );
    }

    #[test]
    fn no_roots_is_a_fault() {
        assert!(matches!(Trust::roots([]), Err(TrustFault::NoRoots)));
        let text = Trust::pem(b"no certificate");
        assert!(matches!(text, Err(TrustFault::NoRoots)));
    }
}
