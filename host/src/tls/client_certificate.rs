//! Mutual TLS: chain to a configured root, and an exact subject common name
//! (XKS-018 to XKS-020).

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, OtherError, SignatureScheme};
use x509_parser::prelude::{AttributeTypeAndValue, FromDer as _, X509Certificate};

/// Accepts a client when `chain` does and its certificate has exactly one
/// subject common name, which is one of the list.
pub(super) struct SubjectCommonName {
    chain: Arc<dyn ClientCertVerifier>,
    accepted: Vec<String>,
}

impl SubjectCommonName {
    pub(super) fn new(chain: Arc<dyn ClientCertVerifier>, accepted: Vec<String>) -> Self {
        Self { chain, accepted }
    }

    fn accepts(&self, certificate: &CertificateDer<'_>) -> bool {
        let Ok((_, certificate)) = X509Certificate::from_der(certificate) else {
            return false;
        };
        let mut names = certificate.subject().iter_common_name();
        match (
            names.next().map(AttributeTypeAndValue::as_str),
            names.next(),
        ) {
            (Some(Ok(name)), None) => self.accepted.iter().any(|accepted| accepted == name),
            _ => false,
        }
    }
}

/// Ends the handshake with the alert `handshake_failure`, whatever is wrong with
/// the certificate: the client is not told, and AWS's test client looks for this
/// alert (XKS-021).
fn refused(reason: &dyn fmt::Display) -> Error {
    let refused = ClientCertificateRefused(reason.to_string());
    Error::Other(OtherError(Arc::new(refused)))
}

/// Why a client's certificate is refused.
#[derive(Debug, thiserror::Error)]
#[error("the client certificate is refused: {0}")]
pub(crate) struct ClientCertificateRefused(String);

const OTHER_SUBJECT: &str = "its subject common name is not one of the accepted ones";

impl fmt::Debug for SubjectCommonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubjectCommonName")
            .field("accepted", &self.accepted)
            .finish_non_exhaustive()
    }
}

impl ClientCertVerifier for SubjectCommonName {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.chain.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = self
            .chain
            .verify_client_cert(end_entity, intermediates, now)
            .map_err(|error| refused(&error))?;
        if self.accepts(end_entity) {
            Ok(verified)
        } else {
            Err(refused(&OTHER_SUBJECT))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}
