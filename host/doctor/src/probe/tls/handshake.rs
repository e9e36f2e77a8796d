//! A TLS handshake that accepts every certificate and writes down what it saw.
//!
//! It is for looking at a server. What is sent over such a connection is signed
//! requests with made-up plaintexts, which tell nothing to whoever receives them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use claviger_xks_client::trust::kms_provider;
use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, SupportedKxGroup, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{
    CipherSuite, ClientConfig, DigitallySignedStruct, NamedGroup, SignatureScheme,
    SupportedProtocolVersion,
};

/// What a handshake showed, even one that failed in the end.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    chain: Mutex<Vec<CertificateDer<'static>>>,
    client_certificate_asked: AtomicBool,
}

impl Witness {
    /// The certificates as the server sent them; none before a server has chosen a
    /// version and a suite.
    pub(crate) fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.chain
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether a server asked for a client certificate.
    pub(crate) fn client_certificate_asked(&self) -> bool {
        self.client_certificate_asked.load(Ordering::Relaxed)
    }
}

/// What a handshake offers.
#[derive(Debug, Default)]
pub(crate) struct Offer {
    /// All versions and suites of AWS KMS unless given.
    pub(crate) only: Option<(&'static SupportedProtocolVersion, CipherSuite)>,
    /// The groups of the library unless given.
    pub(crate) groups: Option<Vec<&'static dyn SupportedKxGroup>>,
}

/// A configuration that tells `witness`.
pub(crate) fn config(
    offer: &Offer,
    witness: &Arc<Witness>,
) -> Result<Arc<ClientConfig>, rustls::Error> {
    let mut provider = CryptoProvider::clone(&kms_provider());
    let mut versions = vec![&rustls::version::TLS13, &rustls::version::TLS12];
    if let Some((version, suite)) = offer.only {
        provider.cipher_suites.retain(|one| one.suite() == suite);
        versions = vec![version];
    }
    if let Some(groups) = &offer.groups {
        provider.kx_groups.clone_from(groups);
    }
    let provider = Arc::new(provider);
    let verifier = Arc::new(Verifier {
        witness: Arc::clone(witness),
        provider: Arc::clone(&provider),
    });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_client_cert_resolver(Arc::new(NoCertificate(Arc::clone(witness))));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Each handshake is to be a full one.
    config.resumption = rustls::client::Resumption::disabled();
    Ok(Arc::new(config))
}

/// The group that post-quantum handshakes use.
pub(crate) const HYBRID: NamedGroup = NamedGroup::X25519MLKEM768;

#[derive(Debug)]
struct Verifier {
    witness: Arc<Witness>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let sent = std::iter::once(end_entity).chain(intermediates);
        *self
            .witness
            .chain
            .lock()
            .unwrap_or_else(PoisonError::into_inner) =
            sent.map(|one| one.clone().into_owned()).collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[derive(Debug)]
struct NoCertificate(Arc<Witness>);

impl ResolvesClientCert for NoCertificate {
    fn resolve(
        &self,
        _root_hint_subjects: &[&[u8]],
        _schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.0
            .client_certificate_asked
            .store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}
