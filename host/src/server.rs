//! A host in service: bound, serving, and drained when told to.

mod at_start;
mod check;
mod connection;
pub(crate) mod control;
mod expiry;
mod handshakes;
mod history;
mod listener;
mod live;
mod metrics;
mod open_files;
mod page;
mod phase;
mod probe;
mod process;
mod reload;
mod seats;
mod served;
mod watched_files;
mod wire;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, SystemTime};

use claviger_config::{Configuration, Probes, cannot_listen};
use claviger_settings::Fault;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::{Request, Version};
use tokio::net::{TcpListener, TcpSocket, UnixListener};
use tokio::sync::{mpsc, watch};
use tokio_rustls::TlsAcceptor;
use tracing::{info, warn};

pub use crate::assembly::Checked;
use crate::audit::Act;
use crate::front::client::Client;
use crate::front::xks;
use crate::keys::CHECK_EVERY;

pub use crate::resources::Compiler;
pub use check::check;
use connection::Arrivals;
use control::Controlled;
use expiry::Expiry;
use handshakes::Handshakes;
use live::Live;
pub use live::{Control, TakenUp};
use metrics::Metrics;
use open_files::Fitting;
pub(crate) use open_files::raise as raise_open_files;
use page::Shown;
use phase::Phase;
pub use phase::Stop;
pub use reload::{Cause, Reloader};
use seats::Seats;
use watched_files::Seen;

/// How long requests and connections have to end after the order to drain.
const GRACE: Duration = Duration::from_secs(10);
/// How long AWS KMS waits for an answer, from the first packet on (XKS-134).
const KMS_WAITS: Duration = Duration::from_millis(250);
/// How long a probe has to be asked, from the first packet on, where many connections
/// want to be.
const PROBE_WAITS: Duration = Duration::from_millis(50);
/// Connections that may wait to be accepted: the system has them try again after a second
/// otherwise. It allows no more than `net.core.somaxconn`.
const BACKLOG: u32 = 4096;
/// Probes open at once.
const PROBES: usize = 64;

/// A host that is bound to its addresses and ready to serve.
pub struct Server {
    live: Arc<Live>,
    arrivals: Arc<Arrivals>,
    listener: TcpListener,
    probe: Option<TcpListener>,
    page: Option<TcpListener>,
    probes: Probes,
    control: Option<UnixListener>,
    reloader: Option<Arc<Reloader>>,
    /// The files of the configuration, before they were read.
    seen: Seen,
    listening: Listening,
}

