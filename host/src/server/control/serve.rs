//! Who may command, and what comes of it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use claviger_audit::Ticket;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::process::geteuid;
use serde::Serialize;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::{info, warn};

use super::messages::{RELOAD, Refused, Reloaded, STATUS, SWITCH, Switch, Switched, Told};
use super::status;
use crate::audit::Act;
use crate::server::Listening;
use crate::server::live::Live;
use crate::server::reload::{Cause, Reloader};
use crate::switches::{self, Switches};
use crate::words::{Deadline, KeyId};

/// Commands at once. More wait.
const COMMANDS: usize = 64;
/// Reloads at once, the one under way and those that wait for it: the kill switch must
/// not wait for them.
const RELOADS: usize = 8;
/// How long a command may take to arrive, its head and its body each.
const ARRIVAL: Duration = Duration::from_secs(2);
/// How long one may take: a configuration is compiled and started within it.
const COMMAND: Duration = Duration::from_mins(5);
/// How long a key is looked for that was switched.
const LOOK: Duration = Duration::from_secs(2);
/// How long a command waits for its audit record.
const RECORD: Duration = Duration::from_secs(2);
/// The longest command, in bytes.
const BODY: usize = 64 << 10;

/// What commands reach.
pub(crate) struct Controlled {
    pub(crate) live: Arc<Live>,
    pub(crate) reloader: Option<Arc<Reloader>>,
    pub(crate) listening: Listening,
    reloads: Arc<Semaphore>,
}

impl Controlled {
    pub(crate) fn new(
        live: Arc<Live>,
        reloader: Option<Arc<Reloader>>,
        listening: Listening,
    ) -> Self {
        Self {
            live,
            reloader,
            listening,
            reloads: Arc::new(Semaphore::new(RELOADS)),
        }
    }
}

