//! TLS: versions, suites, ALPN and, where configured, mutual TLS.

mod client_certificate;

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use claviger_certificates::roots::Roots;
use claviger_certificates::{ExpectedRoots, Facts, MOST_BYTES, PemFile, judge};
use claviger_config::secrets::read_private_file;
use claviger_config::{Tls, access, regular_file};
use claviger_settings::Fault;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{self, Ticketer, cipher_suite};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoClientAuth, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig};

pub(crate) use client_certificate::ClientCertificateRefused;
use client_certificate::SubjectCommonName;

/// The longest file of a private key, which may hold its certificates too, in bytes.
const PRIVATE_KEY_BYTES: usize = 64 << 10;

/// The longest file of roots, in bytes.
const CERTIFICATES: usize = 4 << 20;

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
    /// Of the certificate that it shows.
    pub(crate) certificate: Option<Facts>,
}

/// Reads the files, judges them, and builds the configuration of the listener; returns
/// all faults with their key paths. What can be served, and AWS KMS would refuse or miss,
/// is added to `warnings`.
pub(crate) fn identity(tls: &Tls, warnings: &mut Vec<Fault>) -> Result<Identity, Vec<Fault>> {
    let provider = Arc::new(provider());
    let mut faults = Vec::new();
    let judged = judge_files(tls, warnings);
    let verifier = keep(&mut faults, client_verifier(tls, &provider));
    let (facts, key) = match judged {
        Ok(judged) => judged,
        Err(found) => {
            faults.splice(0..0, found);
            return Err(faults);
        }
    };
    let verifier = verifier.ok_or(faults)?;
    let builder = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(|error| vec![Fault::new("server.tls", error.to_string(), "report it")])?;
    let mut config = builder
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(key)));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // A resumed session saves KMS a round trip of its 250 ms.
    if let Ok(ticketer) = Ticketer::new() {
        config.ticketer = ticketer;
    }
    Ok(Identity {
        config: Arc::new(config),
        certificate: facts,
    })
}

fn judge_files(
    tls: &Tls,
    warnings: &mut Vec<Fault>,
) -> Result<(Option<Facts>, CertifiedKey), Vec<Fault>> {
    const CERTIFICATE: &str = "server.tls.certificate";
    const KEY: &str = "server.tls.private_key";
    let mut faults = Vec::new();
    let certificate = keep(&mut faults, read_public(&tls.certificate, CERTIFICATE));
    let private_key = read_private_file(&tls.private_key, KEY, PRIVATE_KEY_BYTES);
    let private_key = keep(&mut faults, private_key);
    let (Some(certificate), Some(private_key)) = (certificate, private_key) else {
        return Err(faults);
    };
    let shown = [&tls.certificate, &tls.private_key].map(|path| path.display().to_string());
    let [certificate_path, key_path] = &shown;
    let roots = Roots::published();
    let judgement = judge(
        &PemFile {
            bytes: &certificate,
            setting: CERTIFICATE,
            path: certificate_path,
        },
        &PemFile {
            bytes: &private_key,
            setting: KEY,
            path: key_path,
        },
        if tls.private_roots {
            ExpectedRoots::Private
        } else {
            ExpectedRoots::Listed(&roots)
        },
        SystemTime::now(),
    );
    warnings.extend_from_slice(&judgement.warnings);
    Ok((judgement.facts.clone(), judgement.certified_key()?))
}

/// A file that everybody may read.
fn read_public(file: &Path, setting: &str) -> Result<Vec<u8>, Fault> {
    let unreadable = |error: std::io::Error| {
        let problem = format!("cannot read {}: {error}", file.display());
        Fault::new(
            setting,
            problem,
            "correct the path, or give the user that runs claviger access",
        )
    };
    let opened = access::open(file).map_err(unreadable)?;
    if !opened.metadata().map_err(unreadable)?.is_file() {
        return Err(unreadable(std::io::Error::other("not a regular file")));
    }
    let mut bytes = Vec::new();
    // One byte more, so that a longer file is seen to be one.
    let most = u64::try_from(MOST_BYTES)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    opened
        .take(most)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(bytes)
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

/// The certificates of a PEM file, one at least. `setting` is the key path of faults.
pub(crate) fn certificates(
    file: &Path,
    setting: &str,
) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let unreadable = |error: &dyn std::fmt::Display| {
        fault(
            setting,
            format!("{}: {error}", file.display()),
            "name a readable PEM file",
        )
    };
    let text = regular_file::read(file, CERTIFICATES).map_err(|error| unreadable(&error))?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|error| unreadable(&error))?;
    if certificates.is_empty() {
        return Err(unreadable(&"no certificate in it"));
    }
    Ok(certificates)
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
