//! TLS: versions, suites, ALPN and, where configured, mutual TLS.

mod certificate;
mod client_certificate;

use std::path::Path;
use std::sync::Arc;

use claviger_config::Tls;
use claviger_config::secrets::read_private_file;
use claviger_settings::Fault;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{self, Ticketer, cipher_suite};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoClientAuth, WebPkiClientVerifier};
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig};

pub(crate) use certificate::Certificate;
pub(crate) use client_certificate::ClientCertificateRefused;
use client_certificate::SubjectCommonName;

/// The longest file of a private key, which may hold its certificates too, in bytes.
const PRIVATE_KEY_BYTES: usize = 64 << 10;

/// The suites of XKS-014 and no others.
fn provider() -> CryptoProvider {
    CryptoProvider {
        cipher_suites: vec![
            cipher_suite::TLS13_AES_256_GCM_SHA384,
            cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
            cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        ],
        ..aws_lc_rs::default_provider()
    }
}

/// How the listener shows who it is.
pub(crate) struct Identity {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) certificate: Option<Certificate>,
}

/// Reads the files and builds the configuration of the listener; returns all
/// faults with their key paths.
pub(crate) fn identity(tls: &Tls) -> Result<Identity, Vec<Fault>> {
    let provider = Arc::new(provider());
    let mut faults = Vec::new();
    let chain = keep(
        &mut faults,
        certificates(&tls.certificate, "server.tls.certificate"),
    );
    let key = keep(&mut faults, private_key(&tls.private_key));
    let verifier = keep(&mut faults, client_verifier(tls, &provider));
    let (Some(chain), Some(key), Some(verifier)) = (chain, key, verifier) else {
        return Err(faults);
    };
    let certificate = Certificate::of(&chain);
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map(|builder| builder.with_client_cert_verifier(verifier))
        .and_then(|builder| builder.with_single_cert(chain, key))
        .map_err(|error| {
            vec![fault(
                "server.tls.private_key",
                error.to_string(),
                "use the key of the certificate",
            )]
        })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // A resumed session saves KMS a round trip of its 250 ms.
    if let Ok(ticketer) = Ticketer::new() {
        config.ticketer = ticketer;
    }
    Ok(Identity {
        config: Arc::new(config),
        certificate,
    })
}

fn client_verifier(
    tls: &Tls,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, Fault> {
    const PATH: &str = "server.tls.client.roots";
    let Some(client) = &tls.client else {
        return Ok(Arc::new(NoClientAuth));
    };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&client.roots, PATH)? {
        roots.add(certificate).map_err(|error| {
            fault(
                PATH,
                format!("a certificate is unusable: {error}"),
                "list root CAs only",
            )
        })?;
    }
    let chain = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(|error| {
            fault(
                PATH,
                error.to_string(),
                "put at least one root CA into the file",
            )
        })?;
    Ok(Arc::new(SubjectCommonName::new(
        chain,
        client.subject_common_names.clone(),
    )))
}

fn certificates(file: &Path, path: &str) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let unreadable = |error: &dyn std::fmt::Display| {
        fault(
            path,
            format!("{}: {error}", file.display()),
            "name a readable PEM file",
        )
    };
    let certificates: Vec<_> = CertificateDer::pem_file_iter(file)
        .map_err(|error| unreadable(&error))?
        .collect::<Result<_, _>>()
        .map_err(|error| unreadable(&error))?;
    if certificates.is_empty() {
        return Err(unreadable(&"no certificate in it"));
    }
    Ok(certificates)
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, Fault> {
    const PATH: &str = "server.tls.private_key";
    let pem = read_private_file(file, PATH, PRIVATE_KEY_BYTES)?;
    PrivateKeyDer::from_pem_slice(&pem).map_err(|error| {
        fault(
            PATH,
            format!("{}: {error}", file.display()),
            "name a PEM file with the certificate's private key",
        )
    })
}

fn fault(path: &str, problem: String, fix: &str) -> Fault {
    Fault {
        path: path.to_owned(),
        problem,
        fix: fix.to_owned(),
    }
}

fn keep<T>(faults: &mut Vec<Fault>, result: Result<T, Fault>) -> Option<T> {
    result.map_err(|fault| faults.push(fault)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xks_014_no_suite_lacks_forward_secrecy_or_256_bit_aead() {
        let names: Vec<_> = provider()
            .cipher_suites
            .iter()
            .map(|suite| format!("{:?}", suite.suite()))
            .collect();
        assert_eq!(
            names,
            [
                "TLS13_AES_256_GCM_SHA384",
                "TLS13_CHACHA20_POLY1305_SHA256",
                "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
            ]
        );
    }
}
