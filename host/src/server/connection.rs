//! One connection: TLS handshake, then requests over HTTP/1.1 or HTTP/2, each
//! step within a time limit (XKS-137).

mod arrival;
mod time_limits;

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tracing::debug;

use super::phase::Phase;
use super::seats::Seat;
use super::wire::{Reading, Wire};
use crate::front::client::Client;
use crate::front::xks::Answer;

pub(super) use arrival::Arrivals;

/// How long a connection that is to end may take to finish its requests.
const FINISH: Duration = Duration::from_secs(5);
/// The same where no request has authenticated.
const FINISH_OF_A_STRANGER: Duration = Duration::from_secs(1);
/// How long the host reads and throws away what a client still sends, before it
/// closes the connection.
const LINGER: Duration = Duration::from_secs(1);
/// How much of it is thrown away.
const LINGER_BYTES: usize = 4 << 20;
/// All header fields together, in bytes. hyper refuses more than 100 of them, and
/// KMS sends about six.
const HEADER_BYTES: u32 = 16 << 10;
/// Requests of one HTTP/2 connection that are served at once. How many of them may
/// lack a body before one has authenticated is bounded by `front::awaited_bodies`.
const STREAMS: u32 = 256;

/// An answer in the making.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

/// Serves a connection until either side closes it or the host drains. As a lame duck
/// the host asks clients to go: over HTTP/2 here, over HTTP/1.1 with the next answer.
pub(super) async fn serve<S>(
    stream: TcpStream,
    peer: SocketAddr,
    mut seat: Seat,
    tls: TlsAcceptor,
    arrivals: Arc<Arrivals>,
    mut phase: watch::Receiver<Phase>,
    answer: S,
) where
    S: Fn(Request<Incoming>, Arc<Client>) -> Answering + Send + Unpin + 'static,
{
    // Answers are one segment; waiting for another would cost 40 ms.
    let _ = stream.set_nodelay(true);
    let arriving = arrivals.handshake(stream, peer, &mut seat, tls);
    let Some(tls) = arriving.await else {
        return;
    };
    let client = seat.client();
    let (wire, session) = tls.get_ref();
    let (http2, reading) = (session.alpn_protocol() == Some(b"h2"), wire.reading());
    reading.done();
    let service = service_fn({
        let (client, reading) = (Arc::clone(client), Arc::clone(&reading));
        move |request| {
            reading.done();
            answer(request, Arc::clone(&client))
        }
    });
    let served = if http2 {
        let mut connection = pin!(http2_builder().serve_connection(TokioIo::new(tls), service));
        tokio::select! {
            biased;
            served = connection.as_mut() => served,
            // Frames come between requests, too.
            () = ended(&mut phase, Phase::LameDuck, client, None) => {
                connection.as_mut().graceful_shutdown();
                timeout(finish(client), connection).await.unwrap_or(Ok(()))
            }
        }
    } else {
        let mut connection = http1_builder().serve_connection(TokioIo::new(tls), service);
        let served = tokio::select! {
            biased;
            served = poll_fn(|context| connection.poll_without_shutdown(context)) => served,
            () = ended(&mut phase, Phase::Draining, client, Some(&*reading)) => {
                Pin::new(&mut connection).graceful_shutdown();
                let rest = poll_fn(|context| connection.poll_without_shutdown(context));
                timeout(finish(client), rest).await.unwrap_or(Ok(()))
            }
        };
        close(connection.into_parts().io.into_inner()).await;
        served
    };
    if let Err(error) = served {
        debug!(peer = client.address(), %error, "connection ended");
    }
}

fn http1_builder() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        // See `time_limits`: hyper's own limit costs a timer per request.
        .header_read_timeout(None)
        .max_header_size(HEADER_BYTES as usize)
        .half_close(false);
    builder
}

fn http2_builder() -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEADER_BYTES)
        // Notices a peer that has gone without closing the connection.
        .keep_alive_interval(time_limits::IDLE)
        .keep_alive_timeout(arrival::HANDSHAKE);
    builder
}

/// Ends the TLS session properly, then the connection.
async fn close(mut tls: TlsStream<Wire>) {
    if let Ok(Ok(())) = timeout(LINGER, tls.shutdown()).await {
        linger(tls.into_inner().0.into_inner()).await;
    }
}

/// Closes so that the client can still read the last answer or TLS alert. Closing a
/// socket while the client still sends (a body beyond the cap, a request after a
/// certificate that is refused) would reset the connection, and the client would
/// not read them.
async fn linger(mut stream: TcpStream) {
    let close = async {
        stream.shutdown().await?;
        let mut thrown_away = 0;
        let mut buffer = [0; 4096];
        while thrown_away < LINGER_BYTES {
            match stream.read(&mut buffer).await? {
                0 => break,
                count => thrown_away += count,
            }
        }
        Ok::<_, std::io::Error>(())
    };
    let _ = timeout(LINGER, close).await;
}

/// How long what is under way may take when the connection is to end. Whoever sends
/// only half of a request could keep it open otherwise.
fn finish(client: &Client) -> Duration {
    if client.has_authenticated() {
        FINISH
    } else {
        FINISH_OF_A_STRANGER
    }
}

/// Waits until the host comes to this phase, or the connection's time is over, or a
/// stranger has had as many answers as strangers have. A
/// connection that was opened in that phase already ends with the next one: its client
/// has been sent by a load balancer that has not noticed.
async fn ended(
    phase: &mut watch::Receiver<Phase>,
    last: Phase,
    client: &Client,
    reading: Option<&Reading>,
) {
    let last = last.max(phase.borrow().next());
    tokio::select! {
        biased;
        // The sender lives as long as the host.
        _ = phase.wait_for(|phase| *phase >= last) => {}
        () = time_limits::over(client, reading) => {}
        () = client.had_enough() => {}
    }
}
