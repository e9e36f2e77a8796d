//! TLS clients that offer exactly what a test wants offered.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{CipherSuite, ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::certificates::Identity;
use super::process::LIMIT;

/// How to connect; each method narrows or adds.
pub(crate) struct TlsClient {
    roots: RootCertStore,
    provider: CryptoProvider,
    versions: Vec<&'static SupportedProtocolVersion>,
    alpn: Vec<Vec<u8>>,
    identity: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
}

impl TlsClient {
    /// Trusts the certificates of a PEM file; offers all versions and suites that
    /// rustls has, and no application protocol.
    pub(crate) fn trusting(roots: &str) -> Self {
        let mut store = RootCertStore::empty();
        for certificate in certificates(roots) {
            store.add(certificate).expect("a root certificate");
        }
        Self {
            roots: store,
            provider: aws_lc_rs::default_provider(),
            versions: rustls::ALL_VERSIONS.to_vec(),
            alpn: Vec::new(),
            identity: None,
        }
    }

    pub(crate) fn version(mut self, version: &'static SupportedProtocolVersion) -> Self {
        self.versions = vec![version];
        self
    }

    pub(crate) fn suites(mut self, suites: &[CipherSuite]) -> Self {
        let offered = &mut self.provider.cipher_suites;
        offered.retain(|suite| suites.contains(&suite.suite()));
        assert_eq!(offered.len(), suites.len(), "rustls has these suites");
        self
    }

    pub(crate) fn alpn(mut self, protocols: &[&str]) -> Self {
        self.alpn = protocols
            .iter()
            .map(|protocol| protocol.as_bytes().to_vec())
            .collect();
        self
    }

    /// Shows this certificate when the server asks for one.
    pub(crate) fn identity(mut self, identity: &Identity) -> Self {
        let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).expect("a private key");
        self.identity = Some((certificates(&identity.chain).collect(), key));
        self
    }

    /// Connects, as to `localhost`. An alert of the server is an error: with TLS
    /// 1.3 the one about the client's certificate comes with the first read, so
    /// that is what [`TlsClient::refusal`] looks at.
    pub(crate) async fn connect(self, address: SocketAddr) -> io::Result<TlsStream<TcpStream>> {
        self.connect_over(TcpStream::connect(address).await?).await
    }

    /// The same over a TCP connection that is there.
    pub(crate) async fn connect_over(self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let builder = ClientConfig::builder_with_provider(Arc::new(self.provider))
            .with_protocol_versions(&self.versions)
            .expect("versions and suites fit")
            .with_root_certificates(self.roots);
        let mut config = match self.identity {
            Some((chain, key)) => builder
                .with_client_auth_cert(chain, key)
                .expect("the key belongs to the certificate"),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = self.alpn;
        let name = "localhost".try_into().expect("a DNS name");
        let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream);
        timeout(LIMIT, handshake)
            .await
            .expect("a handshake in time")
    }

    /// The error with which the server ends the handshake, or the first read
    /// after it; panics when it serves.
    pub(crate) async fn refusal(self, address: SocketAddr) -> io::Error {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let mut stream = match self.connect(address).await {
            Ok(stream) => stream,
            Err(error) => return error,
        };
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let mut answer = [0; 64];
        match timeout(LIMIT, stream.read(&mut answer)).await {
            Ok(Err(error)) => error,
            Ok(Ok(count)) => panic!("the server answers {count} bytes"),
            Err(elapsed) => panic!("the server says nothing: {elapsed}"),
        }
    }
}

fn certificates(pem: &str) -> impl Iterator<Item = CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .map(|certificate| certificate.expect("a certificate"))
        .collect::<Vec<_>>()
        .into_iter()
}
