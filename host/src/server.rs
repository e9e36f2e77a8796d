//! A host in service: bound, serving, and drained when told to.

mod connection;
mod listener;
mod live;
mod probe;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use claviger_config::Configuration;
use claviger_settings::Fault;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tracing::{info, warn};

use crate::assembly::Snapshot;
use crate::front::xks;
use crate::keys::CHECK_EVERY;

pub use crate::resources::Compiler;
pub use live::Control;
use live::Live;

/// How long requests and connections have to end after the order to drain.
const GRACE: Duration = Duration::from_secs(10);
/// Probes open at once.
const PROBES: usize = 64;

/// A host that is bound to its addresses and ready to serve.
pub struct Server {
    live: Arc<Live>,
    connections: usize,
    listener: TcpListener,
    probe: Option<TcpListener>,
    listening: Listening,
}

/// The addresses that a server is bound to.
#[derive(Clone, Copy, Debug)]
pub struct Listening {
    /// Where AWS KMS connects.
    pub api: SocketAddr,
    /// Where load balancers probe.
    pub probe: Option<SocketAddr>,
}

/// Reads everything that a configuration names, without serving: what
/// `claviger check` does. Returns the warnings.
///
/// # Errors
/// All faults, with their key paths.
pub async fn check(
    configuration: &Configuration,
    compiler: Compiler,
) -> Result<Vec<Fault>, Vec<Fault>> {
    Snapshot::check(configuration, compiler).await
}

impl Server {
    /// Loads everything, checks the key managers once, and only then binds: no
    /// request is accepted that could not be served.
    pub async fn start(
        configuration: &Configuration,
        compiler: Compiler,
    ) -> Result<Self, Vec<Fault>> {
        let mut warnings = Vec::new();
        let live = Live::start(configuration, compiler, &mut warnings).await;
        for warning in warnings {
            warn!("{}: {} ({})", warning.path, warning.problem, warning.fix);
        }
        let live = Arc::new(live?);
        let settings = &configuration.server;
        let listener = bind(settings.listen, "server.listen").await?;
        let probe = match settings.probe_listen {
            Some(address) => Some(bind(address, "server.probe_listen").await?),
            None => None,
        };
        let address = |listener: &TcpListener| listener.local_addr();
        let listening = Listening {
            api: address(&listener).unwrap_or(settings.listen),
            probe: probe.as_ref().and_then(|probe| address(probe).ok()),
        };
        Ok(Self {
            live,
            connections: settings.connections,
            listener,
            probe,
            listening,
        })
    }

    /// Where it listens, which matters when the configured port is 0.
    pub fn listening(&self) -> Listening {
        self.listening
    }

    /// The way to change what is served.
    pub fn control(&self) -> Control {
        Control(Arc::clone(&self.live))
    }

    /// Serves until `stop` completes, then drains: no new connections, requests
    /// under way are answered, readiness is 503.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self {
            live,
            connections,
            listener,
            probe,
            ..
        } = self;
        let (drain, draining) = watch::channel(false);

        let checking = tokio::spawn(check_health(Arc::clone(&live)));
        let probing = probe.map(|probe| {
            let (live, draining) = (Arc::clone(&live), draining.clone());
            tokio::spawn(serve_probes(probe, live, draining))
        });
        let api = {
            let stop_serving = draining.clone();
            let serve = move |stream, peer: SocketAddr| {
                let tls = TlsAcceptor::from(Arc::clone(&live.current().tls));
                let live = Arc::clone(&live);
                // For the records of all its requests.
                let shown: Arc<str> = peer.to_string().into();
                let answer = move |request| -> connection::Answering {
                    let (snapshot, peer) = (live.current(), Arc::clone(&shown));
                    Box::pin(async move { Ok(xks::serve(&snapshot.xks, request, &peer).await) })
                };
                connection::serve(stream, peer, tls, stop_serving.clone(), answer)
            };
            listener::run(listener, connections, draining, GRACE, serve)
        };
        let stopping = async {
            stop.await;
            let _ = drain.send(true);
            info!("draining");
            // Dropping the sender would read as "never": keep it.
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = api => {}
            () = stopping => {}
        }
        // Awaited, so that nothing holds the snapshot when this returns: its audit
        // log is written to the end then.
        for background in [Some(checking), probing].into_iter().flatten() {
            background.abort();
            let _ = background.await;
        }
        info!("stopped");
    }
}

async fn bind(address: SocketAddr, key: &str) -> Result<TcpListener, Vec<Fault>> {
    TcpListener::bind(address).await.map_err(|error| {
        vec![Fault::new(
            key,
            format!("{address}: {error}"),
            "use an address and port that are free",
        )]
    })
}

/// The first check was made before the server was bound.
async fn check_health(live: Arc<Live>) {
    loop {
        tokio::time::sleep(CHECK_EVERY).await;
        live.current().check_health().await;
    }
}

/// Probes are answered while draining, so that a load balancer sees the 503.
async fn serve_probes(listener: TcpListener, live: Arc<Live>, draining: watch::Receiver<bool>) {
    let (_never, for_ever) = watch::channel(false);
    listener::run(listener, PROBES, for_ever, Duration::ZERO, |stream, _| {
        let (live, draining) = (Arc::clone(&live), draining.clone());
        async move {
            let ready = || !*draining.borrow() && live.current().is_ready();
            probe::serve(stream, ready).await;
        }
    })
    .await;
}
