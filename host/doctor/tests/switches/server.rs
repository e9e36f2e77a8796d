//! Where the test proxy listens, and its TLS.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::crypto::aws_lc_rs::{cipher_suite, default_provider, kx_group};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

use crate::pki::Pki;
use crate::service::{Connection, Service};
use crate::switch::Switch;

/// Listens until dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    accepting: AbortHandle,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

pub(crate) async fn serve(switch: Option<Switch>, pki: &Pki) -> Server {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config(switch, pki)));
    let service = Arc::new(Service::new(switch));
    let connections = AtomicUsize::new(0);
    let closed = switch == Some(Switch::PortClosed);
    let accepting = tokio::spawn(async move {
        if closed {
            return;
        }
        let mut hung = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            let number = connections.fetch_add(1, Ordering::SeqCst);
            let connection = Arc::new(Connection::new(Arc::clone(&service), number));
            if switch == Some(Switch::Hung) {
                // Open, and never answered.
                hung.push(stream);
                continue;
            }
            let plain = switch == Some(Switch::PlainHttp);
            tokio::spawn(connect(stream, acceptor.clone(), connection, plain));
        }
    });
    let accepting = if closed {
        // The listener is gone before anybody connects.
        let handle = accepting.abort_handle();
        accepting.await.unwrap();
        handle
    } else {
        accepting.abort_handle()
    };
    Server { address, accepting }
}

async fn connect(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    connection: Arc<Connection>,
    plain: bool,
) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let connection = Arc::clone(&connection);
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let request = hyper::Request::from_parts(head, body);
            Ok::<_, hyper::Error>(connection.answer(&request).await)
        }
    });
    // A client that goes away is no fault.
    let _ = if plain {
        http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await
    } else {
        let Ok(stream) = acceptor.accept(stream).await else {
            return;
        };
        http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await
    };
}

fn config(switch: Option<Switch>, pki: &Pki) -> ServerConfig {
    let mut provider = default_provider();
    provider.cipher_suites = vec![
        cipher_suite::TLS13_AES_256_GCM_SHA384,
        cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    ];
    let mut versions = vec![&TLS13, &TLS12];
    match switch {
        Some(Switch::OnlyWeakSuite) => {
            provider.cipher_suites = vec![cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256];
            versions = vec![&TLS12];
        }
        Some(Switch::ClientCertificateDemandedInTls12) => versions = vec![&TLS12],
        Some(Switch::OnlyHybridGroups) => {
            provider.kx_groups = vec![kx_group::X25519MLKEM768];
            versions = vec![&TLS13];
        }
        _ => {}
    }
    let provider = Arc::new(provider);
    let demanded = matches!(
        switch,
        Some(Switch::ClientCertificateDemanded | Switch::ClientCertificateDemandedInTls12)
    );
    let mut roots = RootCertStore::empty();
    roots.add(pki.root.clone()).unwrap();
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    // Without a fault a client certificate is asked for, and optional.
    let verifier = if demanded {
        verifier.build()
    } else {
        verifier.allow_unauthenticated().build()
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions)
        .unwrap()
        .with_client_cert_verifier(verifier.unwrap())
        .with_single_cert(pki.chain.clone(), pki.key.clone_key())
        .unwrap();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}
