//! A host in service: bound, serving, and drained when told to.

mod connection;
mod handshakes;
mod listener;
mod live;
mod open_files;
mod probe;
mod seats;
mod sparse;
mod wire;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use claviger_config::{Configuration, cannot_listen};
use claviger_settings::Fault;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tracing::{info, warn};

pub use crate::assembly::Checked;
use crate::assembly::Snapshot;
use crate::front::client::Client;
use crate::front::xks;
use crate::keys::CHECK_EVERY;

pub use crate::resources::Compiler;
use connection::Arrivals;
use handshakes::Handshakes;
pub use live::Control;
use live::Live;
use open_files::Fitting;
pub(crate) use open_files::raise as raise_open_files;
use seats::Seats;

/// How long requests and connections have to end after the order to drain.
const GRACE: Duration = Duration::from_secs(10);
/// How long AWS KMS waits for an answer, from the first packet on (XKS-134).
const KMS_WAITS: Duration = Duration::from_millis(250);
/// How long a probe has to be asked, from the first packet on, where many connections
/// want to be.
const PROBE_WAITS: Duration = Duration::from_millis(50);
/// Probes open at once.
const PROBES: usize = 64;

/// A host that is bound to its addresses and ready to serve.
pub struct Server {
    live: Arc<Live>,
    connections: usize,
    arrivals: Arc<Arrivals>,
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
/// `claviger check` does.
///
/// # Errors
/// All faults, with their key paths.
pub async fn check(
    configuration: &Configuration,
    compiler: Compiler,
) -> Result<Checked, Vec<Fault>> {
    let mut checked = Snapshot::check(configuration, compiler).await?;
    checked
        .warnings
        .extend(Fitting::once_raised(configuration).warning);
    Ok(checked)
}

impl Server {
    /// Loads everything, and only then binds. The key managers are asked how they are
    /// when it runs, and it is not ready before the first has answered.
    pub async fn start(
        configuration: &Configuration,
        compiler: Compiler,
    ) -> Result<Self, Vec<Fault>> {
        let mut warnings = Vec::new();
        let fitting = Fitting::now(configuration);
        warnings.extend(fitting.warning);
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
            connections: fitting.connections,
            arrivals: Arc::new(Arrivals {
                proxy_protocol: settings.proxy_protocol.clone(),
                handshakes: Handshakes::default(),
            }),
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
            arrivals,
            listener,
            probe,
            ..
        } = self;
        let (drain, draining) = watch::channel(false);

        let looking_after = tokio::spawn(look_after(Arc::clone(&live)));
        let taking_up = tokio::spawn({
            let live = Arc::clone(&live);
            async move { live.take_up_absent().await }
        });
        let probing = probe.map(|probe| {
            let (live, draining) = (Arc::clone(&live), draining.clone());
            tokio::spawn(serve_probes(probe, live, draining))
        });
        let api = {
            let (stop_serving, arrivals) = (draining.clone(), Arc::clone(&arrivals));
            let serve = move |stream, peer: SocketAddr, seat| {
                let tls = TlsAcceptor::from(Arc::clone(&live.current().tls));
                let live = Arc::clone(&live);
                let answer = move |request, client: Arc<Client>| -> connection::Answering {
                    let snapshot = live.current();
                    Box::pin(async move { Ok(xks::serve(&snapshot.xks, request, &client).await) })
                };
                let (arrivals, stop) = (Arc::clone(&arrivals), stop_serving.clone());
                connection::serve(stream, peer, seat, tls, arrivals, stop, answer)
            };
            let seats = Seats::new("server.connections", connections, KMS_WAITS);
            listener::run(listener, seats, draining, GRACE, serve)
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
        for background in [Some(looking_after), Some(taking_up), probing]
            .into_iter()
            .flatten()
        {
            background.abort();
            let _ = background.await;
        }
        arrivals.handshakes.counts().report();
        info!("stopped");
    }
}

async fn bind(address: SocketAddr, key: &str) -> Result<TcpListener, Vec<Fault>> {
    TcpListener::bind(address)
        .await
        .map_err(|error| vec![cannot_listen(key, address, &error)])
}

/// Keeps health reports fresh, and gives back what is not used any more.
async fn look_after(live: Arc<Live>) {
    loop {
        live.current().check_health().await;
        live.current().drop_surplus();
        tokio::time::sleep(CHECK_EVERY).await;
    }
}

/// Probes are answered while draining, so that a load balancer sees the 503.
async fn serve_probes(listener: TcpListener, live: Arc<Live>, draining: watch::Receiver<bool>) {
    let (_never, for_ever) = watch::channel(false);
    let seats = Seats::new("probes at once", PROBES, PROBE_WAITS);
    listener::run(
        listener,
        seats,
        for_ever,
        Duration::ZERO,
        |stream, _, seat| {
            let (live, draining) = (Arc::clone(&live), draining.clone());
            async move {
                let _seat = seat;
                let ready = || !*draining.borrow() && live.current().is_ready();
                let absent = || live.current().absent().map(str::to_owned).collect();
                probe::serve(stream, ready, absent).await;
            }
        },
    )
    .await;
}
