//! The listener: connections within bounds, and an orderly end.

mod heads;
mod tls;

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, warn};

use self::heads::{Heads, Watched};
use crate::front::Front;

pub use tls::{TlsFault, acceptor};

/// Connections at once; further ones wait to be accepted.
const CONNECTIONS: usize = 512;
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// All header fields together, in bytes.
const HEADER_BYTES: usize = 32 << 10;
/// How long requests have to end after the order to stop.
const GRACE: Duration = Duration::from_secs(5);
/// After an error of `accept`, trying at once would only spin.
const PAUSE: Duration = Duration::from_millis(50);

/// A bound listener.
pub struct Server {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    front: Arc<Front>,
}

impl Server {
    /// Serves `front` on a listener, over TLS where there is an acceptor.
    pub fn new(listener: TcpListener, tls: Option<TlsAcceptor>, front: Arc<Front>) -> Self {
        Self {
            listener,
            tls,
            front,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` completes, and then lets requests under way end.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let seats = Arc::new(Semaphore::new(CONNECTIONS));
        let (stopping, stopped) = watch::channel(false);
        let mut connections = JoinSet::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let accept = async {
                let seat = Arc::clone(&seats).acquire_owned().await;
                (self.listener.accept().await, seat)
            };
            tokio::select! {
                () = &mut stop => break,
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                (accepted, seat) = accept => match (accepted, seat) {
                    (Ok((stream, peer)), Ok(seat)) => {
                        let (tls, front) = (self.tls.clone(), Arc::clone(&self.front));
                        let stopped = stopped.clone();
                        connections.spawn(serve(stream, peer, seat, tls, front, stopped));
                    }
                    (Err(error), _) => {
                        warn!(%error, "cannot accept connections");
                        tokio::time::sleep(PAUSE).await;
                    }
                    // The semaphore is never closed.
                    (_, Err(_)) => break,
                },
            }
        }
        drop(self.listener);
        // Whoever waits for it has gone, or sees it.
        let _ = stopping.send(true);
        let all = async { while connections.join_next().await.is_some() {} };
        let _ = timeout(GRACE, all).await;
    }
}

async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    seat: OwnedSemaphorePermit,
    tls: Option<TlsAcceptor>,
    front: Arc<Front>,
    stopped: watch::Receiver<bool>,
) {
    let _seat = seat;
    let _ = stream.set_nodelay(true);
    let served = match tls {
        None => serve_http(stream, front, stopped).await,
        Some(tls) => match timeout(HANDSHAKE, tls.accept(stream)).await {
            Ok(Ok(stream)) => serve_http(stream, front, stopped).await,
            Ok(Err(error)) => {
                debug!(%peer, %error, "no TLS");
                return;
            }
            Err(_) => return,
        },
    };
    if let Err(error) = served {
        debug!(%peer, %error, "connection ended");
    }
}

async fn serve_http(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send,
    front: Arc<Front>,
    mut stopped: watch::Receiver<bool>,
) -> hyper::Result<()> {
    let heads = Heads::new();
    let of_requests = heads.clone();
    let service = service_fn(move |request| {
        let (front, heads) = (Arc::clone(&front), of_requests.clone());
        heads.request();
        async move {
            let answer = front.answer(request).await;
            heads.answered();
            Ok::<_, Infallible>(answer)
        }
    });
    let stream = Watched {
        stream,
        heads: heads.clone(),
    };
    let mut builder = http1::Builder::new();
    builder
        // Heads are waited for here.
        .header_read_timeout(None)
        .max_header_size(HEADER_BYTES)
        .half_close(false);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut timer = std::pin::pin!(sleep_until(Instant::now()));
    // The deadline is another one whenever something was read or answered, which happens
    // while the connection is polled.
    let in_time = poll_fn(|context| {
        if let Poll::Ready(served) = connection.as_mut().poll(context) {
            return Poll::Ready(served);
        }
        let Some(deadline) = heads.deadline() else {
            return Poll::Pending;
        };
        if timer.deadline() != deadline {
            timer.as_mut().reset(deadline);
        }
        timer.as_mut().poll(context).map(Ok)
    });
    tokio::select! {
        served = in_time => return served,
        // The sender lives until all connections have ended.
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
    connection.as_mut().graceful_shutdown();
    connection.await
}