/// Serves commands for as long as the host lives.
pub(crate) async fn serve(listener: UnixListener, controlled: Arc<Controlled>) {
    let seats = Arc::new(Semaphore::new(COMMANDS));
    loop {
        let Ok(seat) = Arc::clone(&seats).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Some(user) = permitted(&stream) else {
            continue;
        };
        let controlled = Arc::clone(&controlled);
        tokio::spawn(async move {
            let _seat = seat;
            let service = service_fn(|request| {
                let controlled = Arc::clone(&controlled);
                async move { Ok::<_, Infallible>(answer(&controlled, request, user).await) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(ARRIVAL)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service);
            let _ = timeout(COMMAND, connection).await;
        });
    }
}

/// The user at the other end, if it is the host's own or root. The mode of the socket
/// keeps others away; this holds also where modes of sockets mean nothing.
fn permitted(stream: &UnixStream) -> Option<u32> {
    let user = stream.peer_cred().ok()?.uid();
    if user == 0 || user == geteuid().as_raw() {
        return Some(user);
    }
    warn!(user, "a command of another user is refused");
    None
}

async fn answer(
    controlled: &Controlled,
    request: Request<Incoming>,
    user: u32,
) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    match (&head.method, head.uri.path()) {
        (&Method::GET, STATUS) => json(
            StatusCode::OK,
            &status::of(&controlled.live, controlled.listening),
        ),
        (&Method::POST, RELOAD) => reload(controlled).await,
        (&Method::POST, SWITCH) => {
            let body = timeout(ARRIVAL, Limited::new(body, BODY).collect()).await;
            let Ok(Ok(body)) = body else {
                return refused("", "the command is too long, or cut off", "send it again");
            };
            switch(controlled, &body.to_bytes(), user).await
        }
        _ => json(
            StatusCode::NOT_FOUND,
            &Refused {
                faults: vec![Told {
                    path: head.uri.path().to_owned(),
                    problem: "the host has no such command".to_owned(),
                    fix: "use the `claviger` of the same version".to_owned(),
                }],
            },
        ),
    }
}

async fn reload(controlled: &Controlled) -> Response<Full<Bytes>> {
    let Some(reloader) = &controlled.reloader else {
        return refused(
            "",
            "this host was not started from a file",
            "start it with `claviger serve --config FILE`",
        );
    };
    let Ok(one_of_few) = Arc::clone(&controlled.reloads).try_acquire_owned() else {
        let problem = "many reloads wait already";
        return refused("", problem, "the last of them takes up what is there now");
    };
    // On a task of its own: a command that goes away half-way leaves nothing half done.
    let reloader = Arc::clone(reloader);
    let ended = tokio::spawn(async move {
        let _one_of_few = one_of_few;
        reloader.reload(Cause::Command).await
    });
    match ended.await {
        Ok(Ok(taken_up)) => json(
            StatusCode::OK,
            &Reloaded {
                generation: taken_up.generation,
                warnings: taken_up.warnings.iter().map(Told::from).collect(),
            },
        ),
        Ok(Err(faults)) => {
            let faults = faults.iter().map(Told::from).collect();
            json(StatusCode::CONFLICT, &Refused { faults })
        }
        Err(_) => refused("", "the host failed: see its log", "report it"),
    }
}

async fn switch(controlled: &Controlled, body: &[u8], user: u32) -> Response<Full<Bytes>> {
    let Ok(Switch { key_store, key, on }) = serde_json::from_slice(body) else {
        return refused(
            "",
            "not a command",
            "use the `claviger` of the same version",
        );
    };
    let key = match key.map(|key| KeyId::try_from(Arc::from(key))).transpose() {
        Ok(key) => key,
        Err(fault) => return refused("key", &fault.to_string(), "write the id that callers use"),
    };
    let switches = controlled.live.switches();
    if !on && !knows(&controlled.live, &key_store) {
        return refused(
            "key-store",
            "this host has no key store of this name",
            "`claviger status` names them",
        );
    }
    let what = switches::Switched { key_store, key };
    let (done, what) = {
        let work = move || (Switches::switch(&switches, &what, on), what);
        match spawn_blocking(work).await {
            Ok(done) => done,
            Err(_) => return refused("", "the host failed: see its log", "report it"),
        }
    };
    let (key_store, key) = (&*what.key_store, what.key.as_ref().map(KeyId::as_str));
    let outcome = match &done {
        Ok(true) => "done".to_owned(),
        Ok(false) => "was so before".to_owned(),
        Err(fault) => fault.to_string(),
    };
    let ticket = controlled.live.record(&Act::Switch {
        user,
        key_store,
        key,
        on,
        outcome: &outcome,
    });
    match done {
        Ok(changed) => {
            warn!(key_store, key, on, user, changed, "the operator switches");
            let way = if on { "on" } else { "off" };
            controlled.live.changed(match key {
                Some(key) => format!("user {user} switches {key_store}/{key} {way}"),
                None => format!("user {user} switches {key_store} {way}"),
            });
            let known = match &what.key {
                Some(key) => is_known(&controlled.live, &what.key_store, key).await,
                None => None,
            };
            let message = Switched {
                changed,
                known,
                recorded: is_written(ticket).await,
                host: std::process::id(),
            };
            json(StatusCode::OK, &message)
        }
        Err(fault) => {
            warn!(key_store, key, on, user, error = %fault, "the operator switches");
            let fix = "make room, or give this user the folder of `control.switches`";
            refused("control.switches", &fault.to_string(), fix)
        }
    }
}

/// Whether callers would find this key; `None` when nobody says so in time.
async fn is_known(live: &Live, key_store: &str, key: &KeyId) -> Option<bool> {
    let snapshot = live.current();
    let mut served = snapshot.key_stores().iter();
    let key_store = served.find(|it| &**it.name() == key_store)?;
    let deadline = Deadline::after(Instant::now(), LOOK);
    key_store.has_key(key, deadline).await.ok()
}

/// Whether an audit record is written, in time for who waits for it.
async fn is_written(ticket: Option<Ticket>) -> bool {
    match ticket {
        Some(ticket) => matches!(timeout(RECORD, ticket.written()).await, Ok(Ok(()))),
        None => false,
    }
}

/// Whether a key store has this name, or waits to be served.
fn knows(live: &Live, name: &str) -> bool {
    let snapshot = live.current();
    let mut served = snapshot.key_stores().iter();
    served.any(|key_store| &**key_store.name() == name) || snapshot.absent().any(|it| it == name)
}

fn refused(path: &str, problem: &str, fix: &str) -> Response<Full<Bytes>> {
    info!(problem, "a command is refused");
    let told = Told {
        path: path.to_owned(),
        problem: problem.to_owned(),
        fix: fix.to_owned(),
    };
    let faults = vec![told];
    json(StatusCode::CONFLICT, &Refused { faults })
}

fn json(status: StatusCode, message: &impl Serialize) -> Response<Full<Bytes>> {
    // Messages are plain structures: they always can be written.
    let body = serde_json::to_vec(message).unwrap_or_default();
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
