//! Connections to an upstream: name, TCP, TLS.

use std::future::Future;
use std::io;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use claviger_config::Origin;
use hyper::Uri;
use hyper::rt::Executor;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use thiserror::Error;
use tokio::net::{TcpStream, lookup_host};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::wire::Wire;
use crate::words::OwnTask;

/// Addresses of one name that are tried.
const ADDRESSES: usize = 8;

/// How connections come to be.
pub(super) struct Dial {
    pub(super) origins: Vec<Origin>,
    tls: Option<Arc<ClientConfig>>,
    connect: Duration,
    home: Home,
}

/// The threads that move requests, where connections live whoever wants them first. A
/// call on the slow lane would leave them to threads that matter less than whatever else
/// runs on the machine, and everybody's answers with them.
#[derive(Clone)]
pub(super) struct Home(Handle);

impl Home {
    /// The threads of whoever asks.
    pub(super) fn here() -> Self {
        Self(Handle::current())
    }
}

impl<F> Executor<F> for Home
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, task: F) {
        drop(self.0.spawn(task));
    }
}

/// Why there is no connection. The text is for the operator.
#[derive(Debug, Error)]
pub(super) enum DialFault {
    #[error("{0} is no name of a server")]
    Name(String),
    #[error("the name {0} cannot be resolved: {1}")]
    Resolve(String, io::Error),
    #[error("no connection to {0}: {1}")]
    Connect(Origin, io::Error),
    #[error("no TLS with {0}: {1}")]
    Tls(Origin, io::Error),
    #[error("no connection to {0} within {1:?}")]
    Time(Origin, Duration),
    #[error("no connection: the process ends")]
    Ending,
}

impl DialFault {
    /// For the plugin: nothing of where the upstream is.
    pub(super) fn told(&self) -> &'static str {
        match self {
            Self::Name(_) | Self::Resolve(..) => "its name has no address",
            Self::Connect(..) | Self::Ending => "no connection",
            Self::Tls(..) => "no TLS on the connection",
            Self::Time(..) => "no connection in time",
        }
    }
}

impl Dial {
    pub(super) fn new(
        origins: Vec<Origin>,
        tls: Option<Arc<ClientConfig>>,
        connect: Duration,
        home: Home,
    ) -> Self {
        Self {
            origins,
            tls,
            connect,
            home,
        }
    }

    /// Connects to one of the addresses.
    pub(super) async fn connect(self: Arc<Self>, origin: Origin) -> Result<Wire, DialFault> {
        let home = self.home.0.clone();
        let connecting = async move {
            let connected = timeout(self.connect, self.connect_at_last(&origin)).await;
            connected.unwrap_or_else(|_| Err(DialFault::Time(origin, self.connect)))
        };
        match OwnTask::from(home.spawn(connecting)).await {
            Ok(connected) => connected,
            // A panic of the host's own code: unwinding goes on where it is answered.
            Err(failed) if failed.is_panic() => resume_unwind(failed.into_panic()),
            Err(_) => Err(DialFault::Ending),
        }
    }

    async fn connect_at_last(&self, origin: &Origin) -> Result<Wire, DialFault> {
        let host = &*origin.host;
        let unresolved = |error| DialFault::Resolve(host.to_owned(), error);
        let addresses = lookup_host((host, origin.port)).await.map_err(unresolved)?;
        let mut connected = Err(io::ErrorKind::NotFound.into());
        for address in addresses.take(ADDRESSES) {
            connected = TcpStream::connect(address).await;
            if connected.is_ok() {
                break;
            }
        }
        let unconnected = |error| DialFault::Connect(origin.clone(), error);
        let stream = connected.map_err(unconnected)?;
        // Or a request whose head and body are written apart waits.
        stream.set_nodelay(true).map_err(unconnected)?;
        let Some(tls) = &self.tls else {
            return Ok(Wire::Plain(stream));
        };
        let name = ServerName::try_from(host.to_owned());
        let name = name.map_err(|_| DialFault::Name(host.to_owned()))?;
        let stream = TlsConnector::from(Arc::clone(tls))
            .connect(name, stream)
            .await;
        let stream = stream.map_err(|error| DialFault::Tls(origin.clone(), error))?;
        Ok(Wire::Tls(Box::new(stream)))
    }
}

/// What the HTTP client connects with.
#[derive(Clone)]
pub(super) struct Connector(pub(super) Arc<Dial>);

impl Service<Uri> for Connector {
    type Response = TokioIo<Wire>;
    type Error = DialFault;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<Wire>, DialFault>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), DialFault>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let dial = Arc::clone(&self.0);
        Box::pin(async move {
            // URIs are made of these, and of nothing else.
            let authority = uri.authority().map_or("", |authority| authority.as_str());
            let mut origins = dial.origins.iter();
            let origin = origins
                .find(|origin| origin.to_string() == authority)
                .cloned();
            let origin = origin.ok_or_else(|| DialFault::Name(authority.to_owned()))?;
            dial.connect(origin).await.map(TokioIo::new)
        })
    }
}
