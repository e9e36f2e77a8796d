//! Servers that answer as their path says.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::harness::certificates::Authority;

/// HTTP, as far as these tests need it.
pub(crate) struct Http {
    pub(crate) address: SocketAddr,
    /// Requests that have come.
    pub(crate) requests: Arc<AtomicUsize>,
    /// The head of each.
    pub(crate) heads: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
    /// Those that serve its connections.
    connections: Arc<Mutex<JoinSet<()>>>,
}

impl Http {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::<AtomicUsize>::default();
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let seen = (Arc::clone(&requests), Arc::clone(&heads));
        let connections = Arc::new(Mutex::new(JoinSet::new()));
        let served = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (requests, heads) = seen.clone();
                // An error is the other side's end.
                let serving = async move { drop(serve(stream, &requests, &heads).await) };
                served.lock().unwrap().spawn(serving);
            }
        });
        Self {
            address,
            requests,
            heads,
            task,
            connections,
        }
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        self.task.abort();
        self.connections.lock().unwrap().abort_all();
    }
}

async fn serve(
    mut stream: TcpStream,
    requests: &AtomicUsize,
    heads: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await?);
        }
        requests.fetch_add(1, Ordering::Relaxed);
        let head = String::from_utf8_lossy(&head).into_owned();
        heads.lock().unwrap().push(head.clone());
        let mut lines = head.lines();
        let length = lines.find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        stream.read_exact(&mut body).await?;
        let path = head.split(' ').nth(1).unwrap_or_default();
        answer(&mut stream, path, &head, body.len()).await?;
    }
}

async fn answer(
    stream: &mut TcpStream,
    path: &str,
    head: &str,
    length: usize,
) -> std::io::Result<()> {
    let ended = || Err(std::io::ErrorKind::ConnectionAborted.into());
    let body = |status: &str, headers: &str, body: &str| {
        let length = body.len();
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n{body}")
    };
    let text = match path {
        "/ok" | "/ok/" => body("200 OK", "", "ok"),
        // How long the body was that it was sent.
        "/counts" => body("200 OK", "", &length.to_string()),
        // What it was sent.
        "/shows" => body("200 OK", "", head),
        "/operator" => {
            let value = head
                .lines()
                .find_map(|line| line.strip_prefix("x-secret: "));
            body(
                "200 OK",
                &format!("x-echo: {}\r\n", value.unwrap_or_default()),
                "",
            )
        }
        // What a directory of keys says.
        "/keys/first" => body("200 OK", "", "{\"key\":\"demo\"}"),
        "/keys/missing" => body("404 Not Found", "", ""),
        "/wrong/redirect" | "/keys/moved" => body(
            "302 Found",
            "location: http://169.254.169.254/latest\r\n",
            "",
        ),
        "/wrong/packed" => {
            // A gigabyte of zeros would be unpacked from less.
            body(
                "200 OK",
                "content-encoding: gzip\r\n",
                "\u{1f}\u{8b} not unpacked",
            )
        }
        "/wrong/nothing" => return ended(),
        "/wrong/garbage" => "\0\0\0 this is not HTTP\r\n\r\n".to_owned(),
        "/wrong/half" => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
                .await?;
            return ended();
        }
        "/wrong/says-huge" => "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n".to_owned(),
        "/wrong/endless-body" => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
                .await?;
            loop {
                stream
                    .write_all(format!("1000\r\n{}\r\n", "x".repeat(0x1000)).as_bytes())
                    .await?;
            }
        }
        "/wrong/endless-head" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
            loop {
                stream
                    .write_all(format!("x-a: {}\r\n", "x".repeat(1000)).as_bytes())
                    .await?;
            }
        }
        "/wrong/drips" => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
                .await?;
            loop {
                stream.write_all(b"x").await?;
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
        "/wrong/early-hints" => {
            let hints = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(3);
            format!("{hints}{}", body("200 OK", "", "ok"))
        }
        "/wrong/two-answers" => {
            let one = body("200 OK", "", "ok");
            format!("{one}{}", body("500 Oh", "", "for the next"))
        }
        "/wrong/unavailable" => body("503 Unavailable", "", ""),
        "/wrong/fails" => body("500 Internal Server Error", "", ""),
        "/wrong/lacks" => body("501 Not Implemented", "", ""),
        "/wrong/late" => {
            tokio::time::sleep(std::time::Duration::from_millis(150)).await;
            body("200 OK", "", "ok")
        }
        // It never answers.
        _ => {
            std::future::pending::<()>().await;
            String::new()
        }
    };
    stream.write_all(text.as_bytes()).await
}

/// A server that says `pong` to `ping` over TLS.
pub(super) struct Raw {
    pub(super) address: SocketAddr,
    pub(super) ca: String,
    /// Connections that are open.
    pub(super) open: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Raw {
    pub(super) async fn start() -> Self {
        let authority = Authority::new("raw");
        let identity = authority.server(&rcgen::PKCS_ECDSA_P256_SHA256);
        let chain: Result<Vec<_>, _> =
            CertificateDer::pem_slice_iter(identity.chain.as_bytes()).collect();
        let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain.unwrap(), key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let open = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&open);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, counted) = (acceptor.clone(), Arc::clone(&counted));
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    counted.fetch_add(1, Ordering::Relaxed);
                    let mut ping = [0; 4];
                    while stream.read_exact(&mut ping).await.is_ok() {
                        if stream.write_all(b"pong").await.is_err() {
                            break;
                        }
                    }
                    counted.fetch_sub(1, Ordering::Relaxed);
                });
            }
        });
        Self {
            address,
            ca: authority.pem(),
            open,
            task,
        }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.task.abort();
    }
}
