//! `wasi:http`: requests of ordinary HTTP clients, by the capability `http`.
//!
//! The authority of a request is the name of an upstream, and all that a client knows of
//! it. A request goes the way of [`super::http`], under the same limits. Bodies are held
//! whole on both sides, within one bound for each instance. A request ends with the call
//! that made it, and its answer cannot be read afterwards.

mod body;
mod exchange;

use std::future::{Future, ready};
use std::sync::Arc;
use std::time::Instant;

use claviger_config::Name;
use futures_util::future::{AbortHandle, abortable};
use hyper::http::uri::Authority;
use hyper::{Request, Response};
use tokio::sync::Semaphore;
use tracing::warn;
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks,
};

use super::secrets::Secrets;
use super::{Granted, LogSource, State};
use crate::upstream::{GrantedUpstreams, UpstreamShare};
use crate::words::{Deadline, printable};

use body::{AnswerBody, Ending};
use exchange::Exchange;

/// Headers of one handle, in bytes, with what the host keeps about each.
const FIELDS: usize = 24 << 10;
/// What a client may write of a body before the host has taken the last piece, in bytes.
const PIECE: usize = 8 << 10;
/// Bodies of requests under way and answers that were not read, for one instance, in
/// KiB. What is more waits.
const ROOM_KIB: usize = 32 << 10;
/// The longest authority that is shown, in bytes.
const SHOWN: usize = 128;

/// For the handles of a fresh instance.
pub(super) fn context() -> WasiHttpCtx {
    let mut context = WasiHttpCtx::new();
    context.set_field_size_limit(FIELDS);
    context
}

/// The requests of one instance.
pub(super) struct Outgoing {
    upstreams: GrantedUpstreams,
    secrets: Arc<Secrets>,
    source: Arc<LogSource>,
    room: Arc<Semaphore>,
    /// Of the call under way.
    deadline: Deadline,
    under_way: Vec<UnderWay>,
    /// The first authority in the call under way that is no upstream of the plugin's.
    refused: Option<String>,
}

/// A request whose answer is not there or was not read.
struct UnderWay {
    abort: AbortHandle,
    answer: Ending,
}

impl Outgoing {
    pub(super) fn new(granted: &Granted, deadline: Deadline) -> Self {
        Self {
            upstreams: granted.upstreams.clone(),
            secrets: Arc::clone(&granted.secrets),
            source: Arc::clone(&granted.log_source),
            room: Arc::new(Semaphore::new(ROOM_KIB)),
            deadline,
            under_way: Vec::new(),
            refused: None,
        }
    }

    pub(super) fn begin_call(&mut self, deadline: Deadline) {
        self.deadline = deadline;
    }

    /// The call's, or what the client wants to wait if that is less.
    fn deadline_of(&self, options: Option<RequestOptions>) -> Deadline {
        let patience = options.and_then(|options| options.first_byte_timeout);
        let now = Instant::now();
        match (patience, self.deadline.remaining(now)) {
            (Some(patience), Some(remaining)) if patience < remaining => {
                Deadline::after(now, patience)
            }
            _ => self.deadline,
        }
    }
}

type Done = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Answered = Result<(Response<WasiBody>, Done), Error>;

impl WasiHttpHooks for Outgoing {
    fn set_host_header(&mut self) -> bool {
        false
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        PIECE
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Done,
    ) -> Box<dyn Future<Output = Answered> + Send> {
        let authority = request.uri().authority().map_or("", Authority::as_str);
        let share = self.upstreams.http(authority);
        if share.is_none() {
            self.refused.get_or_insert_with(|| authority.to_owned());
        }
        let exchange = Exchange {
            answer_bytes: share.map_or(0, UpstreamShare::answer_bytes),
            upstream: authority.to_owned(),
            upstreams: self.upstreams.clone(),
            secrets: Arc::clone(&self.secrets),
            source: Arc::clone(&self.source),
            room: Arc::clone(&self.room),
            deadline: self.deadline_of(options),
        };
        let answer = AnswerBody::default();
        let ending = answer.ending();
        let (exchange, abort) = abortable(exchange.run(request, answer));
        self.under_way.retain(|other| other.answer.has_reader());
        self.under_way.push(UnderWay {
            abort,
            answer: ending,
        });
        Box::new(async {
            let response = exchange.await.unwrap_or(Err(Error::ConnectionTerminated))?;
            Ok((response, Box::new(ready(Ok(()))) as Done))
        })
    }
}

impl State {
    /// For the contract's side of it.
    pub(crate) fn wasi_http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.outgoing,
            table: &mut self.table,
            ctx: &mut self.wasi_http,
        }
    }

    /// A call has ended, and with it what it asked and what it was answered.
    pub(super) fn end_outgoing(&mut self) {
        for UnderWay { abort, answer } in self.outgoing.under_way.drain(..) {
            abort.abort();
            answer.cut();
        }
        let Some(name) = self.outgoing.refused.take() else {
            return;
        };
        // The name is the plugin's text.
        let withheld = self.withholds(&name);
        self.outgoing.source.about(|plugin| {
            if withheld {
                warn!(
                    plugin,
                    "it asks by wasi:http for an upstream that `http` of its grants does not \
                     name; which one is withheld, because a plaintext or a secret was being \
                     processed"
                );
            } else if name.parse::<Name>().is_ok() {
                warn!(
                    plugin,
                    "it asks by wasi:http for `{name}`, which is not granted: write \
                     `http = [\"{name}\"]` under its grants and [upstream.{name}] if the plugin \
                     may reach it"
                );
            } else {
                let shown = printable(&name, SHOWN);
                warn!(
                    plugin,
                    "it asks by wasi:http for `{shown}`, which cannot be the name of an upstream: \
                     the plugin has to be told to write http://NAME/ with a name of its grant \
                     `http`, and no port"
                );
            }
        });
    }
}
