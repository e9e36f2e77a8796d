//! The attacks, each as many connections that come again when they are cut off.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::body::{Body, Bytes, Frame};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::harness::KeyStore;

use super::origin::Origin;

/// Before a connection that was cut off comes again, and before another stream is
/// opened: the attackers share the machine with what they attack.
const AGAIN: Duration = Duration::from_millis(500);

/// Attackers at work; dropping them stops them.
pub(super) struct Attack {
    _tasks: JoinSet<()>,
    rounds: Arc<AtomicUsize>,
}

impl Attack {
    /// So many tasks that each do this again and again.
    pub(super) fn of<F: Future<Output = ()> + Send + 'static>(
        count: usize,
        round: impl Fn() -> F + Clone + Send + Sync + 'static,
    ) -> Self {
        let rounds = Arc::<AtomicUsize>::default();
        let mut tasks = JoinSet::new();
        for _ in 0..count {
            let (round, rounds) = (round.clone(), Arc::clone(&rounds));
            tasks.spawn(async move {
                loop {
                    round().await;
                    rounds.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(AGAIN).await;
                }
            });
        }
        Self {
            _tasks: tasks,
            rounds,
        }
    }

    /// How often an attacker has been cut off or answered.
    pub(super) fn rounds(&self) -> usize {
        self.rounds.load(Ordering::Relaxed)
    }

    /// FLT-20: on each connection so many requests without their bodies.
    pub(super) fn heads_without_bodies(
        origin: &Origin,
        store: &KeyStore,
        connections: usize,
        streams: usize,
    ) -> Self {
        let uri = format!(
            "https://{}{}/keys/demo/encrypt",
            store.authority, store.uri_path
        );
        let origin = origin.clone();
        Self::of(connections, move || {
            let (origin, uri) = (origin.clone(), uri.clone());
            async move {
                let Ok(tcp) = origin.tcp().await else { return };
                let tls = origin.tls().alpn(&["h2"]).connect_over(tcp).await;
                let Ok(stream) = tls else { return };
                let stream = TokioIo::new(stream);
                let handshake = http2::handshake(TokioExecutor::new(), stream).await;
                let Ok((sender, connection)) = handshake else {
                    return;
                };
                let mut sending = JoinSet::new();
                for _ in 0..streams {
                    let (mut sender, uri) = (sender.clone(), uri.clone());
                    sending.spawn(async move {
                        while sender.send_request(head(&uri, 2048)).await.is_ok() {
                            tokio::time::sleep(AGAIN).await;
                        }
                    });
                }
                // Until the server ends it.
                let _ = connection.await;
            }
        })
    }

    /// The time until the first of so many heads without bodies is answered.
    pub(super) async fn first_answer(
        origin: &Origin,
        uri: &str,
        length: usize,
        streams: usize,
    ) -> Duration {
        let tls = origin.tls().alpn(&["h2"]);
        let stream = tls.connect_over(origin.tcp().await.unwrap()).await.unwrap();
        let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
        let (sender, connection) = handshake.unwrap();
        let mut tasks = JoinSet::new();
        let start = Instant::now();
        for _ in 0..streams {
            let (mut sender, head) = (sender.clone(), head(uri, length));
            tasks.spawn(async move { drop(sender.send_request(head).await) });
        }
        tokio::select! {
            _ = connection => panic!("the connection ended"),
            _ = tasks.join_next() => start.elapsed(),
        }
    }

    /// FLT-21: TLS connections on which nothing follows the handshake.
    pub(super) fn idle_tls(origin: &Origin, connections: usize) -> Self {
        let origin = origin.clone();
        Self::of(connections, move || {
            let origin = origin.clone();
            async move {
                let Ok(tcp) = origin.tcp().await else { return };
                if let Ok(mut stream) = origin.tls().connect_over(tcp).await {
                    let _ = stream.read(&mut [0; 64]).await;
                }
            }
        })
    }

    /// FLT-22: half of a request's head.
    pub(super) fn half_heads(origin: &Origin, connections: usize) -> Self {
        let origin = origin.clone();
        Self::of(connections, move || {
            let origin = origin.clone();
            async move {
                let Ok(tcp) = origin.tcp().await else { return };
                if let Ok(mut stream) = origin.tls().connect_over(tcp).await {
                    let _ = stream.write_all(b"POST /demo/kms/xks/v1/h").await;
                    let _ = stream.read(&mut [0; 64]).await;
                }
            }
        })
    }

    /// FLT-22: half of a TLS handshake.
    pub(super) fn half_handshakes(origin: &Origin, connections: usize) -> Self {
        let origin = origin.clone();
        Self::of(connections, move || {
            let origin = origin.clone();
            async move {
                let Ok(mut tcp) = origin.tcp().await else {
                    return;
                };
                let _ = tcp.write_all(b"\x16\x03\x01\x02\x00\x01").await;
                let _ = tcp.read(&mut [0; 64]).await;
            }
        })
    }

    /// FLT-22: connections to the probe port on which nothing is asked.
    pub(super) fn idle_probes(address: SocketAddr, connections: usize) -> Self {
        Self::of(connections, move || async move {
            if let Ok(mut tcp) = TcpStream::connect(address).await {
                let _ = tcp.read(&mut [0; 64]).await;
            }
        })
    }
}

/// The head of a request that nobody has signed.
fn head(uri: &str, length: usize) -> hyper::Request<NeverComes> {
    let builder = hyper::Request::post(uri).header("content-length", length);
    builder.body(NeverComes).expect("a request")
}

/// A body that is announced and does not come.
struct NeverComes;

impl Body for NeverComes {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}