/// The addresses that a server is bound to.
#[derive(Clone, Copy, Debug)]
pub struct Listening {
    /// Where AWS KMS connects.
    pub api: SocketAddr,
    /// Where load balancers probe.
    pub probe: Option<SocketAddr>,
    /// Where people look.
    pub page: Option<SocketAddr>,
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
        let files = configuration.files();
        let seen = watched_files::look(files.into_iter().map(Path::to_owned).collect());
        let live = Live::start(configuration, compiler, fitting.connections, &mut warnings).await;
        for warning in warnings {
            warn!("{}: {} ({})", warning.path, warning.problem, warning.fix);
        }
        let live = Arc::new(live?);
        live.served().log();
        let settings = &configuration.server;
        let listener = bind(settings.listen, "server.listen")?;
        let probe = match settings.probe_listen {
            Some(address) => Some(bind(address, "server.probe_listen")?),
            None => None,
        };
        let page = match settings.page_listen {
            Some(address) => Some(bind(address, "server.page_listen")?),
            None => None,
        };
        let control = match &configuration.control {
            Some(control) => Some(control::bind(&control.socket).map_err(|fault| vec![fault])?),
            None => None,
        };
        let address = |listener: &TcpListener| listener.local_addr();
        let listening = Listening {
            api: address(&listener).unwrap_or(settings.listen),
            probe: probe.as_ref().and_then(|probe| address(probe).ok()),
            page: page.as_ref().and_then(|page| address(page).ok()),
        };
        Ok(Self {
            live,
            arrivals: Arc::new(Arrivals {
                proxy_protocol: settings.proxy_protocol.clone(),
                handshakes: Handshakes::default(),
            }),
            listener,
            probe,
            page,
            probes: settings.probes.clone(),
            control,
            reloader: None,
            seen,
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

    /// Its configuration is that of this file, which is taken up again when it changes
    /// or on command.
    pub fn reloads_from(&mut self, file: &Path) -> Arc<Reloader> {
        let reloader = Reloader::new(file.to_owned(), Arc::clone(&self.live));
        let reloader = Arc::new(reloader);
        self.reloader = Some(Arc::clone(&reloader));
        // It was read a moment ago.
        self.seen.extend(watched_files::look(vec![file.to_owned()]));
        reloader
    }

    /// Serves until it is ordered to stop, then drains: no new connections, requests
    /// under way are answered, readiness is 503.
    ///
    /// Returns a count of the audit records that could not be written in the end: it is
    /// final when this, and whatever else came from the server, is gone.
    pub async fn run(self, orders: mpsc::Receiver<Stop>) -> Arc<AtomicU64> {
        let _ = self.live.record(&Act::Start(self.live.served().in_force()));
        let Self {
            live,
            arrivals,
            listener,
            probe,
            page,
            probes,
            control,
            reloader,
            seen,
            listening,
        } = self;
        let lost_records = live.lost_records();
        let lame_duck = probes.lame_duck;

        let watching = reloader
            .clone()
            .map(|reloader| tokio::spawn(watched_files::watch(reloader, seen)));
        let controlling = control.map(|control| {
            let controlled = Controlled::new(Arc::clone(&live), reloader, listening);
            tokio::spawn(control::serve(control, Arc::new(controlled)))
        });

        let looking_after = tokio::spawn(look_after(Arc::clone(&live)));
        let taking_up = tokio::spawn({
            let live = Arc::clone(&live);
            async move { live.take_up_absent().await }
        });
        let seats = Arc::clone(&live.seats);
        let metrics = Metrics::new(&live, Arc::clone(&arrivals), Arc::clone(&seats));
        let told = Told {
            live: Arc::clone(&live),
            metrics: Arc::new(metrics),
        };
        let probing = probe.map(|probe| tokio::spawn(serve_probes(probe, probes, told)));
        let shown = Shown {
            live: Arc::clone(&live),
            listening,
        };
        let showing = page.map(|page| tokio::spawn(show(page, shown)));
        let api = {
            let (live, arrivals) = (Arc::clone(&live), Arc::clone(&arrivals));
            let phase = live.phase.subscribe();
            let serve = move |stream, peer: SocketAddr, seat| {
                let tls = TlsAcceptor::from(Arc::clone(&live.current().tls));
                let (arrivals, phase) = (Arc::clone(&arrivals), live.phase.subscribe());
                let live = Arc::clone(&live);
                let answer = move |request: Request<Incoming>, client: Arc<Client>| {
                    let live = Arc::clone(&live);
                    let answering: connection::Answering = Box::pin(async move {
                        let (snapshot, version) = (live.current(), request.version());
                        let mut answer = xks::serve(&snapshot.xks, request, &client).await;
                        client.answered();
                        if version <= Version::HTTP_11 && live.is_leaving() {
                            let headers = answer.headers_mut();
                            headers.insert(CONNECTION, HeaderValue::from_static("close"));
                        }
                        Ok(answer)
                    });
                    answering
                };
                connection::serve(stream, peer, seat, tls, arrivals, phase, answer)
            };
            listener::run(listener, seats, phase, GRACE, serve)
        };
        let stopping = async {
            phase::stop(&live.phase, orders, lame_duck).await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = api => {}
            () = stopping => {}
        }
        // Awaited, so that nothing holds the snapshot when this returns: its audit
        // log is written to the end then.
        let backgrounds = [
            Some(looking_after),
            Some(taking_up),
            probing,
            showing,
            watching,
            controlling,
        ];
        for background in backgrounds.into_iter().flatten() {
            background.abort();
            let _ = background.await;
        }
        arrivals.handshakes.counts().report();
        let _ = live.record(&Act::Stop);
        info!("stopped");
        lost_records
    }
}

fn bind(address: SocketAddr, key: &str) -> Result<TcpListener, Vec<Fault>> {
    let bound = || {
        let socket = if address.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        // A host that starts again has the port at once.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    bound().map_err(|error| vec![cannot_listen(key, address, &error)])
}

/// Keeps health reports fresh, and gives back what is not used any more.
async fn look_after(live: Arc<Live>) {
    let mut expiry = Expiry::default();
    loop {
        live.current().check_health().await;
        live.current().drop_surplus();
        expiry.look(live.current().certificate(), SystemTime::now());
        tokio::time::sleep(CHECK_EVERY).await;
    }
}

/// What probes are told.
#[derive(Clone)]
struct Told {
    live: Arc<Live>,
    metrics: Arc<Metrics>,
}

impl probe::Host for Told {
    fn is_ready(&self) -> bool {
        self.live.is_ready()
    }

    fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.metrics)
    }
}

/// Probes are answered while draining, so that a load balancer sees the 503.
async fn serve_probes(listener: TcpListener, probes: Probes, told: Told) {
    let (_never, for_ever) = watch::channel(Phase::Serving);
    let probes = Arc::new(probes);
    let seats = Seats::new("probes at once", PROBES, PROBE_WAITS);
    let serve = |stream, _, seat| {
        let (told, probes) = (told.clone(), Arc::clone(&probes));
        async move {
            let _seat = seat;
            probe::serve(stream, &probes, &told).await;
        }
    };
    listener::run(listener, seats, for_ever, Duration::ZERO, serve).await;
}

/// The page is there while draining, too.
async fn show(listener: TcpListener, shown: Shown) {
    let (_never, for_ever) = watch::channel(Phase::Serving);
    let seats = Seats::new("connections of the page", PROBES, PROBE_WAITS);
    let serve = |stream, _, seat| {
        let shown = shown.clone();
        async move {
            let _seat = seat;
            page::serve(stream, &shown).await;
        }
    };
    listener::run(listener, seats, for_ever, Duration::ZERO, serve).await;
}
