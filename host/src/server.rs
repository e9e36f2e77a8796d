//! A host in service: bound, serving, and drained when told to.

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

use crate::audit::AuditSink;
use crate::host::{Host, MissingStorage, assemble};
use crate::{connection, health, listener, pipeline, probe, tls};

/// How long requests and connections have to end after the order to drain.
const GRACE: Duration = Duration::from_secs(10);
/// Probes open at once.
const PROBES: usize = 64;

/// A host that is bound to its addresses and ready to serve.
pub struct Server {
    host: Arc<Host>,
    tls: TlsAcceptor,
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
/// `claviger check` does. Returns what is no fault and ought to be known.
pub async fn check(configuration: &Configuration) -> Result<Vec<Fault>, Vec<Fault>> {
    let tls = tls::server_config(&configuration.server.tls);
    let mut warnings = Vec::new();
    let assembled = assemble(configuration, MissingStorage::IsAFault, &mut warnings).await;
    match (assembled, tls) {
        (Ok(_), Ok(_)) => Ok(warnings),
        (assembled, tls) => Err([assembled.err(), tls.err()]
            .into_iter()
            .flatten()
            .flatten()
            .collect()),
    }
}

impl Server {
    /// Loads everything, checks the key managers once, and only then binds: no
    /// request is accepted that could not be served.
    pub async fn start(configuration: &Configuration) -> Result<Self, Vec<Fault>> {
        let tls = tls::server_config(&configuration.server.tls);
        let mut warnings = Vec::new();
        let assembled = assemble(configuration, MissingStorage::IsAFault, &mut warnings).await;
        for warning in warnings {
            warn!("{}: {} ({})", warning.path, warning.problem, warning.mend);
        }
        let (key_stores, tls) = match (assembled, tls) {
            (Ok(key_stores), Ok(tls)) => (key_stores, tls),
            (assembled, tls) => {
                return Err([assembled.err(), tls.err()]
                    .into_iter()
                    .flatten()
                    .flatten()
                    .collect());
            }
        };
        let audit = AuditSink::open(&configuration.log.audit).map_err(|fault| {
            vec![Fault::new(
                "log.audit",
                fault.to_string(),
                "name a file that can be written",
            )]
        })?;
        let host = Arc::new(Host::new(configuration, key_stores, audit));
        for key_store in host.key_stores.iter() {
            key_store.health.refresh(&key_store.backend).await;
        }
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
        let tls = TlsAcceptor::from(tls);
        Ok(Self {
            host,
            tls,
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

    /// Serves until `stop` completes, then drains: no new connections, requests
    /// under way are answered, readiness is 503.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self {
            host,
            tls,
            connections,
            listener,
            probe,
            ..
        } = self;
        let (drain, draining) = watch::channel(false);

        let refreshing = tokio::spawn(refresh_health(Arc::clone(&host)));
        let probing = probe.map(|probe| {
            let (host, draining) = (Arc::clone(&host), draining.clone());
            tokio::spawn(serve_probes(probe, host, draining))
        });
        let api = {
            let host = Arc::clone(&host);
            let stop_serving = draining.clone();
            listener::run(
                listener,
                connections,
                draining,
                GRACE,
                move |stream, peer| {
                    let host = Arc::clone(&host);
                    // For the records of all its requests.
                    let shown: Arc<str> = peer.to_string().into();
                    let answer = move |request| -> connection::Answering {
                        let (host, peer) = (Arc::clone(&host), Arc::clone(&shown));
                        Box::pin(async move { Ok(pipeline::serve(&host, request, &peer).await) })
                    };
                    connection::serve(stream, peer, tls.clone(), stop_serving.clone(), answer)
                },
            )
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
        refreshing.abort();
        if let Some(probing) = probing {
            probing.abort();
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
async fn refresh_health(host: Arc<Host>) {
    loop {
        tokio::time::sleep(health::REFRESH).await;
        for key_store in host.key_stores.iter() {
            key_store.health.refresh(&key_store.backend).await;
        }
    }
}

/// Probes are answered while draining, so that a load balancer sees the 503.
async fn serve_probes(listener: TcpListener, host: Arc<Host>, draining: watch::Receiver<bool>) {
    let (_never, for_ever) = watch::channel(false);
    listener::run(listener, PROBES, for_ever, Duration::ZERO, |stream, _| {
        let (host, draining) = (Arc::clone(&host), draining.clone());
        async move { probe::serve(stream, || !*draining.borrow() && host.ready()).await }
    })
    .await;
}
