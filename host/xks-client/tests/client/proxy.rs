//! A proxy in this process: hyper on rustls, with what it answers given as a
//! function.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use claviger_xks_client::client::{Limits, XksClient};
use claviger_xks_client::resolve::{Override, Resolve};
use claviger_xks_client::target::Target;
use claviger_xks_client::trust::Trust;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

pub(crate) const HOST: &str = "xks.example.com";

/// A request with its whole body.
pub(crate) type Whole = Request<Bytes>;

/// None keeps the client waiting for ever.
pub(crate) type Answer = Option<Response<Full<Bytes>>>;

pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    pub(crate) ca: CertificateDer<'static>,
    pub(crate) connections: Arc<AtomicUsize>,
    pub(crate) requests: Arc<Mutex<Vec<Whole>>>,
}

impl Proxy {
    /// Serves HTTP over TLS; connections are closed after `per_connection`
    /// requests.
    pub(crate) async fn serve(
        per_connection: usize,
        answer: impl Fn(&Whole) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let answer = Arc::new(answer);
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let mut proxy = Self::accept(move |acceptor, stream| {
            let (answer, seen) = (Arc::clone(&answer), Arc::clone(&seen));
            async move {
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                let count = AtomicUsize::new(0);
                let service = service_fn(|request: Request<hyper::body::Incoming>| {
                    let (answer, seen) = (Arc::clone(&answer), Arc::clone(&seen));
                    let last = count.fetch_add(1, Ordering::SeqCst) + 1 == per_connection;
                    async move {
                        let (head, body) = request.into_parts();
                        let body = body.collect().await?.to_bytes();
                        let whole = Request::from_parts(head, body);
                        let given = answer(&whole);
                        seen.lock().unwrap().push(whole);
                        let mut given = match given {
                            Some(given) => given,
                            None => std::future::pending().await,
                        };
                        if last {
                            given
                                .headers_mut()
                                .insert("connection", "close".parse().unwrap());
                        }
                        Ok::<_, hyper::Error>(given)
                    }
                });
                let _ = http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            }
        })
        .await;
        proxy.requests = requests;
        proxy
    }

    /// Hands every TCP connection to `serve`.
    pub(crate) async fn accept<F>(
        serve: impl Fn(TlsAcceptor, TcpStream) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (ca, acceptor) = tls();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(acceptor.clone(), stream));
            }
        });
        Self {
            address,
            ca,
            connections,
            requests: Arc::default(),
        }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> Vec<Whole> {
        self.requests.lock().unwrap().clone()
    }

    /// Trusts the proxy's CA.
    pub(crate) fn client(&self, limits: Limits) -> XksClient {
        self.client_of(
            target(HOST),
            Trust::roots([self.ca.clone()]).unwrap(),
            limits,
        )
    }

    pub(crate) fn client_of(&self, target: Target, trust: Trust, limits: Limits) -> XksClient {
        let resolve = Resolve::new([Override {
            host: target.endpoint.host().to_owned(),
            address: self.address,
        }]);
        XksClient::new(target, resolve, trust, limits)
    }
}

pub(crate) fn target(host: &str) -> Target {
    Target {
        endpoint: format!("https://{host}").parse().unwrap(),
        uri_path: "/test/kms/xks/v1".parse().unwrap(),
        credential: claviger_xks::credential::Credential {
            access_key_id: "AKIAI2SFODNN7EXAMPLE".parse().unwrap(),
            secret_access_key: "FYtE5EFA5FT0mCc3DrGUe2sti527BitkQ0Zr9MO9fvE"
                .parse()
                .unwrap(),
        },
        region: "eu-central-1".parse().unwrap(),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "what a proxy's function gives")]
pub(crate) fn json(status: u16, body: impl Into<Bytes>) -> Answer {
    let response = Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Full::new(body.into()));
    Some(response.unwrap())
}

/// A CA and a server certificate of it.
fn tls() -> (CertificateDer<'static>, TlsAcceptor) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![HOST.to_owned()])
        .unwrap()
        .signed_by(&key, &ca)
        .unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_no_client_auth()
    .with_single_cert(
        vec![certificate.der().clone()],
        PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
    )
    .unwrap();
    (ca.der().clone(), TlsAcceptor::from(Arc::new(config)))
}
