//! One connection to a proxy: address, TCP, TLS, HTTP/1.1, and how long each
//! took.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::resolve::{Resolve, ResolveFault};
use crate::signing::SigningFault;
use crate::trust::Trust;

/// The longest head of an answer that is read, in bytes; hyper asks for 8 KiB at
/// least.
const MAX_HEAD_BYTES: usize = 32 << 10;

/// How connections to one endpoint are made.
#[derive(Debug, Clone)]
pub struct Connector {
    host: Arc<str>,
    resolve: Resolve,
    trust: Trust,
}

impl Connector {
    /// Connects to `host`, which is also the server name of TLS.
    pub fn new(host: &str, resolve: Resolve, trust: Trust) -> Self {
        Self {
            host: host.into(),
            resolve,
            trust,
        }
    }

    /// Opens a connection and speaks TLS on it, and nothing more. The addresses
    /// of the host are tried in turn until one takes the connection.
    pub async fn connect_tls(
        &self,
        deadline: Instant,
    ) -> Result<(TlsStream<TcpStream>, ConnectTimes), TransportFault> {
        let start = Instant::now();
        let addresses = timeout_at(deadline, self.resolve.addresses(&self.host))
            .await
            .map_err(|_| TransportFault::TimedOut(Stage::Resolve))??;
        let resolved = Instant::now();

        let mut fault = TransportFault::Resolve(ResolveFault::NoAddress);
        let mut connected = None;
        for address in addresses {
            match timeout_at(deadline, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    connected = Some(stream);
                    break;
                }
                Ok(Err(error)) => fault = TransportFault::Connect(error.kind()),
                Err(_) => {
                    fault = TransportFault::TimedOut(Stage::Connect);
                    break;
                }
            }
        }
        let stream = connected.ok_or(fault)?;
        // Without it, a request whose head and body are written apart waits for
        // an acknowledgement.
        stream
            .set_nodelay(true)
            .map_err(|error| TransportFault::Connect(error.kind()))?;
        let connected = Instant::now();

        let name =
            ServerName::try_from(self.host.to_string()).map_err(|_| TransportFault::ServerName)?;
        let connector = TlsConnector::from(self.trust.client_config());
        let stream = timeout_at(deadline, connector.connect(name, stream))
            .await
            .map_err(|_| TransportFault::TimedOut(Stage::Tls))?
            .map_err(|error| TransportFault::Tls(TlsFault::of(&error)))?;
        let times = ConnectTimes {
            resolve: resolved - start,
            tcp: connected - resolved,
            tls: connected.elapsed(),
        };
        Ok((stream, times))
    }

    pub(crate) async fn connect(&self, deadline: Instant) -> Result<Connection, TransportFault> {
        let (stream, times) = self.connect_tls(deadline).await?;
        let handshake = http1::Builder::new()
            .max_header_size(MAX_HEAD_BYTES)
            .handshake(TokioIo::new(stream));
        let (sender, connection) = timeout_at(deadline, handshake)
            .await
            .map_err(|_| TransportFault::TimedOut(Stage::Answer))?
            .map_err(|_| TransportFault::Broken)?;
        // Ends when the sender is dropped; what goes wrong meanwhile is what the
        // sender reports.
        tokio::spawn(async move {
            let _ = connection.await;
        });
        Ok(Connection { sender, times })
    }
}

/// A connection that requests can be sent over, one after the other.
pub(crate) struct Connection {
    pub(crate) sender: SendRequest<Full<Bytes>>,
    pub(crate) times: ConnectTimes,
}

/// How long it took to open a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectTimes {
    /// From the name to its addresses.
    pub resolve: Duration,
    /// The TCP handshake: one round trip, if the first address took it.
    pub tcp: Duration,
    /// The TLS handshake.
    pub tls: Duration,
}

impl ConnectTimes {
    /// All of it.
    pub fn total(&self) -> Duration {
        self.resolve + self.tcp + self.tls
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum TransportFault {
    /// The request cannot be signed; nothing was sent.
    #[error("the request cannot be signed: {0}")]
    Signing(#[from] SigningFault),
    /// The host has no address to connect to.
    #[error("{0}")]
    Resolve(#[from] ResolveFault),
    /// The host cannot be a server name of TLS.
    #[error("the host is no DNS name")]
    ServerName,
    /// No address took the connection.
    #[error("no TCP connection ({0})")]
    Connect(io::ErrorKind),
    /// No TLS on the connection.
    #[error("no TLS connection: {0}")]
    Tls(TlsFault),
    /// Not done within the time limit.
    #[error("the time limit passed {0}")]
    TimedOut(Stage),
    /// The connection ended before the answer was complete.
    #[error("the connection ended before the answer was complete")]
    Broken,
    /// What came back is not HTTP/1.1.
    #[error("what came back is not HTTP/1.1")]
    NotHttp,
    /// The head of the answer has more bytes than are read.
    #[error("the answer has a head of more than {} KiB", MAX_HEAD_BYTES >> 10)]
    HeadTooLarge,
    /// The body of the answer has more bytes than are read.
    #[error("the answer has a body of more than {max} bytes")]
    TooLarge {
        /// The limit, in bytes.
        max: usize,
    },
}

/// What was under way when the time limit passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Stage {
    /// Asking for the host's addresses.
    #[error("while the name was resolved")]
    Resolve,
    /// The TCP handshake.
    #[error("during the TCP handshake")]
    Connect,
    /// The TLS handshake.
    #[error("during the TLS handshake")]
    Tls,
    /// Sending the request and waiting for the complete answer.
    #[error("before the answer was complete")]
    Answer,
}

/// Why a TLS handshake failed.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum TlsFault {
    /// The other side spoke something else than TLS.
    #[error("the other side does not speak TLS")]
    NotTls,
    /// One of the two sides refused the other.
    #[error("{0}")]
    Refused(rustls::Error),
    /// The other side ended the connection.
    #[error("the other side ended the connection ({0})")]
    Ended(io::ErrorKind),
}

impl TlsFault {
    /// What an error of a handshake means.
    pub fn of(error: &io::Error) -> Self {
        let refused = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match refused {
            Some(rustls::Error::InvalidMessage(
                rustls::InvalidMessage::InvalidContentType
                | rustls::InvalidMessage::UnknownProtocolVersion,
            )) => Self::NotTls,
            Some(refused) => Self::Refused(refused.clone()),
            None => Self::Ended(error.kind()),
        }
    }
}
